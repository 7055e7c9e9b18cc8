//! `isoloss import`: what was recognised in files, and a tidy copy of their runs.

use super::data_args::DataArgs;
use super::output::{Failure, aligned, count, message, print, print_json};
use super::{folder, work};
use crate::data::{
    BoundRules, Checkpoints, Expression, ExpressionError, Finding, FindingKind, Point, Run, RunTable, Selection,
};
use crate::import::{ColumnReport, NameReading, Skipped, write_tidy};
use crate::session::{ByHand, Exclusion, LoadError, Loaded, TableSelection, write_atomically};
use crate::units::format_significant;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Say what is in run tables, and write them as one tidy CSV.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Example:\n  isoloss import runs.csv --column loss='C4 Eval Loss' --where 'N > 1e7' --out tidy.csv"
)]
pub(super) struct ImportCommand {
    /// Run tables, or folders of them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub(super) json: bool,
    /// Write the chosen points here: run,params,params_non_embedding,tokens,unique_tokens,flops,loss,train_loss,step,source
    #[arg(long, value_name = "CSV")]
    out: Option<PathBuf>,
}

/// The contract's object. Counts are those before `--points` and `--where`.
#[derive(Serialize)]
struct Answer {
    files: Vec<FileAnswer>,
    runs: usize,
    points: usize,
    diverged: usize,
    notes: Vec<String>,
    seconds: f64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum FileAnswer {
    Read(FileReport),
    Failed { path: String, error: FileError },
}

#[derive(Serialize)]
struct FileReport {
    path: String,
    shape: crate::import::Shape,
    why: String,
    encoding: String,
    delimiter: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sheets: Vec<String>,
    rows: usize,
    columns: Vec<ColumnReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<NameReading>,
    skipped: Vec<Skipped>,
    health: Vec<Health>,
    sha256: String,
}

/// What is suspicious about the runs of a file.
#[derive(Serialize)]
struct Health {
    code: FindingKind,
    runs: usize,
    text: String,
    examples: Vec<String>,
}

#[derive(Serialize)]
struct FileError {
    code: &'static str,
    text: String,
    line: Option<u64>,
}

impl ImportCommand {
    /// Reads, prints, writes.
    ///
    /// A file that cannot be read is an entry of its own beside the others: saying what is in each file is the whole
    /// question here, and a bad one does not change what is in a good one. Without a single usable file it is a failure.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let workspace = work::read(&folder::expand(&self.files), &self.data)?;
        let files = work::loaded(&workspace);
        let mut failures = vec![];
        let mut read: Vec<&Arc<Loaded>> = vec![];
        for (_, result) in &files {
            match result {
                Ok(loaded) => read.push(loaded),
                Err(error) => failures.push(*error),
            }
        }
        if let (true, Some(error)) = (read.is_empty(), failures.first()) {
            return Err(work::load_failure(error));
        }
        for error in failures {
            message("warning", &work::load_failure(error).line());
        }
        work::check_losses(&workspace)?;
        work::check_exclusions(&workspace, &self.data)?;
        // Checked here, before anything is printed, so that a wrong filter leaves no half of an answer.
        let session = workspace.session();
        let input = workspace.derived().fit.input.as_deref();
        let tables = input.map_or(&[][..], |input| &input.tables);
        let chosen = tables
            .iter()
            .map(|table| chosen(table, &session.selection, &session.exclusions))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(path) = &self.out {
            let mut bytes = vec![];
            let written = write_tidy(&chosen, &mut bytes).and_then(|()| write_atomically(path, &bytes));
            written.map_err(|error| Failure::unwritable(path, &error))?;
        }
        let answer = Answer {
            files: files
                .iter()
                .map(|(set, result)| file_answer(work::path(set), *result))
                .collect(),
            runs: read.iter().map(|loaded| loaded.table.runs().len()).sum(),
            points: read.iter().map(|loaded| loaded.table.points().len()).sum(),
            diverged: read
                .iter()
                .flat_map(|loaded| loaded.table.points())
                .filter(|point| point.diverged)
                .count(),
            notes: notes(
                tables,
                &files
                    .iter()
                    .filter_map(|(set, r)| Some((work::path(set), *r.as_ref().ok()?)))
                    .collect::<Vec<_>>(),
            ),
            seconds: read.iter().map(|loaded| loaded.seconds).sum(),
        };
        if self.json {
            return print_json(&answer);
        }
        print(&self.words(&answer, chosen.iter().map(|table| table.points().len()).sum()))
    }

