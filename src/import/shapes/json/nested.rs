//! JSON with an object or a series a run, as scripts that plot curves keep it.
//!
//! Three forms, which may be nested in each other: an object of runs by name (`{"run-a": {"params": …, "loss": […]}}`), a list
//! of runs with a list of records each (`{"runs": [{"name": …, "history": [{…}]}]}`), and columns as lists
//! (`{"step": […], "loss": […]}`). What stands beside a series or a history holds for every row of it. Names of objects that
//! only sort things (`config`, `summary`) are left out of column names where that keeps names apart.
//!
//! Limits: the line of a row is that of its run's name, or the first; lists of another length than the rest are left out,
//! with a note.

use super::records::{Pieces, flatten};
use super::text;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::role_of;
use crate::import::{ImportError, ImportOptions, Shape};
use serde_json::{Map, Value};

/// Objects, lists and series by run.
pub(in crate::import::shapes) struct Nested;

impl Layout for Nested {
    fn shape(&self) -> Shape {
        Shape::JsonNested
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let head = source.head();
        let trimmed = head.trim_start();
        let whole = head.len() == source.text.len();
        let mut pieces = Pieces::of(head, 1);
        let first = pieces.next().filter(|piece| piece.text.starts_with('{'))?;
        if first.closed {
            let alone = trimmed.starts_with('{') && whole && pieces.next().is_none();
            let value: Value = text::parse(first.text).ok()?;
            let nested = match value {
                Value::Object(object) if alone => is_nested(&object),
                // In an array, records may hold lists of anything; only a history makes them runs.
                Value::Object(object) => trimmed.starts_with('[') && object.values().any(is_history),
                _ => false,
            };
            return nested.then_some("runs inside one JSON value");
        }
        // One value that goes on past what is looked at: no record is as long as that.
        let long = !whole
            && ["[{", "[\n", "[ ", ": [", ":["]
                .iter()
                .any(|list| first.text.contains(list));
        long.then_some("runs inside one long JSON value")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        let value: Value = text::parse(&source.text).map_err(|message| ImportError::Syntax { line: 1, message })?;
        let mut reader = Reader {
            grid: Grid::default(),
            text: &source.text,
            at: 0,
            line: 1,
        };
        reader.value(value, &[]);
        let mut grid = reader.grid;
        if grid.len() == 0 {
            return Err(ImportError::NoRuns {
                message:
                    "no runs in this JSON; expected records such as {\"params\": 1e9, \"loss\": 2.5}, or series by run"
                        .to_owned(),
                line: Some(1),
            });
        }
        let run = grid.column(RUN).is_some() || grid.headers.iter().any(|name| role_of(name) == Some(Role::Run));
        let steps = grid.headers.iter().any(|name| role_of(name) == Some(Role::Step));
        if !run && steps {
            grid.run = Some(source.stem().to_owned());
        }
        grid.history = steps;
        if let Some(column) = grid.column(RUN) {
            grid.know(column, Role::Run, "names of the objects");
        }
        Ok(grid)
    }
}

/// The column for names that stand as keys.
const RUN: &str = "run";

/// Objects that sort a run's values and are no runs.
const DRAWERS: [&str; 14] = [
    "config",
    "summary",
    "metrics",
    "results",
    "result",
    "final",
    "args",
    "hparams",
    "hyperparameters",
    "settings",
    "model",
    "metadata",
    "meta",
    "training",
];

/// Objects that hold one run's losses by what they were measured on.
const MEASURES: [&str; 12] = [
    "train",
    "eval",
    "evaluation",
    "val",
    "valid",
    "validation",
    "test",
    "dev",
    "heldout",
    "held_out",
    "loss",
    "losses",
];

/// Whether an object is more than one record.
fn is_nested(object: &Map<String, Value>) -> bool {
    !series(object).is_empty()
        || object.values().any(is_history)
        || !runs_by_name(object).is_empty()
        || object
            .values()
            .filter_map(Value::as_object)
            .any(|inner| inner.len() > 1 && is_nested(inner))
}

/// A list of objects.
fn is_history(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|list| list.iter().any(Value::is_object) && list.iter().any(has_loss))
}

/// Whether anything in it is named like a loss.
fn has_loss(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(key, value)| {
            let named = matches!(role_of(key), Some(Role::Loss | Role::TrainLoss));
            (named && !value.is_object()) || has_loss(value)
        }),
        Value::Array(list) => list.iter().any(has_loss),
        _ => false,
    }
}

/// Keys whose values are runs: all objects with a loss, unless they only sort one run's values.
fn runs_by_name(object: &Map<String, Value>) -> Vec<&str> {
    let with_loss: Vec<&str> = object
        .iter()
        .filter(|(_, value)| value.is_object() && has_loss(value))
        .map(|(key, _)| key.as_str())
        .collect();
    let sorting = with_loss.iter().all(|key| {
        let key = key.to_lowercase();
        DRAWERS.contains(&key.as_str()) || MEASURES.contains(&key.as_str())
    });
    if sorting { Vec::new() } else { with_loss }
}

