//! lm-evaluation-harness, `results_….json`: scores of a model on tasks.
//!
//! `{"results": {"arc_easy": {"alias": …, "acc,none": 0.65, "acc_stderr,none": 0.01}, …}, "config": {…}}`: metric and filter
//! are joined by a comma, an error may be the text `N/A`. One row a task; the run is the model with the task behind it.
//!
//! There is no loss in nats per token in such a file: perplexities there are per word or of last words, bits are per byte.
//! It is therefore refused with that explanation, unless the user gives one of its columns the role of the loss.

use super::text;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};
use serde_json::{Map, Value};

/// `{"results": {task: {metric: …}}}`.
pub(in crate::import::shapes) struct LmEval;

impl Layout for LmEval {
    fn shape(&self) -> Shape {
        Shape::LmEval
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let head = source.head();
        let marks = [",none\"", "\"n-shot\"", "\"lm_eval_version\"", "_stderr,"];
        let fits = head.trim_start().starts_with('{')
            && head.contains("\"results\"")
            && marks.iter().any(|mark| head.contains(mark));
        fits.then_some("`results` by task")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        let file: Value = text::parse(&source.text).map_err(|message| ImportError::Syntax { line: 1, message })?;
        let Some(results) = file.get("results").and_then(Value::as_object) else {
            return Err(ImportError::NoRuns {
                message: "no `results` by task; expected the JSON of lm-evaluation-harness".to_owned(),
                line: Some(1),
            });
        };
        let chosen = options.columns.iter().any(|(role, _)| *role == Role::Loss);
        let grid = rows(&file, results, source.stem());
        if chosen {
            return Ok(grid);
        }
        let close: Vec<String> = grid
            .headers
            .iter()
            .filter(|name| name.contains("perplexity") || name.contains("bits_per_byte"))
            .map(|name| format!("`{name}`"))
            .collect();
        let message = if close.is_empty() {
            "this looks like scores of lm-evaluation-harness, which hold no loss; open the log or the table of the training run"
                .to_owned()
        } else {
            format!(
                "this looks like scores of lm-evaluation-harness; {} are per word, per byte or of last words, none is a loss in nats per token; one of them must be given the role `loss`",
                close.join(", ")
            )
        };
        Err(ImportError::NoRuns { message, line: Some(1) })
    }
}

/// One row a task.
fn rows(file: &Value, results: &Map<String, Value>, stem: &str) -> Grid {
    let mut grid = Grid::default();
    let config = file.get("config");
    let model = file
        .get("model_name")
        .and_then(Value::as_str)
        .or_else(|| config.and_then(|config| config.get("model_args")?.as_str()))
        .unwrap_or(stem);
    let params = config
        .and_then(|config| config.get("model_num_parameters"))
        .filter(|value| value.is_number())
        .map(Value::to_string);
    grid.headers = ["run", "model", "task"].map(str::to_owned).to_vec();
    for (task, metrics) in results {
        let mut cells = vec![format!("{model}/{task}"), model.to_owned(), task.clone()];
        let mut put = |grid: &mut Grid, name: &str, text: String| {
            let column = grid.column_or_new(name);
            cells.resize(cells.len().max(column + 1), String::new());
            cells[column] = text;
        };
        if let Some(params) = &params {
            put(&mut grid, "model_num_parameters", params.clone());
        }
        for (metric, value) in metrics.as_object().into_iter().flatten() {
            // Without a filter the comma says nothing.
            let name = metric.strip_suffix(",none").unwrap_or(metric);
            match value {
                Value::Number(number) => put(&mut grid, name, number.to_string()),
                Value::String(text) if name != "alias" => put(&mut grid, name, text.clone()),
                _ => {}
            }
        }
        grid.seen += 1;
        grid.push(1, cells.iter().map(String::as_str));
    }
    if let Some(column) = grid.column("model_num_parameters") {
        grid.know(column, Role::Params, "the model's own count");
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULTS: &str = r#"{"results": {
        "arc_easy": {"alias": "arc_easy", "acc,none": 0.65, "acc_stderr,none": 0.01},
        "wikitext": {"alias": "wikitext", "word_perplexity,none": 18.5, "word_perplexity_stderr,none": "N/A", "bits_per_byte,none": 0.83}},
        "config": {"model_args": "pretrained=me/small", "model_num_parameters": 1000000}}"#;

    fn read(columns: Vec<(Role, String)>) -> Result<Grid, ImportError> {
        let source = Source::of_text("results.json", RESULTS);
        assert!(LmEval.recognises(&source).is_some());
        let options = ImportOptions {
            columns,
            ..ImportOptions::default()
        };
        LmEval.read(source, &options)
    }

    #[test]
    fn scores_are_no_losses_unless_the_user_says_so() {
        let error = read(vec![]).unwrap_err().to_string();
        assert!(
            error.contains("lm-evaluation-harness") && error.contains("`bits_per_byte`"),
            "{error}"
        );
        let grid = read(vec![(Role::Loss, "bits_per_byte".to_owned())]).unwrap();
        assert_eq!(grid.cell(1, grid.column("bits_per_byte").unwrap()), "0.83");
        assert_eq!(grid.cell(1, grid.column("word_perplexity_stderr").unwrap()), "N/A");
        assert_eq!(grid.cell(0, 0), "pretrained=me/small/arc_easy");
    }

    #[test]
    fn forced_onto_something_else_it_fails_kindly() {
        for text in ["", "N,loss\n1,2\n", "{\"results\": 3}", "[]"] {
            assert!(
                LmEval
                    .read(Source::of_text("x", text), &ImportOptions::default())
                    .is_err()
            );
        }
    }
}