    fn words(&self, answer: &Answer, chosen: usize) -> String {
        let mut text = String::new();
        for file in &answer.files {
            match file {
                FileAnswer::Read(report) => text.push_str(&file_words(report)),
                FileAnswer::Failed { path, error } => text.push_str(&format!("{path}\n  not used: {}\n\n", error.text)),
            }
        }
        for note in &answer.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        text.push_str(&format!(
            "{}, {}",
            count(answer.runs, "run"),
            count(answer.points, "point")
        ));
        if answer.diverged > 0 {
            text.push_str(&format!(", {} diverged", answer.diverged));
        }
        if chosen != answer.points {
            text.push_str(&format!("; {chosen} after --points and --where"));
        }
        text.push_str(&format!("; read in {} s\n", format_significant(answer.seconds, 2)));
        if let Some(path) = &self.out {
            text.push_str(&format!("{} written to {}\n", count(chosen, "point"), path.display()));
        }
        text
    }
}

/// A note of several files names its file; a note of one needs no name.
fn notes(tables: &[TableSelection], files: &[(String, &Arc<Loaded>)]) -> Vec<String> {
    let named = files.len() > 1;
    let note = |path: &str, note: &String| if named { format!("{path}: {note}") } else { note.clone() };
    files
        .iter()
        .flat_map(|(path, loaded)| loaded.report.notes.iter().map(move |text| note(path, text)))
        .chain(tables.iter().flat_map(|table| table.notes.iter().cloned()))
        .collect()
}

fn file_answer(path: String, result: Result<&Arc<Loaded>, &LoadError>) -> FileAnswer {
    match result {
        Ok(loaded) => {
            let report = &loaded.report;
            FileAnswer::Read(FileReport {
                path,
                shape: report.shape,
                why: report.why.clone(),
                encoding: report.encoding.clone(),
                delimiter: report.delimiter.clone(),
                sheets: report.sheets.clone(),
                rows: report.rows,
                columns: report.columns.clone(),
                names: report.names.clone(),
                skipped: report.skipped.clone(),
                health: report
                    .health
                    .iter()
                    .map(|finding| health(finding, &loaded.table))
                    .collect(),
                sha256: loaded.hash.hex().to_owned(),
            })
        }
        Err(error) => FileAnswer::Failed {
            path,
            error: FileError {
                code: error.code,
                text: error.text.clone(),
                line: error.line,
            },
        },
    }
}

fn health(finding: &Finding, table: &RunTable) -> Health {
    let names = finding
        .runs
        .iter()
        .take(EXAMPLES)
        .map(|run| table.runs()[*run].name.clone());
    Health {
        code: finding.kind,
        runs: finding.runs.len(),
        text: finding.text.clone(),
        examples: names.collect(),
    }
}

