//! torchtitan's console.
//!
//! `step: 20  loss: 11.83506  grad_norm:  9.6669  memory: 48.87GiB(51.44%)  tps: 4,376  tflops: 253.41  mfu: 25.62%`, with
//! colours around the fields and a rank, a timestamp and a level before them, and `validate step: 20  loss: …` for held-out
//! losses. Before them stand `Model … size: 8,030,261,248 total parameters` and `global batch size 64, …, sequence length
//! 8192`. Source: `torchtitan/components/metrics.py` and `train.py`.
//!
//! Limits: a model of experts prints its size in other words, which are not read.

use super::console::{self, Console, Said, after, any_line, count, number, word};
use super::rows::Rows;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};

/// torchtitan.
pub(in crate::import::shapes) struct TorchtitanLog;

impl Layout for TorchtitanLog {
    fn shape(&self) -> Shape {
        Shape::TorchtitanLog
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let is_record = |line: &str| {
            after(line, "step:").and_then(count).is_some_and(|(_, rest)| {
                let has = |name: &str| pairs(rest).any(|(key, _)| key == name);
                has("loss") && (has("tps") || has("memory") || has("mfu"))
            })
        };
        any_line(source, "step:", is_record).then_some("records such as `step: 20  loss: 11.8  memory: …  tps: …`")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        let example = "step: 20  loss: 11.83506  grad_norm:  9.6669  tps: 4,376";
        console::read(&source, Torchtitan, Rows::default(), example)
    }
}

struct Torchtitan;

impl Console for Torchtitan {
    fn line(&mut self, at: u64, text: &str, rows: &mut Rows) -> Said {
        let validation = after(text, "validate step:").and_then(count);
        let training = || after(text, "step:").and_then(count);
        if let Some((step, rest)) = validation.or_else(training) {
            let Some((_, loss)) = pairs(rest).find(|(key, _)| is_loss(key)) else {
                return Said::Begun;
            };
            rows.set_step(step);
            if validation.is_some() {
                rows.set("val_loss", loss);
            } else {
                for (key, value) in pairs(rest) {
                    match key {
                        key if is_loss(key) => rows.set("train_loss", value),
                        "memory" => rows.set("memory_gib", number(value)),
                        key => rows.set(key, number(value)),
                    }
                }
            }
            rows.end(at);
            return Said::Something;
        }
        if let Some((before, _)) = text.split_once(" total parameters")
            && let Some((params, "")) = before.rsplit(char::is_whitespace).next().and_then(count)
        {
            rows.set_constant("params", params.to_string());
            return Said::Something;
        }
        let figure = |name: &str| text.split_once(name).and_then(|(_, rest)| count(rest));
        if let (Some((batch, _)), Some((length, _))) = (figure("global batch size"), figure("sequence length")) {
            rows.set_tokens_per_step(batch.saturating_mul(length));
            return Said::Something;
        }
        Said::Nothing
    }
}

/// The mean over ranks, by its names old and new.
fn is_loss(key: &str) -> bool {
    matches!(key, "loss" | "global_avg_loss")
}

/// `key: value` one after the other; values have no spaces.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (key, value) = rest.split_once(':')?;
        let value = value.trim_start();
        let taken = word(value);
        rest = &value[taken.len()..];
        Some((key.trim_matches([' ', ',', ';', '\t']), taken))
    })
    .filter(|(key, value)| !key.is_empty() && !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_ranks_and_commas() {
        let text = concat!(
            "[rank0]:[titan] 2025-01-01 12:00:00,123 - root - INFO - \u{1b}[34mModel llama3 8B \u{1b}[31msize: 8,030,261,248 total parameters\u{1b}[39m\n",
            "[rank0]:[titan] - INFO - Trainer is initialized with local batch size 8, global batch size 64, gradient accumulation steps 1, sequence length 8192, total steps 1000\n",
            "[rank0]:[titan] - INFO - \u{1b}[31mstep: 20  \u{1b}[32mloss: 11.83506  \u{1b}[38mgrad_norm:  9.6669  \u{1b}[33mmemory: 48.87GiB(51.44%)  \u{1b}[34mtps: 4,376  \u{1b}[36mtflops: 253.41  \u{1b}[35mmfu: 25.62%\u{1b}[39m\n",
            "[rank1]:[titan] - INFO - step: 20  loss: 11.83506  grad_norm:  9.6669  memory: 48.87GiB(51.44%)  tps: 4,376\n",
            "[rank0]:[titan] - INFO - validate step: 20  loss: 11.5  memory: 40.00GiB(50.0%)  tps: 9,000\n",
            "[rank0]:[titan] - INFO - step: 30  loss: 9.8"
        );
        let source = Source::of_text("titan.log", text);
        assert!(TorchtitanLog.recognises(&source).is_some());
        let grid = TorchtitanLog.read(source, &ImportOptions::default()).unwrap();
        assert_eq!(
            grid.headers,
            [
                "step",
                "train_loss",
                "grad_norm",
                "memory_gib",
                "tps",
                "tflops",
                "mfu",
                "tokens",
                "params",
                "val_loss"
            ]
        );
        let row: Vec<&str> = (0..9).map(|column| grid.cell(0, column)).collect();
        assert_eq!(
            row,
            [
                "20",
                "11.83506",
                "9.6669",
                "48.87",
                "4376",
                "253.41",
                "25.62",
                "10485760",
                "8030261248"
            ]
        );
        assert_eq!((grid.len(), grid.cell(1, 9), grid.skipped[0].line), (2, "11.5", 6));
    }

    #[test]
    fn tables_and_other_logs_are_not_recognised() {
        for text in [
            "step: loss:\n1 2\n",
            "global_step: 3  loss: 2  tps: 3\n",
            "step: 3  loss: 2\n",
        ] {
            assert!(
                TorchtitanLog.recognises(&Source::of_text("x", text)).is_none(),
                "{text}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([\\[{\",:a1}\\]é \n\r.\u{1b}%|m]|step: 1|loss: |validate |total parameters|global batch size 9|sequence length 9){0,60}") {
            TorchtitanLog.read(Source::of_text("x", &text), &ImportOptions::default()).ok();
        }
    }
}
