//! Hugging Face, `trainer_state.json`: a run's records of training, evaluation and its summary, interleaved.
//!
//! `{"log_history": [{"loss": …, "step": …}, {"eval_loss": …, "step": …}, …], "total_flos": …}`, written with sorted keys by
//! `TrainerState.save_to_json`; NaN is bare. `loss` is the training loss, `eval_loss` the held-out one; the `train_loss` of
//! the summary is a mean over the whole run and no loss of any step. The totals at the end of the file are the run's C
//! (`total_flos`) and D (`num_input_tokens_seen`, which records have only where the trainer was told to count).
//!
//! Limits: the run's name is the folder above, as the file has none; N is not in the file.

use super::records::read_records;
use super::text::array_of;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};

/// `{"log_history": …}`.
pub(in crate::import::shapes) struct TrainerState;

impl Layout for TrainerState {
    fn shape(&self) -> Shape {
        Shape::TrainerState
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let head = source.head();
        let fits = head.trim_start().starts_with('{') && head.contains("\"log_history\"");
        fits.then_some("a `log_history`")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        let Some((records, line)) = array_of(&source.text, "log_history") else {
            return Err(ImportError::Syntax {
                line: 1,
                message: "no `log_history`; expected a trainer_state.json of Hugging Face".to_owned(),
            });
        };
        let mut read = read_records(records, line)?;
        let totals: Vec<(&str, f64)> = ["total_flos", "num_input_tokens_seen"]
            .into_iter()
            .filter_map(|key| Some((key, number_after(&source.text, key, records)?)))
            .filter(|(_, value)| *value > 0.0)
            .collect();
        let mut grid = with_totals(&read, &totals, number_after(&source.text, "global_step", records));
        grid.skipped.append(&mut read.skipped);
        grid.notes.splice(0..0, read.notes);
        grid.seen = read.seen;
        for (name, role, why) in [
            ("loss", Role::TrainLoss, "the loss of training"),
            ("train_loss", Role::Ignore, "a mean over the whole run"),
            ("total_flos", Role::Flops, "compute so far"),
            ("num_input_tokens_seen", Role::Tokens, "tokens so far"),
        ] {
            if let Some(column) = grid.column(name) {
                grid.know(column, role, why);
            }
        }
        grid.run = Some(run_name(&source));
        grid.history = true;
        Ok(grid)
    }
}

/// The folder above, past the checkpoint's own; the file's stem where there is none.
fn run_name(source: &Source) -> String {
    let mut folders = source.name.rsplit('/').skip(1);
    let folder = folders.find(|folder| !folder.starts_with("checkpoint-") && !matches!(*folder, "" | "." | ".."));
    let stem = source.stem();
    let own = stem.trim_end_matches("trainer_state").trim_end_matches(['_', '-', '.']);
    match folder {
        Some(folder) if own.is_empty() => folder.to_owned(),
        _ if own.is_empty() => stem.to_owned(),
        _ => own.to_owned(),
    }
}

/// A number of the file's own, outside its records.
fn number_after(text: &str, key: &str, records: &str) -> Option<f64> {
    let start = text.find(records)?;
    let (before, after) = (&text[..start], &text[start + records.len()..]);
    let key = format!("\"{key}\":");
    let find = |text: &str| {
        let rest = text[text.find(&key)? + key.len()..].trim_start();
        let end = rest.find([',', '}', '\n']).unwrap_or(rest.len());
        rest[..end].trim().parse().ok()
    };
    find(after).or_else(|| find(before))
}