/// Keys whose values are lists of plain values, of the length that most have.
fn series(object: &Map<String, Value>) -> Vec<&str> {
    let lists: Vec<(&str, usize)> = object
        .iter()
        .filter_map(|(key, value)| {
            let list = value.as_array()?;
            let plain = list.iter().all(|value| !value.is_object() && !value.is_array());
            (plain && !list.is_empty()).then_some((key.as_str(), list.len()))
        })
        .collect();
    let named = |key: &str| matches!(role_of(key), Some(Role::Loss | Role::TrainLoss));
    let Some((_, length)) = lists.iter().find(|(key, _)| named(key)) else {
        return Vec::new();
    };
    lists
        .iter()
        .filter(|(_, other)| other == length)
        .map(|(key, _)| *key)
        .collect()
}

/// Walks the value and adds rows.
struct Reader<'a> {
    grid: Grid,
    text: &'a str,
    /// How far names have been looked up, and the line there.
    at: usize,
    line: u64,
}

impl Reader<'_> {
    fn value(&mut self, value: Value, outer: &[(String, String)]) {
        match value {
            Value::Array(list) => {
                for value in list {
                    match value {
                        Value::Object(object) if is_nested(&object) => self.object(object, outer),
                        Value::Object(object) => self.record(object, outer),
                        _ => {}
                    }
                }
            }
            Value::Object(object) => self.object(object, outer),
            _ => {}
        }
    }

    fn object(&mut self, object: Map<String, Value>, outer: &[(String, String)]) {
        let columns: Vec<String> = series(&object).into_iter().map(str::to_owned).collect();
        if !columns.is_empty() {
            self.columns(object, &columns, outer);
            return;
        }
        let histories: Vec<String> = object
            .iter()
            .filter(|(_, value)| is_history(value))
            .map(|(key, _)| key.clone())
            .collect();
        let runs: Vec<String> = runs_by_name(&object).into_iter().map(str::to_owned).collect();
        if histories.is_empty() && runs.is_empty() {
            self.drawers(object, outer);
            return;
        }
        let mut rest = Map::new();
        let mut inner = Vec::new();
        for (key, value) in object {
            if histories.contains(&key) {
                inner.push((None, value));
            } else if runs.contains(&key) {
                inner.push((Some(key), value));
            } else if !value.is_array() {
                rest.insert(key, value);
            }
        }
        let shared = beside(outer, rest);
        // `{"runs": {"a": …, "b": …}}`: a single name over others is no run.
        let container = inner.len() == 1;
        for (name, value) in inner {
            let holds_runs = value.as_object().is_some_and(|object| runs_by_name(object).len() > 1);
            match name {
                Some(name) if !(container && holds_runs) => {
                    self.find(&name);
                    let mut named = shared.clone();
                    let path = named.iter().position(|(key, _)| key == RUN);
                    match path {
                        Some(at) => named[at].1 = format!("{}/{name}", named[at].1),
                        None => named.insert(0, (RUN.to_owned(), name)),
                    }
                    self.value(value, &named);
                }
                _ => self.value(value, &shared),
            }
        }
    }

    /// An object with a loss somewhere in it: in a drawer that holds more than plain values, or plainly.
    fn drawers(&mut self, object: Map<String, Value>, outer: &[(String, String)]) {
        let deeper = object
            .iter()
            .find(|(_, value)| value.as_object().is_some_and(is_nested))
            .map(|(key, _)| key.clone());
        let mut object = object;
        match deeper.and_then(|key| object.remove(&key)) {
            Some(inner) => {
                let shared = beside(outer, object);
                self.value(inner, &shared);
            }
            None => self.record(object, outer),
        }
    }

    /// Lists of one length, a row for each place.
    fn columns(&mut self, mut object: Map<String, Value>, columns: &[String], outer: &[(String, String)]) {
        let lists: Vec<(String, Vec<Value>)> = columns
            .iter()
            .filter_map(|name| match object.remove(name) {
                Some(Value::Array(list)) => Some((name.clone(), list)),
                _ => None,
            })
            .collect();
        let length = lists.first().map_or(0, |(_, list)| list.len());
        for (name, value) in &object {
            if let Value::Array(list) = value {
                self.grid.notes.push(format!(
                    "`{name}` has {} values where the loss has {length}: left out",
                    list.len()
                ));
            }
        }
        object.retain(|_, value| !value.is_array());
        let shared = beside(outer, object);
        for index in 0..length {
            let mut row = shared.clone();
            row.extend(lists.iter().map(|(name, list)| (name.clone(), text(&list[index]))));
            self.push(&row);
        }
    }

    fn record(&mut self, object: Map<String, Value>, outer: &[(String, String)]) {
        let row = beside(outer, object);
        self.push(&row);
    }

    fn push(&mut self, row: &[(String, String)]) {
        let mut cells = vec![String::new(); self.grid.headers.len()];
        for (name, text) in row {
            let column = self.grid.column_or_new(name);
            cells.resize(cells.len().max(column + 1), String::new());
            cells[column].clone_from(text);
        }
        self.grid.seen += 1;
        self.grid.push(self.line, cells.iter().map(String::as_str));
    }

    /// Moves on to the line where a name stands as a key.
    fn find(&mut self, name: &str) {
        let key = Value::String(name.to_owned()).to_string();
        if let Some(offset) = self.text[self.at..].find(&key) {
            self.line += self.text[self.at..self.at + offset].matches('\n').count() as u64;
            self.at += offset;
        }
    }
}

