//! A fit card: everything that someone else needs to judge a fit or to do it again.
//!
//! The fields are the checklist of Li et al. 2025 (arXiv 2502.18969), by its numbers 1 to 20 in five sections. What the files do not
//! say is written down as not recorded, not left out: a gap is to be seen. The card is plain data; it writes itself as Markdown,
//! LaTeX, CSV, JSON and as a Python function with the unrounded constants.

mod csv;
mod latex;
mod markdown;
mod python;

pub use markdown::escaped;

use crate::fit::Verdict;
use crate::law::{LawChoice, LawKind};
use crate::units::{digits_of, format_significant};
use serde::{Serialize, Serializer};

/// What a field says where nothing is known.
pub const NOT_RECORDED: &str = "not recorded in the files";

/// The languages of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardFormat {
    /// For reading.
    Markdown,
    /// For a paper's appendix.
    Latex,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
    /// The law as a function.
    Python,
}

impl CardFormat {
    /// In menu order.
    pub const ALL: [Self; 5] = [Self::Markdown, Self::Latex, Self::Json, Self::Csv, Self::Python];

    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Latex => "tex",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Python => "py",
        }
    }

    /// By the end of a file's name, in any case.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| extension.eq_ignore_ascii_case(format.extension()))
    }
}

/// A number of the fit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CardNumber {
    /// As in formulas and JSON.
    pub name: String,
    /// For people.
    pub symbol: String,
    /// What it means, with its unit.
    pub meaning: String,
    /// Unrounded.
    pub value: f64,
    /// Standard error.
    pub se: Option<f64>,
    /// Ends of its interval; a side may have none.
    pub interval: Option<[Option<f64>; 2]>,
    /// It was held.
    pub fixed: bool,
}

/// A line of the checklist.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CardField {
    /// Its number in the checklist.
    pub item: u8,
    /// What is asked.
    pub label: &'static str,
    /// The answer.
    pub text: String,
}

/// Fields that belong together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CardSection {
    /// Of the checklist.
    pub title: &'static str,
    /// In the order of the checklist.
    pub fields: Vec<CardField>,
}

/// A point that was left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CardExclusion {
    /// Its run.
    pub run: String,
    /// Why.
    pub reason: String,
    /// File and line.
    pub place: String,
}

/// A file that points come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CardFile {
    /// As it was opened.
    pub path: String,
    /// Of its bytes.
    pub sha256: String,
}

/// A point of the law, so that a copy of it can be checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CardExample {
    /// Values of the law's inputs.
    pub x: Vec<f64>,
    /// The law's value there.
    pub value: f64,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Card {
    /// For headings.
    pub title: String,
    /// The law, by its name.
    #[serde(serialize_with = "by_name")]
    pub law: LawChoice,
    /// Plain formula.
    pub formula: String,
    /// Paper and equation.
    pub source: String,
    /// What the law gives: `loss`, or another column.
    pub y: String,
    /// What the variable of a law of one is.
    pub x: Option<String>,
    /// Parameters in the law's order.
    pub params: Vec<CardNumber>,
    /// a and b, where the law has an optimum.
    pub derived: Vec<CardNumber>,
    /// The checklist.
    pub sections: Vec<CardSection>,
    /// What the fit cannot know.
    pub verdicts: Vec<Verdict>,
    /// Points left out.
    pub exclusions: Vec<CardExclusion>,
    /// Where points come from.
    pub files: Vec<CardFile>,
    /// Of this program.
    pub version: String,
    /// A point to check a copy by.
    pub example: Option<CardExample>,
}

/// `loss = E + A/x^alpha`; M4 is no formula for its loss and stands as the equation it is.
pub fn equation(law: &LawChoice, y: &str) -> String {
    let formula = law.law().formula();
    if *law == LawKind::M4 {
        format!("{formula}, L = {y}")
    } else {
        format!("{y} = {formula}")
    }
}

fn by_name<S: Serializer>(law: &LawChoice, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(law.name())
}

impl Card {
    /// The card in a language.
    ///
    /// # Errors
    /// In words, where it cannot be said in it: a law of several groups is no single function.
    pub fn write(&self, format: CardFormat) -> Result<String, String> {
        match format {
            CardFormat::Markdown => Ok(self.markdown()),
            CardFormat::Latex => Ok(self.latex()),
            CardFormat::Json => serde_json::to_string_pretty(self)
                .map(|text| text + "\n")
                .map_err(|error| error.to_string()),
            CardFormat::Csv => self.csv(),
            CardFormat::Python => self
                .python()
                .ok_or_else(|| format!("{} has no single function to write down", self.law.name())),
        }
    }

    /// The law as an equation of the columns: `loss = E + A/N^alpha, x = flops`.
    pub fn equation(&self) -> String {
        let equation = equation(&self.law, &self.y);
        match &self.x {
            Some(x) => format!("{equation}, x = {x}"),
            None => equation,
        }
    }

    /// Parameter values in the law's order.
    fn theta(&self) -> Vec<f64> {
        self.params.iter().map(|number| number.value).collect()
    }

    /// Names of the law's inputs.
    fn inputs(&self) -> Vec<String> {
        let inputs = self.law.law().inputs();
        (0..inputs.count())
            .map(|index| inputs.symbol(index).to_owned())
            .collect()
    }
}

impl CardNumber {
    /// Value, error and interval in words: as many digits as the error supports, six where there is none.
    pub fn words(&self) -> [String; 3] {
        let digits = digits_of(self.value, self.se.filter(|se| *se > 0.0), 6);
        let plain = |value: f64| format_significant(value, digits);
        let error = if self.fixed {
            "held".to_owned()
        } else {
            self.se
                .map_or(String::new(), |se| format!("± {}", format_significant(se, 2)))
        };
        let interval = match self.interval {
            Some([Some(low), Some(high)]) => format!("[{}, {}]", plain(low), plain(high)),
            Some([Some(low), None]) => format!("≥ {}", plain(low)),
            Some([None, Some(high)]) => format!("≤ {}", plain(high)),
            _ => String::new(),
        };
        [plain(self.value), error, interval]
    }
}

#[cfg(test)]
mod tests;