/// The records again, with the totals in the last that has a loss. Where the run went on after it, in proportion.
fn with_totals(read: &Grid, totals: &[(&str, f64)], global_step: Option<f64>) -> Grid {
    let mut grid = Grid::default();
    grid.headers.clone_from(&read.headers);
    let filled = |row: usize, name: &str| {
        read.column(name)
            .is_some_and(|column| !read.cell(row, column).is_empty())
    };
    let with_loss = |row: usize| filled(row, "eval_loss") || filled(row, "loss");
    let last = (0..read.len()).rev().find(|&row| with_loss(row));
    let step = last
        .zip(read.column("step"))
        .and_then(|(row, column)| read.cell(row, column).parse::<f64>().ok());
    let share = match (step, global_step) {
        (Some(step), Some(end)) if step > 0.0 && step < end => step / end,
        _ => 1.0,
    };
    let added: Vec<(usize, String)> = totals
        .iter()
        .filter(|(name, _)| !(0..read.len()).any(|row| with_loss(row) && filled(row, name)))
        .map(|(name, value)| (grid.column_or_new(name), (value * share).to_string()))
        .collect();
    if let (Some(end), true) = (global_step, share < 1.0 && !added.is_empty()) {
        grid.notes.push(format!(
            "totals of the run belong to step {end}: the last loss, at step {}, has its share of them",
            share * end
        ));
    }
    for row in 0..read.len() {
        let mut cells: Vec<&str> = (0..grid.headers.len())
            .map(|column| {
                if column < read.headers.len() {
                    read.cell(row, column)
                } else {
                    ""
                }
            })
            .collect();
        for (column, text) in added.iter().filter(|_| Some(row) == last) {
            cells[*column] = text;
        }
        grid.push(read.line(row), cells);
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = "{\n \"global_step\": 400,\n \"log_history\": [\n  {\"loss\": 3.5, \"learning_rate\": 1e-3, \"step\": 200},\n  {\"eval_loss\": NaN, \"step\": 200},\n  {\"loss\": 3.1, \"step\": 400},\n  {\"eval_loss\": 3.2, \"step\": 400},\n  {\"step\": 400, \"train_loss\": 3.3, \"total_flos\": 6e15}\n ],\n \"num_input_tokens_seen\": 0,\n \"total_flos\": 6e15\n}\n";

    fn read(name: &str, text: &str) -> Grid {
        let source = Source::of_text(name, text);
        assert!(TrainerState.recognises(&source).is_some());
        TrainerState.read(source, &ImportOptions::default()).unwrap()
    }

    #[test]
    fn totals_belong_to_the_last_loss() {
        let grid = read("runs/small/checkpoint-400/trainer_state.json", STATE);
        assert_eq!(
            (grid.run.as_deref(), grid.history, grid.len()),
            (Some("small"), true, 5)
        );
        let flos = grid.column("total_flos").unwrap();
        assert_eq!((grid.cell(2, flos), grid.cell(3, flos)), ("", "6000000000000000"));
        assert_eq!(
            (grid.line(1), grid.cell(1, grid.column("eval_loss").unwrap())),
            (5, "nan")
        );
        assert_eq!(grid.column("num_input_tokens_seen"), None);
        // A run that went on after its last loss: that loss has its share.
        let later = read("x.json", &STATE.replace("\"global_step\": 400", "\"global_step\": 800"));
        assert_eq!(later.cell(3, flos), "3000000000000000");
        assert!(later.notes[0].contains("step 800"), "{:?}", later.notes);
    }

    #[test]
    fn names_of_runs() {
        let name = |path: &str| read(path, STATE).run.unwrap();
        assert_eq!(name("trainer_state.json"), "trainer_state");
        assert_eq!(name("a/b/run-7/trainer_state.json"), "run-7");
        assert_eq!(name("a/run-7_trainer_state.json"), "run-7");
        assert_eq!(name("./checkpoint-9/trainer_state.json"), "trainer_state");
    }

    #[test]
    fn forced_onto_something_else_it_fails_kindly() {
        for text in [
            "",
            "N,loss\n1,2\n",
            "{\"log_history\"",
            "{\"log_history\": []}",
            "{\"log_history\": [{",
        ] {
            let error = TrainerState.read(Source::of_text("x", text), &ImportOptions::default());
            assert!(error.is_err(), "{text}");
        }
    }
}
