//! The consoles of Megatron-LM, NeMo and DeepSpeed.
//!
//! Megatron-LM: `[2025-12-25 08:40:22] iteration        2/      50 | consumed samples:          256 | … | lm loss:
//! 1.189062E+01 | grad norm: 7.499 | …`; fields vary between versions. Held-out losses: `validation loss at iteration 1000 |
//! lm loss value: 3.456789E+00 | lm loss PPL: … |`, also `… on test set |` and `… [name] |`. NeMo 2 writes `Training epoch 0,
//! iteration 9/99 | … | reduced_train_loss: 10.2 | …`, NeMo 1 a progress bar `[…, reduced_train_loss=10.9,
//! global_step=99.00, …]`, DeepSpeed's engine `steps: 10 loss: 2.3012 iter time (s): …`.
//! Source: `training.py` of Megatron-LM, and the loggers of NeMo and DeepSpeed.
//!
//! Limits: tokens are samples × sequence length, and that length is known only where the arguments are printed
//! (`seq_length ..... 2048`). A model in parts prints its size part by part; it is used where every part is there.

use super::console::{self, Console, Said, after, any_line, count, fields, number, past_total, word};
use super::rows::Rows;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};

/// Megatron-LM, NeMo and DeepSpeed.
pub(in crate::import::shapes) struct MegatronLog;

impl Layout for MegatronLog {
    fn shape(&self) -> Shape {
        Shape::MegatronLog
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let megatron = |line: &str| {
            let has = |(_, parts)| fields(parts).any(|(key, _)| is_known(key));
            iteration(line).is_some_and(has) || is_validation(line)
        };
        if any_line(source, "iteration", megatron) {
            return Some("records such as `iteration 2/50 | consumed samples: 256 | lm loss: 1.1E+01`");
        }
        if any_line(source, "reduced_train_loss=", |line| progress(line).is_some()) {
            return Some("a progress bar with `reduced_train_loss=` and `global_step=`");
        }
        any_line(source, "steps:", |line| engine(line).is_some())
            .then_some("records such as `steps: 10 loss: 2.3 iter time (s): 1.2`")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        let example = "iteration 2/50 | consumed samples: 256 | lm loss: 1.189062E+01";
        console::read(&source, Megatron::default(), Rows::default(), example)
    }
}

#[derive(Default)]
struct Megatron {
    /// Tokens a sample, where the arguments are printed.
    length: Option<u64>,
    /// How many parts the model is in: tensor and pipeline parallelism.
    tensor: Option<u64>,
    pipeline: Option<u64>,
    /// Sizes of the parts, by the text of their ranks.
    parts: Vec<(String, u64)>,
    last: u64,
}

impl Console for Megatron {
    fn line(&mut self, at: u64, text: &str, rows: &mut Rows) -> Said {
        if let Some((_, rest)) = text.split_once("validation loss at ") {
            return self.validation(rest, at, rows);
        }
        if let Some((step, parts)) = iteration(text) {
            if !fields(parts).any(|(key, _)| is_known(key)) {
                return Said::Begun;
            }
            rows.set_step(step);
            self.last = step;
            let mut tokens = None;
            for (key, value) in fields(parts) {
                match key {
                    "lm loss" | "lm_loss" | "loss" | "train_loss" | "reduced_train_loss" => {
                        rows.set("train_loss", word(value));
                    }
                    "val_loss" | "validation loss" => rows.set("val_loss", word(value)),
                    "gloabl batch size" => rows.set("global batch size", number(value)),
                    "consumed samples" | "consumed_samples" => {
                        tokens = count(value).map(|(samples, _)| samples).zip(self.length);
                        rows.set(key, number(value));
                    }
                    key => rows.set(key, number(value)),
                }
            }
            if let Some((samples, length)) = tokens {
                if let Some(tokens) = samples.checked_mul(length).filter(|tokens| *tokens > 0) {
                    rows.set("tokens", &tokens.to_string());
                }
                rows.note(format!(
                    "tokens computed as consumed samples × {length}, the sequence length that the log states"
                ));
            }
            rows.end(at);
            return Said::Something;
        }
        if let Some(step) = progress(text) {
            rows.set_step(step);
            for (key, value) in assignments(text) {
                match key {
                    "reduced_train_loss" => rows.set("train_loss", word(value)),
                    "val_loss" | "consumed_samples" | "lr" => rows.set(key, word(value)),
                    _ => {}
                }
            }
            rows.end(at);
            return Said::Something;
        }
        if let Some((step, loss)) = engine(text) {
            rows.set_step(step);
            rows.set("train_loss", loss);
            rows.end(at);
            return Said::Something;
        }
        self.setting(text, rows)
    }
}

