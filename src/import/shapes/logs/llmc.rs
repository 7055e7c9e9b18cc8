//! llm.c: its `main.log` and its console.
//!
//! `main.log` has short records: `s:250 tel:4.2000` (held-out loss), `s:250 trl:4.1034 lr:0.000600 norm:0.35` (training),
//! `s:250 eval:0.2944` (HellaSwag). The console has `step   10/19560 | loss 7.500000 (+0.12z)| norm 1.2345 (-0.10z)| lr
//! 3.00e-05 | 250.00 ms | 45.1% bf16 MFU | 2097152 tok/s`, held-out losses between the steps as `val loss 4.2`, and the
//! settings `num_parameters: …` and `total_batch_size=…` before them. The Python programs of the same author write
//! `step     0 | loss: 10.95 | norm: 15.36 | …` and are read as well.
//! Source: `llmc/logger.h` and `train_gpt2.cu` of llm.c.
//!
//! Limits: a held-out loss of the console belongs to the steps done by then, which the lines around it tell. `main.log`
//! states neither the batch nor the model's size.

use super::console::{self, Console, Said, after, any_line, count, named, number, past_total, word};
use super::rows::Rows;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};

/// llm.c.
pub(in crate::import::shapes) struct LlmcLog;

impl Layout for LlmcLog {
    fn shape(&self) -> Shape {
        Shape::LlmcLog
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        if any_line(source, "s:", |line| short_record(line).is_some_and(|(_, known)| known)) {
            return Some("records such as `s:250 tel:4.2`");
        }
        any_line(source, "loss", |line| {
            step_record(line).is_some_and(|step| step.has_loss)
        })
        .then_some("records such as `step 10/19560 | loss 7.5`")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        console::read(&source, Llmc::default(), Rows::default(), "s:250 tel:4.2000")
    }
}

#[derive(Default)]
struct Llmc {
    /// Steps done after the last record.
    done: Option<u64>,
    /// A held-out loss from before the first step, with its line.
    pending: Option<(u64, String)>,
}

impl Console for Llmc {
    fn line(&mut self, at: u64, text: &str, rows: &mut Rows) -> Said {
        if let Some((step, known)) = short_record(text) {
            if !known {
                return Said::Begun;
            }
            rows.set_step(step);
            for (key, value) in text.split_whitespace().filter_map(|word| word.split_once(':')) {
                match key {
                    "s" => {}
                    "tel" => rows.set("val_loss", value),
                    "trl" => rows.set("train_loss", value),
                    "eval" => rows.set("hellaswag", value),
                    "lr" | "norm" => rows.set(key, value),
                    _ => {}
                }
            }
            rows.end(at);
            return Said::Something;
        }
        if let Some(record) = step_record(text) {
            if !record.has_loss {
                return Said::Begun;
            }
            // The console counts steps from one where it tells their total; the programs in Python count from zero.
            let before = record.step.saturating_sub(u64::from(record.of_total));
            self.settle(before, rows);
            self.done = Some(before + 1);
            rows.set_step(record.step);
            record.parts.split('|').for_each(|part| set_part(part, rows));
            rows.end(at);
            return Said::Something;
        }
        let line = text.trim();
        if let Some(value) = line
            .strip_prefix("val loss")
            .or_else(|| line.strip_prefix("validation loss"))
        {
            let value = word(value.trim_start_matches(':'));
            match (value, self.done) {
                ("", _) => return Said::Begun,
                (_, Some(done)) => held_out(done, value, at, rows),
                (_, None) => self.pending = Some((at, value.to_owned())),
            }
            return Said::Something;
        }
        if let Some(share) = line.strip_prefix("HellaSwag:").and_then(|rest| rest.rsplit_once('='))
            && let Some(done) = self.done
        {
            rows.set_step(done);
            rows.set("hellaswag", word(share.1));
            rows.end(at);
            return Said::Something;
        }
        self.setting(line, rows)
    }

    fn finish(&mut self, rows: &mut Rows) {
        self.settle(0, rows);
    }
}

impl Llmc {
    fn settle(&mut self, done: u64, rows: &mut Rows) {
        if let Some((at, value)) = self.pending.take() {
            held_out(done, &value, at, rows);
        }
    }

    fn setting(&mut self, line: &str, rows: &mut Rows) -> Said {
        let number = |name: &str| line.split_once(name).and_then(|(_, rest)| count(rest));
        let params = line
            .split_once("num_parameters")
            .map(|(_, rest)| rest.trim_start_matches([' ', ':', '|']));
        if let Some((params, _)) = params.and_then(count) {
            // The program has begun anew.
            self.done = None;
            rows.set_constant("params", params.to_string());
            return Said::Something;
        }
        let batch = number("total_batch_size=")
            .or_else(|| number("total desired batch size:"))
            .or_else(|| {
                let rest = line.strip_prefix('|')?.trim_start().strip_prefix("total batch size")?;
                count(rest.trim_start().strip_prefix('|')?)
            });
        match batch {
            Some((tokens, _)) => {
                rows.set_tokens_per_step(tokens);
                Said::Something
            }
            None => Said::Nothing,
        }
    }
}

