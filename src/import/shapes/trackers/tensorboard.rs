//! TensorBoard, one tag of one run: `Wall time,Step,Value` as CSV, or `[[wall, step, value], …]` as JSON.
//!
//! Run and tag are only in the name that TensorBoard gives the download, `run-<run>_tag-<tag>.csv`, where slashes have
//! become underscores.
//!
//! Limits: curves are sampled down to 1,000 points at random; a tag that had underscores and slashes has only underscores.

use super::super::tables::delimited::delimited_grid;
use super::super::tables::opening::Opening;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::role_of;
use crate::import::{ImportError, ImportOptions, Shape, Skipped};

const HEADER: [&str; 3] = ["Wall time", "Step", "Value"];

/// One tag of one run.
pub(in crate::import::shapes) struct Tensorboard;

impl Layout for Tensorboard {
    fn shape(&self) -> Shape {
        Shape::Tensorboard
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        if triples(source.head()) {
            return Some("triples of wall time, step and value");
        }
        let opening = Opening::of(source)?;
        (opening.headers == HEADER).then_some("the header `Wall time,Step,Value`")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        let mut grid = if source.text.trim_start().starts_with('[') {
            read_triples(&source.text)?
        } else {
            delimited_grid(&source.text, options, source.progress)?
        };
        let (run, tag) = run_and_tag(source.stem());
        if let (Some(tag), Some(value)) = (tag, grid.column("Value"))
            && grid.column(tag).is_none()
        {
            tag.clone_into(&mut grid.headers[value]);
            let with_slashes = tag.replace('_', "/");
            if role_of(tag).is_none() && role_of(&with_slashes).is_some() {
                grid.know_as(value, &with_slashes, "the tag in the file's name, with slashes");
            }
        }
        grid.run = Some(run.to_owned());
        grid.history = true;
        Ok(grid)
    }
}

/// `run-<run>_tag-<tag>`; a file of another name is called after its run, or after its metric where we know that.
fn run_and_tag(stem: &str) -> (&str, Option<&str>) {
    // Browsers number a second download.
    let plain = stem
        .rsplit_once(" (")
        .filter(|(_, rest)| rest.ends_with(')'))
        .map_or(stem, |(plain, _)| plain);
    match plain.split_once("_tag-") {
        Some((run, tag)) if !tag.is_empty() => {
            let run = run.strip_prefix("run-").unwrap_or(run);
            (if run.is_empty() { "." } else { run }, Some(tag))
        }
        _ => (stem, role_of(plain).map(|_| plain)),
    }
}

/// Whether the text starts with an array of arrays of three numbers.
fn triples(head: &str) -> bool {
    let Some(inside) = head
        .trim_start()
        .strip_prefix('[')
        .and_then(|rest| rest.trim_start().strip_prefix('['))
    else {
        return false;
    };
    let Some((first, _)) = inside.split_once(']') else {
        return false;
    };
    let fields: Vec<&str> = first.split(',').collect();
    fields.len() == 3 && fields[..2].iter().all(|field| field.trim().parse::<f64>().is_ok())
}

/// Reads `[[wall, step, value], …]`.
fn read_triples(text: &str) -> Result<Grid, ImportError> {
    let mut grid = Grid::default();
    grid.set_headers(HEADER.into_iter());
    let mut line = 1;
    let mut pieces = text.trim_end().split('[');
    // What stands before the first bracket, and between the first two.
    for outside in pieces.by_ref().take(2) {
        line += newlines(outside);
    }
    for piece in pieces {
        grid.seen += 1;
        let (inside, closed) = piece
            .split_once(']')
            .map_or((piece, false), |(inside, _)| (inside, true));
        let fields: Vec<&str> = inside.split(',').map(|field| field.trim().trim_matches('"')).collect();
        if closed && fields.len() == 3 {
            grid.push(line, fields);
        } else {
            let reason = if closed {
                format!("{} values; expected three: wall time, step and value", fields.len())
            } else {
                "the file ends inside this record".to_owned()
            };
            grid.skipped.push(Skipped {
                line,
                column: String::new(),
                value: inside.trim().chars().take(80).collect(),
                reason,
            });
        }
        line += newlines(piece);
    }
    if grid.len() == 0 {
        return Err(ImportError::NoRuns {
            message: "no records: expected `[[wall time, step, value], …]`".to_owned(),
            line: Some(1),
        });
    }
    Ok(grid)
}

fn newlines(text: &str) -> u64 {
    text.matches('\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Grid {
        let source = Source::of_text(name, text);
        assert!(Tensorboard.recognises(&source).is_some(), "{text}");
        Tensorboard.read(source, &ImportOptions::default()).unwrap()
    }

    #[test]
    fn run_and_tag_are_in_the_name() {
        let grid = read(
            "dl/run-d512_lr_3e-4_tag-eval_loss.csv",
            "Wall time,Step,Value\n1.5,0,9.25\n2.5,10,8\n",
        );
        assert_eq!(
            (grid.run.as_deref(), grid.headers[2].as_str()),
            (Some("d512_lr_3e-4"), "eval_loss")
        );
        assert!(grid.history);
        assert_eq!(run_and_tag("run-._tag-loss (1)"), (".", Some("loss")));
        assert_eq!(run_and_tag("val_loss"), ("val_loss", Some("val_loss")));
        assert_eq!(run_and_tag("sweep 3"), ("sweep 3", None));
        let grid = read(
            "run-a_tag-eval_c4_CrossEntropyLoss.csv",
            "Wall time,Step,Value\n1.5,0,9.25\n",
        );
        assert_eq!(grid.known.len(), 1);
    }

    #[test]
    fn triples_in_json() {
        let text = "[[1.5, 0, 9.25],\n [2.5, 10, \"NaN\"],\n [2.5, 11], [3.5, 20, 7";
        let grid = read("run-a_tag-loss.json", text);
        assert_eq!((grid.len(), grid.seen, grid.line(1)), (2, 4, 2));
        assert_eq!(
            (grid.cell(0, 2), grid.cell(1, 2), grid.delimiter.as_str()),
            ("9.25", "NaN", "")
        );
        assert_eq!(
            grid.skipped[0].reason,
            "2 values; expected three: wall time, step and value"
        );
        assert_eq!(grid.skipped[1].reason, "the file ends inside this record");
    }

    #[test]
    fn other_arrays_are_left_alone() {
        let recognises = |text| Tensorboard.recognises(&Source::of_text("x", text)).is_some();
        assert!(!recognises("[{\"N\": 1}]"));
        assert!(!recognises("[[1, 2], [3, 4]]"));
        assert!(!recognises("[[\"a\", \"b\", \"c\"]]"));
        assert!(!recognises("Wall time,Step,Value,More\n"));
        let forced = Tensorboard.read(Source::of_text("x", "[1, 2]"), &ImportOptions::default());
        assert!(forced.is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[\\[\\],\"1.é \n]{0,60}") {
            Tensorboard.recognises(&Source::of_text("x", &text));
            Tensorboard.read(Source::of_text("x", &text), &ImportOptions::default()).ok();
        }
    }
}
