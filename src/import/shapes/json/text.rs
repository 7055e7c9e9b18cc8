//! JSON as Python writes it: strict, or with bare `NaN` and `Infinity`.

use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// Reads one value; the error is in words, without the place that the parser counts from the value's own start.
pub(in crate::import::shapes) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).or_else(|error| {
        let quoted = quote_bare_numbers(text);
        let second = match quoted {
            Cow::Owned(quoted) => serde_json::from_str(&quoted).ok(),
            Cow::Borrowed(_) => None,
        };
        second.ok_or_else(|| {
            let message = error.to_string();
            format!("not JSON: {}", message.split(" at line ").next().unwrap_or(&message))
        })
    })
}

/// Puts quotes around `NaN`, `Infinity` and `-Infinity` outside strings.
fn quote_bare_numbers(text: &str) -> Cow<'_, str> {
    const WORDS: [(&str, &str); 3] = [("NaN", "\"nan\""), ("-Infinity", "\"-inf\""), ("Infinity", "\"inf\"")];
    let mut quoted = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < text.len() {
        match text.as_bytes()[at] {
            b'"' => at = string_end(text, at),
            b'N' | b'I' | b'-' => {
                let word = WORDS.iter().find(|(word, _)| text[at..].starts_with(word));
                if let Some((word, replacement)) = word {
                    quoted.push_str(&text[copied..at]);
                    quoted.push_str(replacement);
                    at += word.len();
                    copied = at;
                } else {
                    at += 1;
                }
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    quoted.push_str(&text[copied..]);
    Cow::Owned(quoted)
}

/// Where a string that opens at a byte ends, after its closing quote.
fn string_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The text of the array that is the value of a key, brackets included, and the line that it begins on.
pub(in crate::import::shapes) fn array_of<'a>(text: &'a str, key: &str) -> Option<(&'a str, u64)> {
    let key = format!("\"{key}\"");
    let after = text.find(&key)? + key.len();
    let start = after + text[after..].find('[')?;
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (start, 0usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(text, at);
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    let line = 1 + text[..start].matches('\n').count() as u64;
    // A file that breaks off ends inside its array.
    Some((&text[start..at.min(text.len())], line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn bare_numbers_of_python() {
        let value: Value = parse(r#"{"a": NaN, "b": [-Infinity, Infinity], "c": -1, "NaN": "NaN \" NaN"}"#).unwrap();
        assert_eq!(value["a"], "nan");
        assert_eq!(value["b"][0], "-inf");
        assert_eq!(value["NaN"], "NaN \" NaN");
        let value: Value = parse(r#"{"name": "a \"quoted\" one", "x\\": "\\", "loss": NaN}"#).unwrap();
        assert_eq!(value["loss"], "nan");
        assert!(parse::<Value>(r#"{"a": NaNs}"#).is_err());
        assert_eq!(
            parse::<Value>("{\n oops}").unwrap_err(),
            "not JSON: key must be a string"
        );
    }

    #[test]
    fn arrays_by_key() {
        let text = "{\"x\": 1,\n\"log\": [{\"a\": \"]\\\"\"},\n {\"b\": [1]}], \"y\": [2]}";
        assert_eq!(array_of(text, "log"), Some(("[{\"a\": \"]\\\"\"},\n {\"b\": [1]}]", 2)));
        assert_eq!(array_of("{\"log\": [{\"a\": 1", "log"), Some(("[{\"a\": 1", 1)));
        assert_eq!(array_of(text, "z"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[\\[{\",:aNI1}\\]\\\\é \n-]{0,60}") {
            parse::<Value>(&text).ok();
            array_of(&text, "a");
        }
    }
}
