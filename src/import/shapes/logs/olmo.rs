//! The console of OLMo and OLMo-core.
//!
//! A record is a line `[step=100/739328,epoch=0]` and the indented lines `train/CrossEntropyLoss=6.889` below it. Metrics of
//! an evaluation follow in a record of their own, or under the evaluator's name, and belong to the last step. Numbers from
//! a thousand on are whole and have commas. Before the records stands `Total number of parameters: 1,176,832,000`, or
//! `1,176,832,000 total params`. Source: `olmo/train.py` and OLMo-core's `console_logger.py`.
//!
//! Limits: columns keep the names that the log gives them. Lines of several ranks must not stand between those of a record.

use super::console::{self, Console, Said, any_line, count};
use super::rows::Rows;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};

/// OLMo and OLMo-core.
pub(in crate::import::shapes) struct OlmoLog;

impl Layout for OlmoLog {
    fn shape(&self) -> Shape {
        Shape::OlmoLog
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let steps = any_line(source, "[step=", |line| step(line).is_some());
        (steps && any_line(source, "/", |line| metric(line).is_some()))
            .then_some("records such as `[step=100/739328,epoch=0]` with `train/CrossEntropyLoss=6.889` below")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        let example = "[step=100/739328,epoch=0]` with `train/CrossEntropyLoss=6.889` below";
        console::read(&source, Olmo::default(), Rows::with_free_digits(), example)
    }
}

#[derive(Default)]
struct Olmo {
    step: Option<u64>,
    epoch: String,
    /// The line of the record that is being filled.
    open: Option<u64>,
}

impl Console for Olmo {
    fn line(&mut self, at: u64, text: &str, rows: &mut Rows) -> Said {
        if let Some((step, rest)) = step(text) {
            self.close(rows);
            self.step = Some(step);
            let epoch = rest.split_once("epoch=").and_then(|(_, rest)| count(rest));
            self.epoch = epoch.map_or(String::new(), |(epoch, _)| epoch.to_string());
            self.open_at(at, rows);
            return Said::Something;
        }
        if let Some((name, value)) = metric(text) {
            // Before the first step there is nothing that it could belong to.
            if self.step.is_none() {
                return Said::Nothing;
            }
            if self.open.is_none() {
                self.open_at(at, rows);
            }
            rows.set(name, value);
            return Said::Something;
        }
        self.close(rows);
        setting(text, rows)
    }

    fn finish(&mut self, rows: &mut Rows) {
        self.close(rows);
    }
}

impl Olmo {
    fn open_at(&mut self, at: u64, rows: &mut Rows) {
        let Some(step) = self.step else { return };
        self.open = Some(at);
        rows.set_step(step);
    }

    fn close(&mut self, rows: &mut Rows) {
        if let Some(at) = self.open.take() {
            if rows.has_values() {
                rows.set("epoch", &self.epoch);
            }
            rows.end(at);
        }
    }
}

fn setting(text: &str, rows: &mut Rows) -> Said {
    let behind = |name: &str| {
        text.split_once(name)
            .and_then(|(_, rest)| count(rest))
            .map(|(figure, _)| figure)
    };
    let before = |name: &str| {
        let word = text.split_once(name)?.0.rsplit(char::is_whitespace).next()?;
        count(word)
            .filter(|(_, rest)| rest.is_empty())
            .map(|(figure, _)| figure)
    };
    let total = behind("Total number of parameters:").or_else(|| before(" total params"));
    let inner = behind("Number of non-embedding parameters:").or_else(|| before(" non-embedding params"));
    match (total, inner) {
        (Some(params), _) => rows.set_constant("params", params.to_string()),
        (None, Some(params)) => rows.set_constant("params_non_embedding", params.to_string()),
        (None, None) => return Said::Nothing,
    }
    Said::Something
}

/// `[step=100/739328,epoch=0]`: the step, and what follows it in the brackets.
fn step(text: &str) -> Option<(u64, &str)> {
    let (_, rest) = text.split_once("[step=")?;
    let (step, rest) = count(rest)?;
    let inside = match rest.split_once(']') {
        Some((inside, _)) => inside,
        None => return None,
    };
    (inside.is_empty() || inside.starts_with(['/', ','])).then_some((step, inside))
}

