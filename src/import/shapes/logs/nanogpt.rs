//! nanoGPT's console.
//!
//! `step 250: train loss 3.2145, val loss 3.2309` where it evaluates (both are means over many batches) and `iter 260: loss
//! 3.1987, time 245.31ms, mfu 31.20%` between (one batch). Before them stand `tokens per iteration will be: 491,520` and
//! `number of parameters: 123.59M`. Where a step has both, its training loss is the mean.
//! Source: `train.py` and `model.py` of nanoGPT.
//!
//! Limits: the number of parameters is printed in hundredths of a million, without position embeddings.

use super::console::{self, Console, Said, after, any_line, count, magnitude, named, number};
use super::rows::Rows;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};

/// nanoGPT.
pub(in crate::import::shapes) struct NanogptLog;

impl Layout for NanogptLog {
    fn shape(&self) -> Shape {
        Shape::NanogptLog
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let iteration = |line: &str| record(line, "iter ").is_some_and(|(_, parts)| has(parts, "loss"));
        let evaluation = |line: &str| record(line, "step ").is_some_and(|(_, parts)| has(parts, "train loss"));
        any_line(source, "loss", |line| iteration(line) || evaluation(line))
            .then_some("records such as `step 250: train loss 3.2, val loss 3.3` and `iter 260: loss 3.2`")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        let example = "step 250: train loss 3.2145, val loss 3.2309";
        console::read(&source, Nanogpt { evaluated: None }, Rows::default(), example)
    }
}

struct Nanogpt {
    /// The step of the last evaluation.
    evaluated: Option<u64>,
}

impl Console for Nanogpt {
    fn line(&mut self, at: u64, text: &str, rows: &mut Rows) -> Said {
        if let Some((step, parts)) = record(text, "step ") {
            if !has(parts, "train loss") && !has(parts, "val loss") {
                return Said::Begun;
            }
            rows.set_step(step);
            for (name, value) in parts.split(", ").filter_map(named) {
                match name {
                    "train loss" => rows.set("train_loss", value),
                    "val loss" => rows.set("val_loss", value),
                    _ => rows.set(name, number(value)),
                }
            }
            rows.end(at);
            self.evaluated = Some(step);
            return Said::Something;
        }
        if let Some((step, parts)) = record(text, "iter ") {
            if !has(parts, "loss") {
                return Said::Begun;
            }
            rows.set_step(step);
            for (name, value) in parts.split(", ").filter_map(named) {
                match name {
                    "loss" if self.evaluated == Some(step) => rows.set("batch_loss", value),
                    "loss" => rows.set("train_loss", value),
                    "time" => rows.set("time_ms", number(value)),
                    _ => rows.set(name, number(value)),
                }
            }
            rows.end(at);
            return Said::Something;
        }
        if let Some((_, rest)) = text.split_once("tokens per iteration will be:")
            && let Some((tokens, _)) = count(rest)
        {
            rows.set_tokens_per_step(tokens);
            return Said::Something;
        }
        if let Some((_, rest)) = text.split_once("number of parameters:") {
            let (params, rounded) = magnitude(rest);
            if !number(&params).is_empty() {
                if rounded {
                    let printed = rest.trim();
                    rows.note(format!(
                        "params as the log rounds them, without position embeddings: {printed}"
                    ));
                }
                rows.set_constant("params", params.into_owned());
                return Said::Something;
            }
        }
        Said::Nothing
    }
}

/// `step 250: …`: the step, and the parts behind the colon.
fn record<'a>(text: &'a str, word: &str) -> Option<(u64, &'a str)> {
    let (step, rest) = count(after(text, word)?)?;
    match rest.trim_start().strip_prefix(':') {
        Some(parts) => Some((step, parts)),
        None if rest.trim().is_empty() => Some((step, "")),
        None => None,
    }
}

fn has(parts: &str, name: &str) -> bool {
    parts.split(", ").filter_map(named).any(|(found, _)| found == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Grid {
        let source = Source::of_text("gpt2.txt", text);
        assert!(NanogptLog.recognises(&source).is_some());
        NanogptLog.read(source, &ImportOptions::default()).unwrap()
    }

    #[test]
    fn evaluations_and_iterations() {
        let grid = read(concat!(
            "tokens per iteration will be: 491,520\nnumber of parameters: 123.59M\ncompiling the model...\n",
            "step 0: train loss 10.9886, val loss 10.9898\niter 0: loss 10.9000, time 1234.56ms, mfu -100.00%\n",
            "iter 10: loss nan, time 245.31ms, mfu 31.20%\nstep 20: train loss 9.5, val lo"
        ));
        assert_eq!(
            grid.headers,
            [
                "step",
                "train_loss",
                "val_loss",
                "params",
                "batch_loss",
                "time_ms",
                "mfu",
                "tokens"
            ]
        );
        assert_eq!(
            (grid.cell(0, 1), grid.cell(1, 1), grid.cell(1, 4)),
            ("10.9886", "", "10.9000")
        );
        assert_eq!(
            (grid.cell(2, 1), grid.cell(2, 3), grid.cell(2, 7)),
            ("nan", "123.59e6", "4915200")
        );
        assert_eq!((grid.len(), grid.skipped[0].line), (3, 7));
        assert_eq!(
            grid.notes[1],
            "params as the log rounds them, without position embeddings: 123.59M"
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([\\[{\",:a1}\\]é \n\r.\u{1b}%]|step 1|iter |: loss |train loss |val loss |number of parameters: ){0,60}") {
            NanogptLog.read(Source::of_text("x", &text), &ImportOptions::default()).ok();
        }
    }
}