impl Megatron {
    /// `iteration 1000 on test set | lm loss value: 3.4 | …`, or `the end of training for test data | …`.
    fn validation(&mut self, rest: &str, at: u64, rows: &mut Rows) -> Said {
        let Some((head, parts)) = rest.split_once('|') else {
            return Said::Begun;
        };
        let (step, qualifier) = match head.strip_prefix("iteration").and_then(count) {
            Some((step, qualifier)) => (step, qualifier.trim()),
            None => (self.last, head.trim()),
        };
        let set = qualifier.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let column = match (qualifier.contains("test"), set) {
            (_, Some(name)) => format!("{name}/val_loss"),
            (true, None) => "test_loss".to_owned(),
            (false, None) => "val_loss".to_owned(),
        };
        rows.set_step(step);
        let loss = fields(parts).find(|(key, _)| matches!(*key, "lm loss value" | "lm loss"));
        rows.set(&column, loss.map_or("", |(_, value)| word(value)));
        let said = match rows.has_values() {
            true => Said::Something,
            false => Said::Begun,
        };
        rows.end(at);
        said
    }

    fn setting(&mut self, text: &str, rows: &mut Rows) -> Said {
        if let Some((_, rest)) = text.split_once("model parallel rank (")
            && text.contains("number of parameters on")
            && let Some((ranks, size)) = rest.split_once("):")
            && let Some((size, _)) = count(size)
        {
            self.part(ranks, size, rows);
            return Said::Something;
        }
        if let Some((_, billions)) = text.split_once("Total number of parameters in billions:") {
            let billions = number(billions);
            if self.parts.is_empty() && !billions.is_empty() {
                rows.set_constant("params", format!("{billions}e9"));
                rows.note(format!("params as the log rounds them: {billions} billion"));
            }
            return Said::Something;
        }
        match argument(text) {
            Some(("seq_length", value)) => self.length = Some(value),
            Some(("tensor_model_parallel_size", value)) => self.tensor = Some(value),
            Some(("pipeline_model_parallel_size", value)) => self.pipeline = Some(value),
            _ => return Said::Nothing,
        }
        Said::Something
    }

    /// The size of one part of the model, and of the whole where no part is missing.
    fn part(&mut self, ranks: &str, size: u64, rows: &mut Rows) {
        let known = self.parts.iter().any(|(known, _)| known == ranks);
        // More parts than any machine has are chatter.
        if !known && self.parts.len() < 4096 {
            self.parts.push((ranks.to_owned(), size));
        }
        let expected = self.tensor.unwrap_or(1).saturating_mul(self.pipeline.unwrap_or(1));
        if self.parts.len() as u64 != expected && self.tensor.or(self.pipeline).is_some() {
            return;
        }
        let total = self.parts.iter().fold(0u64, |sum, (_, size)| sum.saturating_add(*size));
        rows.set_constant("params", total.to_string());
        if self.parts.len() > 1 {
            rows.note(
                "params are the sum over the parts of the model; what several parts hold counts in each".to_owned(),
            );
        }
    }
}

/// `iteration        2/      50 | …`.
fn iteration(text: &str) -> Option<(u64, &str)> {
    let (step, rest) = count(after(text, "iteration ")?)?;
    let rest = past_total(rest);
    match rest.strip_prefix('|') {
        Some(parts) => Some((step, parts)),
        None if rest.is_empty() && text.contains('/') => Some((step, "")),
        None => None,
    }
}

/// Names of fields that no other program's records have together with an iteration.
fn is_known(key: &str) -> bool {
    matches!(
        key,
        "lm loss"
            | "lm_loss"
            | "loss"
            | "consumed samples"
            | "consumed tokens"
            | "consumed_samples"
            | "reduced_train_loss"
            | "train_loss"
            | "val_loss"
    ) || key.starts_with("elapsed time per iteration")
}

fn is_validation(text: &str) -> bool {
    text.contains("validation loss at iteration") && text.contains("| lm loss value:")
}

/// The step of NeMo's progress bar.
fn progress(text: &str) -> Option<u64> {
    let value = |name| assignments(text).find(|(key, _)| *key == name).map(|(_, value)| value);
    value("reduced_train_loss")?;
    let step: f64 = number(value("global_step")?).parse().ok()?;
    (0.0..1e15).contains(&step).then_some(step as u64)
}

