//! The environment and `--set` over the values of the file; each keeps its origin.
//!
//! `DATELINE__KAFKA__GROUP` is `kafka.group`, and `DATELINE__KAFKA__LIBRDKAFKA__FETCH_MIN_BYTES` is the property
//! `fetch.min.bytes`. A name that begins with `DATELINE__` and means nothing is a mistake; with one underscore it is
//! none of ours. No message shows the value behind an unknown name.

use super::key;
use super::mistake::Mistake;
use super::written::{Entry, Place, Value, Written, quoted};

const PREFIX: &str = "DATELINE__";

/// Lays the environment over what is written.
pub(super) fn read_environment(
    environment: &[(String, String)],
    written: &mut Written,
    mistakes: &mut Vec<Mistake>,
) {
    for (name, value) in environment {
        if !name.starts_with(PREFIX) {
            continue;
        }
        let place = Place::Environment(name.clone());
        let entry = || Entry { value: Value::Bare(value.clone()), place: place.clone() };
        if *name == key::environment_name(key::SASL_PASSWORD) {
            written.sasl_password = (!value.is_empty()).then(|| value.as_str().into());
        } else if let Some(key) =
            key::KEYS.iter().find(|key| key::environment_name(key.path) == *name)
        {
            written.keys.insert(key.path, entry());
        } else if let Some(property) = property_of(name) {
            written.librdkafka.insert(property, entry());
        } else {
            let names: Vec<String> = key::KEYS
                .iter()
                .map(|key| key::environment_name(key.path))
                .chain([key::environment_name(key::SASL_PASSWORD)])
                .collect();
            let near = key::nearest(name, names.iter().map(String::as_str));
            mistakes.push(
                Mistake::new(place, format!("unknown environment variable {}", quoted(name))).note(
                    near.map_or_else(
                        || "a key is named DATELINE__SECTION__KEY".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    ),
                ),
            );
        }
    }
}

/// `client.rack` of `DATELINE__KAFKA__LIBRDKAFKA__CLIENT_RACK`.
fn property_of(name: &str) -> Option<String> {
    let property = name
        .strip_prefix(key::environment_name(key::LIBRDKAFKA).as_str())?
        .strip_prefix("__")?
        .to_ascii_lowercase()
        .replace("__", ".")
        .replace('_', ".");
    (!property.is_empty()).then_some(property)
}

/// Lays the values of `--set` over what is written.
pub(super) fn read_sets(sets: &[String], written: &mut Written, mistakes: &mut Vec<Mistake>) {
    for set in sets {
        let Some((path, value)) = set.split_once('=') else {
            mistakes.push(without_value(set));
            continue;
        };
        let path = path.trim();
        let place = Place::Set(path.to_owned());
        let property = path.strip_prefix(key::LIBRDKAFKA).and_then(|rest| rest.strip_prefix('.'));
        let entry = Entry { value: Value::Bare(value.to_owned()), place: place.clone() };
        if let Some(key) = key::find(path) {
            written.keys.insert(key.path, entry);
        } else if let Some(property) = property.filter(|property| !property.is_empty()) {
            written.librdkafka.insert(property.to_owned(), entry);
        } else {
            mistakes.push(unknown_set(path, place));
        }
    }
}

/// Shows the argument only as far as it can be a key: behind it, a secret might follow.
fn without_value(set: &str) -> Mistake {
    let path: String =
        set.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_')).collect();
    let what = format!("`--set {path}` has no `=`");
    Mistake::new(Place::Set(path), what).note("write --set section.key=value")
}

fn unknown_set(path: &str, place: Place) -> Mistake {
    if path == key::SASL_PASSWORD {
        return Mistake::new(place, format!("`{path}` must not stand on a command line")).note(format!(
            "other users of this machine can read it there; name a file by `kafka.sasl_password_file`, or set the \
             environment variable {}",
            key::environment_name(key::SASL_PASSWORD)
        ));
    }
    let near = key::nearest(path, key::KEYS.iter().map(|key| key.path));
    Mistake::new(place, format!("unknown key {}", quoted(path))).note(near.map_or_else(
        || format!("the sections are: {}", key::sections().join(", ")),
        |near| format!("did you mean `{near}`?"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_names_have_dots_only() {
        let of = |rest: &str| property_of(&format!("DATELINE__KAFKA__LIBRDKAFKA{rest}"));
        assert_eq!(of("__CLIENT_RACK").as_deref(), Some("client.rack"));
        assert_eq!(of("__CONSUMER__CHECK_CRCS").as_deref(), Some("consumer.check.crcs"));
        assert_eq!(of("__"), None);
        assert_eq!(of("X"), None);
    }
}