/// Plain values of an object after those that hold already, its own over theirs.
fn beside(outer: &[(String, String)], object: Map<String, Value>) -> Vec<(String, String)> {
    let mut found = outer.to_vec();
    let mut drawers = Vec::new();
    let mut own = Map::new();
    for (key, value) in object {
        match value {
            Value::Object(inner) if DRAWERS.contains(&key.to_lowercase().as_str()) => drawers.push((key, inner)),
            value => {
                own.insert(key, value);
            }
        }
    }
    let mut put = |name: String, text: String| match found.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => *known = text,
        None => found.push((name, text)),
    };
    flatten("", own, &mut put);
    for (drawer, inner) in drawers {
        flatten("", inner, &mut |name, text| {
            let taken = found.iter().any(|(known, _)| *known == name);
            let name = if taken { format!("{drawer}.{name}") } else { name };
            found.push((name, text));
        });
    }
    found
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Grid {
        let source = Source::of_text("sweeps/curves.json", text);
        assert!(Nested.recognises(&source).is_some(), "{text}");
        Nested.read(source, &ImportOptions::default()).unwrap()
    }

    fn row(grid: &Grid, row: usize) -> Vec<&str> {
        (0..grid.headers.len()).map(|column| grid.cell(row, column)).collect()
    }

    #[test]
    fn series_by_run() {
        let grid = read(
            "{\n\"run-a\": {\"params\": 1e6, \"step\": [1, 2], \"loss\": [3.5, NaN]},\n\"run-b\": {\"params\": 2e6, \"step\": [1], \"loss\": [3.4]}\n}",
        );
        assert_eq!(grid.headers, ["run", "params", "step", "loss"]);
        assert_eq!(row(&grid, 1), ["run-a", "1000000.0", "2", "nan"]);
        assert_eq!((row(&grid, 2)[0], grid.line(2), grid.history), ("run-b", 3, true));
    }

    #[test]
    fn histories_of_runs() {
        let grid = read(
            "{\"project\": \"p\", \"runs\": [{\"name\": \"a\", \"config\": {\"N\": 1}, \"history\": [{\"_step\": 1, \"loss\": 3}, {\"_step\": 2, \"loss\": 2}]}]}",
        );
        assert_eq!(grid.headers, ["project", "name", "N", "_step", "loss"]);
        assert_eq!((row(&grid, 1), grid.len()), (vec!["p", "a", "1", "2", "2"], 2));
        let list = read(
            "[{\"name\": \"a\", \"history\": [{\"step\": 1, \"loss\": 3}]}, {\"name\": \"b\", \"history\": [{\"step\": 1, \"loss\": 2}]}]",
        );
        assert_eq!((row(&list, 1), list.len()), (vec!["b", "1", "2"], 2));
    }

    #[test]
    fn columns_and_results_by_name() {
        let columns = read("{\"lr\": 0.1, \"step\": [1, 2], \"loss\": [3, 2], \"betas\": [0.9, 0.95, 1]}");
        assert_eq!(
            (columns.headers.clone(), columns.run.as_deref()),
            (vec!["lr".into(), "step".into(), "loss".into()], Some("curves"))
        );
        assert!(columns.notes[0].contains("`betas` has 3 values"));
        let grid = read(
            "{\"a\": {\"config\": {\"N\": 1}, \"summary\": {\"loss\": 3}}, \"b\": {\"config\": {\"N\": 2}, \"summary\": {\"loss\": 2}}}",
        );
        assert_eq!(
            (grid.headers.clone(), row(&grid, 1)),
            (vec!["run".into(), "N".into(), "loss".into()], vec!["b", "2", "2"])
        );
        let inside = read("{\"runs\": {\"a\": {\"N\": 1, \"loss\": 3}, \"b\": {\"N\": 2, \"loss\": 2}}}");
        assert_eq!(row(&inside, 0), ["a", "1", "3"]);
    }

    #[test]
    fn records_are_left_to_others() {
        for text in [
            "{\"N\": 1, \"loss\": 2}",
            "{\"N\": 1, \"loss\": 2}\n{\"N\": 2, \"loss\": 1}\n",
            "[{\"N\": 1, \"loss\": 2, \"betas\": [0.9, 0.95]}]",
            "{\"config\": {\"N\": 1}, \"summary\": {\"loss\": 3}}",
            "{\"N\": 1, \"train\": {\"loss\": 3}, \"eval\": {\"loss\": 3.1}}",
            "N,loss\n1,2\n",
            "",
        ] {
            assert_eq!(Nested.recognises(&Source::of_text("x", text)), None, "{text}");
            Nested.read(Source::of_text("x", text), &ImportOptions::default()).ok();
        }
    }
}