/// The points of a table that were chosen, with their runs. Diverged points are no use to a fit, but they are facts and
/// stay unless the filter drops them.
fn chosen(of: &TableSelection, selection: &Selection, exclusions: &[Exclusion]) -> Result<RunTable, Failure> {
    let (table, by_hand) = (&*of.table, ByHand::of(of, exclusions));
    let wrong = |error: ExpressionError| Failure::usage(format!("--where: {error}"));
    let selected = selection
        .apply_without(table, |point| by_hand.reason(point))
        .map_err(wrong)?;
    work::check_rules(&selected)?;
    let filter = match selection.keep.trim() {
        "" => None,
        _ => Some(Expression::parse(&selection.keep, table).map_err(wrong)?),
    };
    let rules = BoundRules::of(&selection.rules, table);
    let kept = |point: usize| {
        let filtered = filter.as_ref().is_none_or(|filter| filter.keeps(table, point));
        filtered && rules.reason(table, point).is_none()
    };
    let left_out = selected.excluded.iter().map(|left| left.point);
    let left_out = left_out.filter(|point| by_hand.reason(*point).is_none());
    let diverged = left_out.filter(|&point| table.points().get(point).diverged && kept(point));
    // Every checkpoint means those too that have only a training loss, which no fit takes.
    let training = (0..table.points().len()).filter(|&index| {
        let point = table.points().get(index);
        selection.checkpoints == Checkpoints::All
            && point.loss.is_none()
            && point.train_loss.is_some()
            && !point.diverged
            && by_hand.reason(index).is_none()
            && kept(index)
    });
    let mut kept: Vec<usize> = selected.used.iter().copied().chain(diverged).chain(training).collect();
    kept.sort_unstable();
    let mut runs: Vec<Run> = vec![];
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    let points: Vec<Point> = kept
        .into_iter()
        .map(|index| {
            let point = table.points().get(index);
            let run = *places.entry(point.run).or_insert_with(|| {
                runs.push(table.runs()[point.run].clone());
                runs.len() - 1
            });
            Point { run, ..point }
        })
        .collect();
    // The name becomes the `source` of every row, and the only place where a label can travel.
    let name = match table.label.as_str() {
        label if table.name.ends_with(label) => table.name.clone(),
        label => format!("{}-{label}", table.name),
    };
    let chosen = RunTable::new(name, runs, points, vec![]);
    Ok(chosen
        .map_err(|error| Failure::refused("internal", error.to_string()))?
        .with_label(table.label.clone()))
}

fn file_words(report: &FileReport) -> String {
    let mut head = vec![report.shape.words().to_owned()];
    if !report.encoding.is_empty() {
        head.push(report.encoding.clone());
    }
    if !report.delimiter.is_empty() {
        head.push(format!("delimiter {:?}", report.delimiter));
    }
    head.push(count(report.rows, "row"));
    let mut text = format!("{}\n  {}\n\n", report.path, head.join(" · "));
    let mut rows = vec![
        ["column", "role", "unit", "decimal", "thousands", "why"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(report.columns.iter().map(|column| {
        vec![
            column.name.clone(),
            column.role.map_or("-", |role| role.name()).to_owned(),
            column.unit.clone(),
            if column.ambiguous {
                format!("{}?", column.decimal)
            } else {
                column.decimal.clone()
            },
            column.thousands.clone(),
            column.why.clone(),
        ]
    }));
    text.push_str(&aligned(&rows));
    text.push('\n');
    if !report.skipped.is_empty() {
        text.push_str(&format!("Not used ({}):\n", report.skipped.len()));
        for skipped in report.skipped.iter().take(SKIPPED_SHOWN) {
            let cell = match skipped.column.as_str() {
                "" => String::new(),
                column => format!("{column} = {:?}: ", skipped.value),
            };
            text.push_str(&format!(
                "  {}:{}: {cell}{}\n",
                report.path, skipped.line, skipped.reason
            ));
        }
        if report.skipped.len() > SKIPPED_SHOWN {
            text.push_str(&format!(
                "  … {} more; --json lists all\n",
                report.skipped.len() - SKIPPED_SHOWN
            ));
        }
        text.push('\n');
    }
    for health in &report.health {
        text.push_str(&format!("check: {}", health.text));
        if !health.examples.is_empty() && health.runs <= EXAMPLES {
            text.push_str(&format!(" ({})", health.examples.join(", ")));
        }
        text.push('\n');
    }
    if !report.health.is_empty() {
        text.push('\n');
    }
    text
}

/// So many runs of a finding are named.
const EXAMPLES: usize = 5;

/// More lines than this say the same again.
const SKIPPED_SHOWN: usize = 10;
