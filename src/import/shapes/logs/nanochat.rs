//! nanochat's console.
//!
//! `step 00010/02000 (0.50%) | loss: 5.123456 | lrm: 1.00 | dt: 500.12ms | tok/sec: 1,048,576 | …` where it trains (the loss
//! is a running mean), `Step 02000 | Validation bpb: 0.812345` and `Step 02000 | CORE metric: 0.2084` where it evaluates.
//! Before them stand `Total batch size 524,288` and `Number of parameters: 560,988,160`, or a table of parameter counts
//! with a `total`. Source: `scripts/base_train.py` of nanochat.
//!
//! Limits: the held-out figure is in bits per byte, which is no loss in nats per token without the tokenizer; it stays
//! `val_bpb`.

use super::console::{self, Console, Said, after, any_line, count, fields, number, past_total, word};
use super::rows::Rows;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};

/// nanochat.
pub(in crate::import::shapes) struct NanochatLog;

impl Layout for NanochatLog {
    fn shape(&self) -> Shape {
        Shape::NanochatLog
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let training = |line: &str| training(line).is_some_and(|(_, parts)| has_loss(parts));
        let evaluation = |line: &str| evaluation(line).is_some_and(|(_, parts)| parts.contains("Validation bpb:"));
        if any_line(source, "Validation bpb:", evaluation) {
            return Some("records such as `Step 02000 | Validation bpb: 0.81`");
        }
        any_line(source, "loss:", training).then_some("records such as `step 00010/02000 (0.50%) | loss: 5.1`")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        let example = "step 00010/02000 (0.50%) | loss: 5.123456";
        console::read(&source, Nanochat { counts: false }, Rows::default(), example)
    }
}

struct Nanochat {
    /// Inside the table of parameter counts.
    counts: bool,
}

impl Console for Nanochat {
    fn line(&mut self, at: u64, text: &str, rows: &mut Rows) -> Said {
        if let Some((step, parts)) = training(text) {
            if !has_loss(parts) {
                return Said::Begun;
            }
            rows.set_step(step);
            for (key, value) in fields(parts) {
                match key {
                    "loss" => rows.set("train_loss", word(value)),
                    "dt" => rows.set("dt_ms", number(value)),
                    "total time" => rows.set("total_time_min", number(value)),
                    "eta" => rows.set("eta_min", number(value)),
                    key => rows.set(key, number(value)),
                }
            }
            rows.end(at);
            return Said::Something;
        }
        if let Some((step, parts)) = evaluation(text) {
            rows.set_step(step);
            for (key, value) in fields(parts) {
                match key {
                    "Validation bpb" => rows.set("val_bpb", word(value)),
                    "Validation loss" => rows.set("val_loss", word(value)),
                    "CORE metric" => rows.set("core_metric", word(value)),
                    _ => {}
                }
            }
            if !rows.has_values() {
                rows.end(at);
                return Said::Begun;
            }
            rows.end(at);
            return Said::Something;
        }
        self.setting(text.trim(), rows)
    }
}

impl Nanochat {
    fn setting(&mut self, line: &str, rows: &mut Rows) -> Said {
        let figure = |name: &str| {
            let rest = line.strip_prefix(name)?;
            count(rest.trim_start().trim_start_matches(':')).map(|(figure, _)| figure)
        };
        if line.starts_with("Parameter counts") {
            self.counts = true;
            return Said::Something;
        }
        if let Some(tokens) = figure("Total batch size") {
            rows.set_tokens_per_step(tokens);
            return Said::Something;
        }
        let total = figure("total").filter(|_| self.counts);
        match figure("Number of parameters").or(total) {
            Some(params) => {
                self.counts = false;
                rows.set_constant("params", params.to_string());
                Said::Something
            }
            None => Said::Nothing,
        }
    }
}

/// `step 00010/02000 (0.50%) | …`.
fn training(text: &str) -> Option<(u64, &str)> {
    let (step, rest) = count(after(text, "step ")?)?;
    let rest = past_total(rest).strip_prefix('(')?;
    match rest.split_once(')') {
        Some((share, parts)) if share.ends_with('%') => Some((step, parts)),
        _ => None,
    }
}

/// `Step 02000 | …`.
fn evaluation(text: &str) -> Option<(u64, &str)> {
    let (step, rest) = count(after(text, "Step ")?)?;
    Some((step, rest.trim_start().strip_prefix('|')?))
}

fn has_loss(parts: &str) -> bool {
    fields(parts).any(|(key, _)| key == "loss")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Grid {
        let source = Source::of_text("d20.log", text);
        assert!(NanochatLog.recognises(&source).is_some());
        NanochatLog.read(source, &ImportOptions::default()).unwrap()
    }

    #[test]
    fn training_and_bits_per_byte() {
        let grid = read(concat!(
            "Total batch size 524,288 => gradient accumulation steps: 1\nParameter counts:\n",
            "wte                     : 41,943,040\ntotal                   : 560,988,160\n",
            "Step 00000 | Validation bpb: 3.2\nstep 00010/02000 (0.50%) | loss: 5.123456 | lrm: 1.00 | dt: 500.12ms | tok/sec: 1,048,576 | total time: 0.10m\n",
            "Step 00010 | CORE metric: 0.0211\n"
        ));
        assert_eq!(
            grid.headers,
            [
                "step",
                "val_bpb",
                "params",
                "train_loss",
                "lrm",
                "dt_ms",
                "tok/sec",
                "total_time_min",
                "tokens",
                "core_metric"
            ]
        );
        assert_eq!(
            (grid.cell(0, 1), grid.cell(0, 2), grid.cell(0, 8)),
            ("3.2", "560988160", "")
        );
        assert_eq!(
            (grid.cell(1, 3), grid.cell(1, 5), grid.cell(1, 6)),
            ("5.123456", "500.12", "1048576")
        );
        assert_eq!((grid.cell(1, 8), grid.cell(2, 9)), ("5242880", "0.0211"));
    }

    #[test]
    fn a_report_without_steps_is_no_log() {
        let source = Source::of_text("report.md", "Minimum validation bpb: 0.81\nstep,loss\n1,2\n");
        assert!(NanochatLog.recognises(&source).is_none());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([\\[{\",:a1}\\]é \n\r.\u{1b}%|/()]|step 1|Step 2 |loss: |Validation bpb: |Parameter counts|total: 1){0,60}") {
            NanochatLog.read(Source::of_text("x", &text), &ImportOptions::default()).ok();
        }
    }
}