fn held_out(step: u64, value: &str, at: u64, rows: &mut Rows) {
    rows.set_step(step);
    rows.set("val_loss", value);
    rows.end(at);
}

/// The step of a record of `main.log`, and whether a value of it follows.
fn short_record(text: &str) -> Option<(u64, bool)> {
    let (step, rest) = count(text.trim_start().strip_prefix("s:")?)?;
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let known = rest
        .split_whitespace()
        .filter_map(|word| word.split_once(':'))
        .any(|(key, value)| matches!(key, "tel" | "trl" | "eval") && !value.is_empty());
    Some((step, known))
}

struct StepRecord<'a> {
    step: u64,
    of_total: bool,
    has_loss: bool,
    parts: &'a str,
}

/// `step 10/19560 | …`.
fn step_record(text: &str) -> Option<StepRecord<'_>> {
    let (step, rest) = count(after(text, "step ")?)?;
    let parts = past_total(rest);
    let of_total = rest.trim_start().starts_with('/');
    let parts = match parts.strip_prefix('|') {
        Some(parts) => parts,
        None if parts.is_empty() => "",
        None => return None,
    };
    let has_loss = parts
        .split('|')
        .filter_map(named)
        .any(|(name, _)| matches!(name, "loss" | "train loss"));
    Some(StepRecord {
        step,
        of_total,
        has_loss,
        parts,
    })
}

/// `loss 7.5 (+0.12z)`, or a number before its unit: `250.00 ms`.
fn set_part(part: &str, rows: &mut Rows) {
    match named(part) {
        Some(("loss" | "train loss", value)) => rows.set("train_loss", value),
        Some((name, value)) => rows.set(name, number(value)),
        None => {
            let value = number(part);
            let unit = part.trim_start().get(value.len()..).unwrap_or("").trim();
            match unit {
                "ms" => rows.set("time_ms", value),
                "tok/s" => rows.set("tok/s", value),
                unit if unit.ends_with("MFU") => rows.set("mfu", value),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Grid {
        let source = Source::of_text("runs/d12.log", text);
        assert!(LlmcLog.recognises(&source).is_some());
        LlmcLog.read(source, &ImportOptions::default()).unwrap()
    }

    #[test]
    fn main_log() {
        let grid = read(
            "s:0 tel:11.0\ns:0 trl:11.1 lr:0.0 norm:9.5\nhello\ns:250 eval:0.29\ns:500 trl:nan lr:6e-4 norm:1\ns:501 t",
        );
        assert_eq!(
            grid.headers,
            ["step", "val_loss", "train_loss", "lr", "norm", "hellaswag"]
        );
        assert_eq!((grid.len(), grid.cell(1, 2), grid.cell(3, 2)), (4, "11.1", "nan"));
        assert_eq!(grid.skipped[0].line, 6);
        assert_eq!(grid.notes, ["1 line beside the records left out"]);
    }

    #[test]
    fn console_with_held_out_losses_between() {
        let grid = read(concat!(
            "num_parameters: 124475904 => bytes: 248951808\n| total batch size      | 524288   |\nval loss 11.0\n",
            "step    1/100 | loss 10.9 (+nanz)| norm 15.3 (+0.1z)| lr 3.00e-05 | 250.00 ms | 45.1% bf16 MFU | 2097152 tok/s\n",
            "val loss 10.8\n"
        ));
        assert_eq!(
            grid.headers,
            [
                "step",
                "val_loss",
                "params",
                "train_loss",
                "norm",
                "lr",
                "time_ms",
                "mfu",
                "tok/s",
                "tokens"
            ]
        );
        let steps: Vec<&str> = (0..grid.len()).map(|row| grid.cell(row, 0)).collect();
        assert_eq!(steps, ["0", "1", "1"]);
        assert_eq!(
            (grid.cell(1, 6), grid.cell(1, 7), grid.cell(1, 8)),
            ("250.00", "45.1", "2097152")
        );
        assert_eq!((grid.cell(2, 1), grid.cell(2, 9)), ("10.8", "524288"));
    }

    #[test]
    fn others_are_not_recognised() {
        for text in [
            "step,loss\n1,2\n",
            "note\n\"s: 5\"\n",
            "step 00010/02000 (0.50%) | loss: 5.1\n",
            "step: 20  loss: 11.8\n",
        ] {
            assert!(LlmcLog.recognises(&Source::of_text("x.csv", text)).is_none(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([\\[{\",:a1}\\]\\\\é \n\r|/=.\u{1b}]|s:1 |tel:|step |loss |val loss |ms|nan){0,60}") {
            LlmcLog.read(Source::of_text("x", &text), &ImportOptions::default()).ok();
        }
    }
}
