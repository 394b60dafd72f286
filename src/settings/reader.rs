//! Values as written into values of their key's kind, within its range. A mistaken value is noted and its preset used.
//!
//! What is compared later must know whether a value was mistaken: a second complaint about the same slip helps nobody.

use std::collections::BTreeSet;

use super::key::{self, Preset};
use super::mistake::Mistake;
use super::written::{Entry, Place, Value, Written, quoted};

pub(super) struct Reader<'a> {
    pub(super) written: &'a Written,
    mistakes: Vec<Mistake>,
    mistaken: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    /// A reader that goes on with the mistakes found so far.
    pub(super) fn new(written: &'a Written, mistakes: Vec<Mistake>) -> Self {
        Reader { written, mistakes, mistaken: BTreeSet::new() }
    }

    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        self.mistakes
    }

    /// Where the value of `path` stands.
    pub(super) fn place(&self, path: &'static str) -> Place {
        self.entry(path).map_or(Place::Preset(path), |entry| entry.place.clone())
    }

    /// Whether none of the keys was mistaken so far.
    pub(super) fn are_sound(&self, paths: &[&'static str]) -> bool {
        paths.iter().all(|path| !self.mistaken.contains(path))
    }

    /// Notes a mistake about a key.
    pub(super) fn refuse(&mut self, path: &'static str, mistake: Mistake) {
        self.mistaken.insert(path);
        self.mistakes.push(mistake);
    }

    /// Notes a mistake about no key of the list.
    pub(super) fn refuse_other(&mut self, mistake: Mistake) {
        self.mistakes.push(mistake);
    }

    fn entry(&self, path: &'static str) -> Option<&'a Entry> {
        self.written.keys.get(path)
    }

    /// `path` must be …, found …
    pub(super) fn mismatch(&self, path: &'static str, wanted: &str) -> Mistake {
        let found =
            self.entry(path).map_or_else(|| "nothing".to_owned(), |entry| entry.value.shown());
        Mistake::new(self.place(path), format!("`{path}` must be {wanted}, found {found}"))
    }

    /// A text, empty where that is what stands there.
    pub(super) fn text(&mut self, path: &'static str) -> String {
        let Some(Preset::Text(preset)) = key::find(path).map(|key| key.preset) else {
            unreachable!("{path} is a text in the key list");
        };
        match self.entry(path).map(|entry| &entry.value) {
            None => preset.to_owned(),
            Some(Value::Text(text) | Value::Bare(text)) => text.clone(),
            Some(Value::Integer(_) | Value::Flag(_) | Value::Time(_) | Value::Other(_)) => {
                let mistake = self.mismatch(path, "a text in quotes");
                self.refuse(path, mistake);
                preset.to_owned()
            }
        }
    }

    /// A text that must not be empty.
    pub(super) fn filled_text(&mut self, path: &'static str) -> String {
        let text = self.text(path);
        if text.trim().is_empty() {
            let mistake = Mistake::new(self.place(path), format!("`{path}` must not be empty"));
            self.refuse(path, mistake);
        }
        text
    }

    /// A text, or `None` where it is empty.
    pub(super) fn optional_text(&mut self, path: &'static str) -> Option<String> {
        Some(self.text(path)).filter(|text| !text.is_empty())
    }

    /// A text, or a time as TOML writes it without quotes.
    pub(super) fn text_or_time(&mut self, path: &'static str) -> String {
        match self.entry(path).map(|entry| &entry.value) {
            Some(Value::Time(time)) => time.clone(),
            None
            | Some(
                Value::Text(_)
                | Value::Bare(_)
                | Value::Integer(_)
                | Value::Flag(_)
                | Value::Other(_),
            ) => self.text(path),
        }
    }

    /// A whole number within the range of its key.
    pub(super) fn count<T: TryFrom<u64>>(&mut self, path: &'static str) -> T {
        let Some(Preset::Count { value: preset, min, max }) = key::find(path).map(|key| key.preset)
        else {
            unreachable!("{path} is a number in the key list");
        };
        let number = match self.entry(path).map(|entry| &entry.value) {
            None => Some(preset),
            Some(Value::Integer(number)) => u64::try_from(*number).ok(),
            Some(Value::Bare(text)) => text.trim().parse().ok(),
            Some(Value::Text(_) | Value::Flag(_) | Value::Time(_) | Value::Other(_)) => None,
        };
        let number = number.filter(|number| (min..=max).contains(number)).unwrap_or_else(|| {
            let mistake = self.mismatch(path, &format!("a whole number from {min} to {max}"));
            self.refuse(path, mistake);
            preset
        });
        let Ok(number) = T::try_from(number) else {
            unreachable!("the range of {path} fits its type");
        };
        number
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, path: &'static str) -> bool {
        let Some(Preset::Flag(preset)) = key::find(path).map(|key| key.preset) else {
            unreachable!("{path} is a flag in the key list");
        };
        let flag = match self.entry(path).map(|entry| &entry.value) {
            None => Some(preset),
            Some(Value::Flag(flag)) => Some(*flag),
            Some(Value::Bare(text)) => text.trim().parse().ok(),
            Some(Value::Text(_) | Value::Integer(_) | Value::Time(_) | Value::Other(_)) => None,
        };
        flag.unwrap_or_else(|| {
            let mistake = self.mismatch(path, "true or false");
            self.refuse(path, mistake);
            preset
        })
    }

    /// One of a few words, or `None` where the text is empty.
    pub(super) fn optional_choice<T: Copy>(
        &mut self,
        path: &'static str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.optional_text(path)?;
        let chosen = all.iter().copied().find(|choice| word(*choice) == text);
        if chosen.is_none() {
            let words: Vec<&str> = all.iter().map(|choice| word(*choice)).collect();
            let near = key::nearest(&text, words.iter().copied());
            let mistake = Mistake::new(
                self.place(path),
                format!("`{path}` must be one of {}, found {}", words.join(", "), quoted(&text)),
            )
            .label_maybe(near.map(|near| format!("did you mean `{near}`?")));
            self.refuse(path, mistake);
        }
        chosen
    }

    /// One of a few words; the first where another is written, which then is a mistake.
    pub(super) fn choice<T: Copy>(
        &mut self,
        path: &'static str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> T {
        if self.text(path).is_empty() && self.are_sound(&[path]) {
            let words: Vec<&str> = all.iter().map(|choice| word(*choice)).collect();
            let mistake = self.mismatch(path, &format!("one of {}", words.join(", ")));
            self.refuse(path, mistake);
        }
        let sound =
            if self.are_sound(&[path]) { self.optional_choice(path, all, word) } else { None };
        sound.or_else(|| all.first().copied()).expect("a list of words is not empty")
    }
}
