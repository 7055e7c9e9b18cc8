//! Texts of flags into what the other rooms take.

use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};

/// A word that a type of ours is saved under: `power-floor`, `huber`, `runs_table`. The error lists the others.
pub(super) fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    T::deserialize(StrDeserializer::<Error>::new(text)).map_err(|error| {
        let text = error.to_string();
        // clap names the word; "unknown variant" is a programmer's way to say so again.
        text.find("expected ")
            .map_or(text.clone(), |start| text[start..].to_owned())
    })
}

/// `NAME=VALUE`, split at the first `=`.
pub(super) fn pair(text: &str) -> Result<(&str, &str), String> {
    text.split_once('=')
        .ok_or_else(|| "expected `=` between a name and its value".to_owned())
}

/// A number in the notation of the field, suffixes included: `1e-3`, `410`, `2.1K`.
pub(super) fn number(text: &str) -> Result<f64, String> {
    let text = text.trim();
    // Suffixes are those of counts, which know no sign and no zero.
    match crate::units::parse_number(text) {
        Ok(value) => Ok(value),
        Err(error) => text
            .parse::<crate::units::Params>()
            .map(|value| value.0)
            .map_err(|_| error.to_string()),
    }
}

/// A positive finite number.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    match number(text)? {
        value if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("expected a positive number".to_owned()),
    }
}

/// A number between 0 and 1, both excluded; per cent is understood.
pub(super) fn fraction(text: &str) -> Result<f64, String> {
    let value = match text.trim().strip_suffix('%') {
        Some(percent) => number(percent)? / 100.0,
        None => number(text)?,
    };
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err("expected a number between 0 and 1".to_owned())
    }
}

/// `NAME=NUMBER`.
pub(super) fn parameter(text: &str) -> Result<(String, f64), String> {
    let (name, value) = pair(text)?;
    Ok((name.trim().to_owned(), number(value)?))
}

/// A single character; `tab` and `\t` for the one that a shell hardly lets through.
pub(super) fn character(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        ("space", ..) => Ok(' '),
        (_, Some(character), None) => Ok(character),
        _ => Err("expected one character, or `tab` or `space`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::LawKind;

    #[test]
    fn words_are_those_of_saved_files() {
        assert_eq!(named::<LawKind>("power-floor"), Ok(LawKind::PowerFloor));
        let error = named::<crate::fit::Space>("linear").unwrap_err();
        assert_eq!(error, "expected `log` or `level`");
    }

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(number("2.1K"), Ok(2100.0));
        assert_eq!(number("-0.5"), Ok(-0.5));
        assert_eq!(fraction("10%"), Ok(0.1));
        assert!(positive("0").is_err() && fraction("1").is_err() && number("x").is_err());
        assert_eq!(parameter("alpha=.34"), Ok(("alpha".to_owned(), 0.34)));
        assert_eq!((character("tab"), character(";")), (Ok('\t'), Ok(';')));
        assert!(character("ab").is_err() && character("").is_err());
    }
}
