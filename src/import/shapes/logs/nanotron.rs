//! nanotron's console.
//!
//! `iteration: 10 / 1000 | consumed_tokens: 41.9M | tokens_per_sec: 2.02M | global_batch_size: 4.19M | lm_loss: 9.87 | lr:
//! 3e-05 | …`, behind a timestamp, a level and ranks. Numbers have three significant digits and a magnitude: K, M, B or G,
//! T, P, E. Before them stands `Total number of parameters: 1.04G (1988.48MiB)`.
//! Source: `LoggerItem` and `human_format` of nanotron.
//!
//! Limits: losses, tokens and sizes are rounded to three digits, as the log has them.

use super::console::{self, Console, Said, after, any_line, count, fields, magnitude, past_total, word};
use super::rows::Rows;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};

/// nanotron.
pub(in crate::import::shapes) struct NanotronLog;

impl Layout for NanotronLog {
    fn shape(&self) -> Shape {
        Shape::NanotronLog
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        any_line(source, "iteration:", |line| {
            record(line).is_some_and(|(_, parts)| is_known(parts))
        })
        .then_some("records such as `iteration: 10 / 1000 | consumed_tokens: 41.9M | lm_loss: 9.87`")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        let example = "iteration: 10 / 1000 | consumed_tokens: 41.9M | lm_loss: 9.87";
        console::read(&source, Nanotron, Rows::with_free_digits(), example)
    }
}

struct Nanotron;

impl Console for Nanotron {
    fn line(&mut self, at: u64, text: &str, rows: &mut Rows) -> Said {
        if let Some((step, parts)) = record(text) {
            if !is_known(parts) {
                return Said::Begun;
            }
            rows.set_step(step);
            for (key, value) in fields(parts) {
                let (cell, _) = magnitude(value);
                match key {
                    "lm_loss" | "loss" | "train_loss" => rows.set("train_loss", &cell),
                    key => rows.set(key, &cell),
                }
            }
            rows.end(at);
            rows.note(
                "the log rounds losses and tokens to three digits: differences below that are not in it".to_owned(),
            );
            return Said::Something;
        }
        if let Some((_, rest)) = text.split_once("Total number of parameters:")
            && count(rest).is_some()
        {
            let (params, rounded) = magnitude(rest);
            if rounded {
                rows.note(format!("params as the log rounds them: {}", word(rest)));
            }
            rows.set_constant("params", params.replace(',', ""));
            return Said::Something;
        }
        Said::Nothing
    }
}

/// `iteration: 10 / 1000 | …`.
fn record(text: &str) -> Option<(u64, &str)> {
    let (step, rest) = count(after(text, "iteration:")?)?;
    let rest = past_total(rest);
    match rest.strip_prefix('|') {
        Some(parts) => Some((step, parts)),
        None if rest.is_empty() => Some((step, "")),
        None => None,
    }
}

fn is_known(parts: &str) -> bool {
    fields(parts).any(|(key, _)| matches!(key, "lm_loss" | "consumed_tokens"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "[default0]:10/02/2024 11:43:05 [INFO|DP=0|PP=0|TP=0|node-1]: ";

    #[test]
    fn magnitudes_become_numbers() {
        let text = format!(
            "{PREFIX}Total number of parameters: 1.04G (1988.48MiB)\n\
             {PREFIX}iteration: 10 / 1000 | consumed_tokens: 41.9M | time_per_iteration_ms: 1.62K | lm_loss: 9.87 | lr: 3e-05\n\
             {PREFIX}iteration: 20 / 1000 | consumed_tokens: 83.9M | time_per_iteration_ms: 1.6K | lm_loss: nan | lr: 6e-05\n\
             {PREFIX}iteration: 30 / 1000 | consumed_tokens: 126M | time_per_ite"
        );
        let source = Source::of_text("run.log", &text);
        assert!(NanotronLog.recognises(&source).is_some());
        let grid = NanotronLog.read(source, &ImportOptions::default()).unwrap();
        assert_eq!(
            grid.headers,
            [
                "step",
                "consumed_tokens",
                "time_per_iteration_ms",
                "train_loss",
                "lr",
                "params"
            ]
        );
        let row: Vec<&str> = (0..6).map(|column| grid.cell(0, column)).collect();
        assert_eq!(row, ["10", "41.9e6", "1.62e3", "9.87", "3e-05", "1.04e9"]);
        assert_eq!((grid.len(), grid.cell(1, 3), grid.skipped[0].line), (2, "nan", 4));
        assert_eq!(grid.notes[0], "params as the log rounds them: 1.04G");
    }

    #[test]
    fn megatron_is_another() {
        let text = " iteration        2/      50 | consumed samples:          256 | lm loss: 1.189062E+01 |\n";
        assert!(NanotronLog.recognises(&Source::of_text("x.log", text)).is_none());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([\\[{\",:a1}\\]é \n\r.\u{1b}%|/()KE]|iteration: 1|lm_loss: |consumed_tokens: |Total number of parameters: ){0,60}") {
            NanotronLog.read(Source::of_text("x", &text), &ImportOptions::default()).ok();
        }
    }
}