/// `    train/CrossEntropyLoss=6.889`, perhaps behind a prefix: the name begins after the last wide gap and has a slash.
fn metric(text: &str) -> Option<(&str, &str)> {
    let (left, value) = text.trim_end().rsplit_once('=')?;
    let gap = left
        .rfind("  ")
        .map(|at| at + 2)
        .max(left.rfind('\t').map(|at| at + 1))?;
    let name = left[gap..].trim();
    let named = name.contains('/')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.contains(['=', '"', '\'', '{', '[', ':']);
    let plain = !value.is_empty() && !value.contains(char::is_whitespace) && is_number(value);
    (named && plain).then_some((name, value))
}

fn is_number(value: &str) -> bool {
    value.parse::<f64>().is_ok() || value.contains(',') && value.replace(',', "").parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = concat!(
        "2024-01-01 00:00:00.000\tnode:0\tolmo.train:1\tINFO\tTotal number of parameters: 1,176,832,000\n",
        "2024-01-01 00:00:00.000\tnode:0\tolmo.train:1\tINFO\tNumber of non-embedding parameters: 1,073,741,824\n",
        "2024-01-01 00:00:01.000\tnode:0\tolmo.train:9\tINFO\t[step=100/739328,epoch=0]\n",
        "    train/CrossEntropyLoss=6.889\n    throughput/total_tokens=419,430,400\n    optim/learning_rate_group0=2.00e-05\n",
        "2024-01-01 00:00:02.000\tnode:0\tolmo.train:9\tINFO\tRunning evaluation for 'c4'...\n",
        "2024-01-01 00:00:03.000\tnode:0\tolmo.train:9\tINFO\tc4\n",
        "    eval/c4_en-validation/CrossEntropyLoss=6.875\n",
        "2024-01-01 00:00:04.000\tnode:0\tolmo.train:9\tINFO\t[step=200/739328,epoch=0]\n",
        "    train/CrossEntropyLoss=nan\n    throughput/total_tok"
    );

    #[test]
    fn records_of_several_lines() {
        let source = Source::of_text("olmo.log", TEXT);
        assert!(OlmoLog.recognises(&source).is_some());
        let grid = OlmoLog.read(source, &ImportOptions::default()).unwrap();
        assert_eq!(
            grid.headers,
            [
                "step",
                "train/CrossEntropyLoss",
                "throughput/total_tokens",
                "optim/learning_rate_group0",
                "epoch",
                "params",
                "params_non_embedding",
                "eval/c4_en-validation/CrossEntropyLoss",
            ]
        );
        assert_eq!((grid.len(), grid.line(0), grid.line(1)), (2, 3, 9));
        assert_eq!((grid.cell(0, 2), grid.cell(0, 5)), ("419430400", "1176832000"));
        assert_eq!((grid.cell(1, 0), grid.cell(1, 7)), ("100", "6.875"));
        assert_eq!((grid.skipped.len(), grid.skipped[0].line), (1, 10));
    }

    #[test]
    fn names_with_spaces_and_prefixes() {
        assert_eq!(metric("    train/CE loss=6.9"), Some(("train/CE loss", "6.9")));
        assert_eq!(
            metric("2025-01-01T00:00:00Z     train/CE loss=nan"),
            Some(("train/CE loss", "nan"))
        );
        assert_eq!(metric("  path=/a/b"), None);
        assert_eq!(metric("  data/path=x"), None);
        assert_eq!(
            step("INFO [step=5/10,epoch=1,eta=0:10]"),
            Some((5, "/10,epoch=1,eta=0:10"))
        );
        assert_eq!(step("[step=x]"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([\\[{\",:a1}\\]é \n\r\t.\u{1b}%|=/]|\\[step=1|epoch=|\n    train/|total params|Total number of parameters: ){0,60}") {
            OlmoLog.read(Source::of_text("x", &text), &ImportOptions::default()).ok();
        }
    }
}