/// `key=value` between commas and brackets.
fn assignments(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split([',', '[', ']'])
        .filter_map(|part| part.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
}

/// `steps: 10 loss: 2.3012 iter time (s): …`.
fn engine(text: &str) -> Option<(u64, &str)> {
    let (step, rest) = count(after(text, "steps:")?)?;
    let loss = rest.trim_start().strip_prefix("loss:")?;
    loss.contains("iter time").then(|| (step, word(loss)))
}

/// `  seq_length ...................................... 2048`.
fn argument(text: &str) -> Option<(&str, u64)> {
    let (name, value) = text.split_once(" ...")?;
    let name = name.trim().rsplit(char::is_whitespace).next()?;
    let (value, rest) = count(value.trim_start_matches('.'))?;
    rest.trim().is_empty().then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Grid {
        let source = Source::of_text("train.out", text);
        assert!(MegatronLog.recognises(&source).is_some(), "{text}");
        MegatronLog.read(source, &ImportOptions::default()).unwrap()
    }

    const RECORD: &str = " [2025-12-25 08:40:22] iteration        2/      50 | consumed samples:          256 | elapsed time per iteration (ms): 6046.6 | learning rate: 1.000000E-05 | gloabl batch size:   128 | lm loss: 1.189062E+01 | loss scale: 1.0 |\n";

    #[test]
    fn megatron() {
        let text = format!(
            "  seq_length ...................................... 2048\n  tensor_model_parallel_size ...................... 2\n\
             \x20> number of parameters on (tensor, pipeline) model parallel rank (0, 0): 1000\n\
             \x20> number of parameters on (tensor, pipeline) model parallel rank (1, 0): 1000\n\
             {RECORD}----\n validation loss at iteration 2 | lm loss value: 1.15E+01 | lm loss PPL: 9.8E+04 | \n----\n\
             \x20validation loss at iteration 2 on test set | lm loss value: 1.16E+01 | lm loss PPL: 9.9E+04 | \n\
             [2025-12-25 08:40:29] iteration        3/      50 | consumed samples:          384 | elapsed ti"
        );
        let grid = read(&text);
        assert_eq!(
            grid.headers,
            [
                "step",
                "consumed samples",
                "elapsed time per iteration (ms)",
                "learning rate",
                "global batch size",
                "train_loss",
                "loss scale",
                "tokens",
                "params",
                "val_loss",
                "test_loss",
            ]
        );
        assert_eq!(
            (grid.cell(0, 5), grid.cell(0, 7), grid.cell(0, 8)),
            ("1.189062E+01", "524288", "2000")
        );
        assert_eq!(
            (grid.cell(1, 9), grid.cell(2, 10), grid.len()),
            ("1.15E+01", "1.16E+01", 3)
        );
        assert_eq!(grid.skipped[0].line, 10);
        assert_eq!(grid.notes.len(), 3, "{:?}", grid.notes);
    }

    #[test]
    fn tokens_need_a_sequence_length_and_params_every_part() {
        let text = format!(
            "  pipeline_model_parallel_size .................... 4\n > number of parameters on (tensor, pipeline) model parallel rank (0, 0): 1000\n{RECORD}"
        );
        let grid = read(&text);
        assert_eq!((grid.column("tokens"), grid.column("params")), (None, None));
    }

    #[test]
    fn nemo_and_deepspeed() {
        let grid = read(
            "Training epoch 0, iteration 9/99 | lr: 3e-05 | global_step: 9 | reduced_train_loss: 10.2 | consumed_samples: 5120\n",
        );
        assert_eq!((grid.headers[3].as_str(), grid.cell(0, 3)), ("train_loss", "10.2"));
        let grid = read(
            "Epoch 0:  10%|█ | 99/1000 [05:23<48:11, v_num=0, reduced_train_loss=10.90, global_step=99.00, val_loss=9.8]\r",
        );
        assert_eq!(grid.headers, ["step", "train_loss", "val_loss"]);
        assert_eq!(
            (grid.cell(0, 0), grid.cell(0, 1), grid.cell(0, 2)),
            ("99", "10.90", "9.8")
        );
        let grid =
            read(" samples/sec: 51.2 | iteration        5/      10 | learning rate: 1.2E-04 | lm_loss: 9.5E+00 |\n");
        assert_eq!((grid.cell(0, 0), grid.cell(0, 2)), ("5", "9.5E+00"));
        let grid = read("[INFO] steps: 10 loss: 2.3012 iter time (s): 1.234 samples/sec: 12.3\n");
        assert_eq!((grid.cell(0, 0), grid.cell(0, 1)), ("10", "2.3012"));
    }

    #[test]
    fn other_iterations_are_not_recognised() {
        for text in [
            "iteration,loss\n1,2\n",
            "Validation loss at iteration 5: 2.0\n",
            "iteration: 10 / 1000 | consumed_tokens: 41.9M | lm_loss: 9.87\n",
        ] {
            assert!(MegatronLog.recognises(&Source::of_text("x", text)).is_none(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([\\[{\",:a1}\\]é \n\r.\u{1b}%|/()=]|iteration 1|lm loss: |validation loss at |reduced_train_loss=|global_step=|steps: 1 loss: | iter time| \\.\\.\\. ){0,60}") {
            MegatronLog.read(Source::of_text("x", &text), &ImportOptions::default()).ok();
        }
    }
}
