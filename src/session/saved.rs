//! The day on which a project was saved: a word of the project, so that what is drawn of it says the same on any later day.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a day is written, ISO 8601.
const FORM: &str = "%Y-%m-%d";

/// A local date, such as `2026-11-27`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SaveDate(String);

impl SaveDate {
    /// By the clock of this machine.
    pub fn today() -> Self {
        Self(chrono::Local::now().format(FORM).to_string())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SaveDate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match chrono::NaiveDate::parse_from_str(&text, FORM) {
            // Read leniently, it is written in one way only.
            Ok(day) if day.format(FORM).to_string() == text => Ok(Self(text)),
            _ => Err(format!("`{text}` is no date such as 2026-11-27")),
        }
    }
}

impl From<SaveDate> for String {
    fn from(day: SaveDate) -> Self {
        day.0
    }
}

impl fmt::Display for SaveDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_written_and_nothing_else_is() {
        let today = SaveDate::today();
        let text = serde_json::to_string(&today).unwrap();
        assert_eq!(serde_json::from_str::<SaveDate>(&text).unwrap(), today);
        let day = |text: &str| SaveDate::try_from(text.to_owned());
        assert_eq!(day("2026-11-27").unwrap().to_string(), "2026-11-27");
        for text in ["", "2026-11-31", "2026-1-2", "27.11.2026", "<b>", "2026-11-27T10:00"] {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
