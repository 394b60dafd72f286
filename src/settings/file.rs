//! The TOML file into values with their place; unknown sections and keys are mistakes.
//!
//! A walk over the parsed table against the key list, not a deserializer: that one would stop at the first mistake.
//! What a value means, and whether it fits its key, is asked later.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key;
use super::mistake::Mistake;
use super::written::{Entry, Place, Value, Written, quoted};

/// Reads `text`; false when it is no TOML.
pub(super) fn read(text: &str, written: &mut Written, mistakes: &mut Vec<Mistake>) -> bool {
    let (document, errors) = DeTable::parse_recoverable(text);
    find_secrets(document.get_ref(), "", written);
    if let Some(error) = errors.first() {
        let span = error.span().unwrap_or_default();
        mistakes.push(Mistake::new(
            Place::file(span),
            format!("the file is no TOML: {}", error.message()),
        ));
        return false;
    }
    let mut walk = Walk { written, mistakes };
    for (name, value) in document.get_ref() {
        walk.section(name, value);
    }
    true
}

/// Notes where values stand that must not be shown: those with a secret's name, and those of keys that nobody knows,
/// since a secret can hide behind any slip of the keyboard.
fn find_secrets(table: &DeTable<'_>, parent: &str, written: &mut Written) {
    for (name, value) in table {
        let path = joined(parent, name.get_ref());
        let is_open = key::find(&path).is_some()
            || (path.starts_with("kafka.librdkafka.") && !key::is_secret(&path));
        find_secrets_of_value(value, &path, is_open, written);
    }
}

fn find_secrets_of_value(
    value: &Spanned<DeValue<'_>>,
    path: &str,
    is_open: bool,
    written: &mut Written,
) {
    match value.get_ref() {
        DeValue::Table(inner) => find_secrets(inner, path, written),
        // Not its whole span: that of `[[section]]` is the line of the caret.
        DeValue::Array(items) => {
            for item in items {
                find_secrets_of_value(item, path, is_open, written);
            }
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => {
            if !is_open {
                written.secret_spans.push(value.span());
            }
        }
    }
}

fn joined(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

struct Walk<'a> {
    written: &'a mut Written,
    mistakes: &'a mut Vec<Mistake>,
}

impl Walk<'_> {
    fn section(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let section = name.get_ref().as_ref();
        let place = Place::file(name.span());
        let is_known = key::sections().contains(&section);
        match value.get_ref() {
            DeValue::Table(table) if is_known => {
                for (name, value) in table {
                    self.key(section, name, value);
                }
            }
            DeValue::Table(_) => self.mistakes.push(unknown_section(section, place)),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => {
                let mistake = if is_known {
                    Mistake::new(place, format!("{} must be one section", quoted(section)))
                        .label(format!("write [{section}]"))
                } else {
                    outside_sections(section, place)
                };
                self.mistakes.push(mistake);
            }
        }
    }

    fn key(
        &mut self,
        section: &str,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let path = joined(section, name.get_ref());
        if path == key::LIBRDKAFKA {
            match value.get_ref() {
                DeValue::Table(table) => self.librdkafka("", table),
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_) => self.mistakes.push(
                    Mistake::new(
                        Place::file(name.span()),
                        format!("{} must be one section", quoted(&path)),
                    )
                    .label(format!("write [{path}]")),
                ),
            }
            return;
        }
        match key::find(&path) {
            Some(key) => {
                let entry = Entry { value: read_value(value), place: Place::file(value.span()) };
                self.written.keys.insert(key.path, entry);
            }
            None => {
                self.mistakes.push(unknown_key(section, name.get_ref(), Place::file(name.span())));
            }
        }
    }

    /// `"fetch.min.bytes" = 1` and `fetch.min.bytes = 1` are the same property.
    fn librdkafka(&mut self, parent: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let property = joined(parent, name.get_ref());
            if let DeValue::Table(inner) = value.get_ref() {
                self.librdkafka(&property, inner);
                continue;
            }
            // The value of a secret is blank in messages: a caret belongs below its name.
            let span = if key::is_secret(&property) { name.span() } else { value.span() };
            let entry = Entry { value: read_value(value), place: Place::file(span) };
            self.written.librdkafka.insert(property, entry);
        }
    }
}

fn read_value(value: &Spanned<DeValue<'_>>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number too large"), Value::Integer),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(time) => Value::Time(time.to_string()),
        DeValue::Float(_) => Value::Other("a number with a fraction"),
        DeValue::Array(_) => Value::Other("an array"),
        DeValue::Table(_) => Value::Other("a table"),
    }
}

fn unknown_section(section: &str, place: Place) -> Mistake {
    let sections = key::sections();
    Mistake::new(place, format!("unknown section {}", quoted(section)))
        .label_maybe(
            key::nearest(section, sections.iter().copied())
                .map(|near| format!("did you mean `{near}`?")),
        )
        .note(format!("the sections are: {}", sections.join(", ")))
}

fn outside_sections(name: &str, place: Place) -> Mistake {
    let homes: Vec<String> = key::KEYS
        .iter()
        .filter(|key| key.name() == name)
        .map(|key| format!("[{}]", key.section()))
        .collect();
    Mistake::new(place, format!("the key {} stands outside of a section", quoted(name)))
        .label_maybe(
            (!homes.is_empty()).then(|| format!("it belongs below {}", homes.join(" or "))),
        )
        .note(format!("the sections are: {}", key::sections().join(", ")))
}

fn unknown_key(section: &str, name: &str, place: Place) -> Mistake {
    let path = joined(section, name);
    if path == key::SASL_PASSWORD {
        return Mistake::new(place, format!("`{path}` must not stand in the file"))
            .label("a secret")
            .note(format!(
                "name a file that holds it by `kafka.sasl_password_file`, or set the environment variable {}",
                key::environment_name(key::SASL_PASSWORD)
            ));
    }
    let names: Vec<&str> =
        key::KEYS.iter().filter(|key| key.section() == section).map(key::Key::name).collect();
    let near = key::nearest(name, names.iter().copied())
        .map(|near| format!("did you mean `{near}`?"))
        .or_else(|| {
            key::KEYS
                .iter()
                .find(|key| key.name() == name)
                .map(|key| format!("it belongs below [{}]", key.section()))
        });
    Mistake::new(place, format!("unknown key {} in [{section}]", quoted(name)))
        .label_maybe(near)
        .note(format!("the keys of [{section}] are: {}", names.join(", ")))
}
