//! Bytes to runs: what a colleague's file holds, and what could not be read.
//!
//! One way through: bytes are unpacked (`gzip`), told apart (`kinds`, `looks`) and decoded (`text`), a layout arranges
//! them under headers (`shapes`, a file for each; `grid`), one pass finds what the cells hold (`cells`, `survey`, `plain`),
//! headers get roles and units (`roles`, `aliases`, `header`), cells become numbers (`numbers`, `decimal`), rows become
//! points and runs (`rows`, `runs`, `curves`), and what is missing is computed from C = 6ND (`compute`); `table` leads
//! through it. Nothing is dropped without a line in the report: cells and rows under `skipped`, assumptions under
//! `notes`.
//!
//! Limits: one table a file, held in memory, at most about three times the file. Work goes in parallel over blocks of rows
//! and its outcome does not depend on how many threads there are. Nothing here opens files or looks at the clock.

mod aliases;
mod aligned;
mod blocks;
mod by_line;
mod cells;
mod columns;
mod compute;
mod contents;
mod curves;
mod decimal;
mod grid;
mod gzip;
mod header;
mod header_rows;
mod history;
mod kinds;
mod logarithms;
mod looks;
mod names;
mod numbers;
mod plain;
mod preview;
mod progress;
mod regular;
mod roles;
mod rows;
mod runs;
mod shapes;
mod signs;
mod split;
mod survey;
mod table;
mod table_rows;
mod text;
mod words;

pub use contents::{ContentHash, read_all};
pub use names::{try_patterns, usual_patterns};
pub use preview::{Preview, PreviewRow};
pub use shapes::write_tidy;
pub use words::io_reason;

use crate::data::{Finding, Role, RunTable, health};
use cells::Text;
use grid::Source;
use progress::Progress;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::ops::ControlFlow;

/// A layout that files come in. Adding one touches its own file and one line of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Delimited text with a header, one row a run or a checkpoint.
    RunsTable,
    /// Delimited text with a step column: records of training as it went on.
    History,
    /// W&B, panel export: three columns a run, `run - metric`, `…__MIN`, `…__MAX`.
    WandbPanel,
    /// W&B, runs table: one row a run.
    WandbRuns,
    /// W&B, `run.history()` or `scan_history()` as CSV.
    WandbHistory,
    /// TensorBoard, one tag a file: `Wall time,Step,Value`.
    Tensorboard,
    /// MLflow, runs: the CSV of its pages or of `search_runs`.
    MlflowRuns,
    /// MLflow, one metric: a chart's CSV or a file of its store.
    MlflowMetric,
    /// Hugging Face `trainer_state.json`.
    TrainerState,
    /// Lightning's `metrics.csv`.
    Lightning,
    /// Keras, `CSVLogger`.
    Keras,
    /// Trackio, CSV.
    Trackio,
    /// SwanLab, CSV.
    Swanlab,
    /// llm.c, `main.log` or its console.
    LlmcLog,
    /// nanoGPT's console.
    NanogptLog,
    /// nanochat's console.
    NanochatLog,
    /// The console of Megatron-LM, NeMo or DeepSpeed.
    MegatronLog,
    /// nanotron's console.
    NanotronLog,
    /// torchtitan's console.
    TorchtitanLog,
    /// The console of OLMo or OLMo-core.
    OlmoLog,
    /// A JSON array of records.
    JsonRecords,
    /// One JSON record a line.
    JsonLines,
    /// JSON with an object or a series a run.
    JsonNested,
    /// lm-evaluation-harness, JSON.
    LmEval,
    /// Excel or OpenDocument.
    Spreadsheet,
    /// Our own tidy CSV, as `import --out` writes it.
    Isoloss,
}

impl Shape {
    /// Every layout, in the order of the lists for people.
    pub const ALL: [Self; 26] = [
        Self::RunsTable,
        Self::History,
        Self::WandbPanel,
        Self::WandbRuns,
        Self::WandbHistory,
        Self::Tensorboard,
        Self::MlflowRuns,
        Self::MlflowMetric,
        Self::TrainerState,
        Self::Lightning,
        Self::Keras,
        Self::Trackio,
        Self::Swanlab,
        Self::LlmcLog,
        Self::NanogptLog,
        Self::NanochatLog,
        Self::MegatronLog,
        Self::NanotronLog,
        Self::TorchtitanLog,
        Self::OlmoLog,
        Self::JsonRecords,
        Self::JsonLines,
        Self::JsonNested,
        Self::LmEval,
        Self::Spreadsheet,
        Self::Isoloss,
    ];
}

/// What the user corrects; everything else is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportOptions {
    /// Columns by role, in the file's own names.
    pub columns: Vec<(Role, String)>,
    /// Layout, when recognition should be skipped.
    pub shape: Option<Shape>,
    /// Encoding label such as `utf-16le` or `windows-1252`.
    pub encoding: Option<String>,
    /// Field delimiter.
    pub delimiter: Option<char>,
    /// Decimal mark, `.` or `,`, of every column.
    pub decimal: Option<char>,
    /// Decimal marks of single columns, in the file's own names, over that of every column.
    pub decimals: Vec<(String, char)>,
    /// Sheet of a spreadsheet, by name; its first with a table otherwise.
    pub sheet: Option<String>,
    /// Patterns that read N, D, C and settings from run and file names; the usual ones where `None`.
    pub name_patterns: Option<Vec<String>>,
}

/// How a column was understood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnReport {
    /// Header in the file.
    pub name: String,
    /// Role, or `None` where the column is only kept by its name.
    pub role: Option<Role>,
    /// Factor from the column's unit to ours, in words: `1`, `1e9 FLOP`, `ln`.
    pub unit: String,
    /// Decimal mark.
    pub decimal: String,
    /// Thousands separator, empty where there is none.
    pub thousands: String,
    /// The decimal mark is a guess, as nothing in the file decides it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ambiguous: bool,
    /// Why it got this role.
    pub why: String,
}

/// A row or a cell that could not be used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Skipped {
    /// Physical line, 1-based.
    pub line: u64,
    /// The file's own header, empty where the whole row is meant.
    pub column: String,
    /// The cell's text.
    pub value: String,
    /// In words, with what was expected.
    pub reason: String,
}

impl Skipped {
    /// The file breaks off here, as one does that is still being written.
    pub fn is_cut_end(&self) -> bool {
        self.reason.starts_with("the file ends inside")
    }
}

/// What a pattern found in the names of runs and files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NameReading {
    /// Such as `{N}-{multiple}xC`.
    pub pattern: String,
    /// How many runs' names it fits.
    pub runs: usize,
    /// One of them.
    pub example: String,
    /// What it reads there: field and value.
    pub values: Vec<(String, f64)>,
    /// Whether any of it is used; a column of the file goes before a name.
    pub used: bool,
}

/// What was recognised in one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportReport {
    /// Layout.
    pub shape: Shape,
    /// What it was recognised by.
    pub why: String,
    /// Text encoding.
    pub encoding: String,
    /// Field delimiter; empty for JSON.
    pub delimiter: String,
    /// Sheets of a spreadsheet, in its order; empty for everything else.
    pub sheets: Vec<String>,
    /// Data rows read, skipped ones included.
    pub rows: usize,
    /// Columns in file order.
    pub columns: Vec<ColumnReport>,
    /// What was read from names, where anything was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<NameReading>,
    /// Rows and cells that were not used.
    pub skipped: Vec<Skipped>,
    /// What was computed, ignored or assumed.
    pub notes: Vec<String>,
    /// What is suspicious about the runs.
    pub health: Vec<Finding>,
}

/// A file read.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The runs.
    pub table: RunTable,
    /// How they were read.
    pub report: ImportReport,
    /// Hash of the bytes.
    pub hash: ContentHash,
    /// Some of its cells.
    pub preview: Preview,
}

/// What was found in a file that gives no runs: enough to choose its columns by.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// How it was read as far as it was.
    pub report: ImportReport,
    /// Some of its cells.
    pub preview: Preview,
}

/// Why a file gives no runs, and what is in it.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Refused {
    /// Why.
    pub error: ImportError,
    /// Its columns and cells, where it came to those.
    pub found: Option<Box<Found>>,
}

impl From<ImportError> for Refused {
    fn from(error: ImportError) -> Self {
        Self { error, found: None }
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        ImportError::Io(error).into()
    }
}

/// Why a file gives no runs.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The bytes cannot be read.
    #[error("cannot be read: {}", words::io_reason(.0))]
    Io(#[from] std::io::Error),
    /// Whoever waited has stopped it.
    #[error("stopped")]
    Cancelled,
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// The bytes are no text and no workbook.
    #[error("this is {what}, not a table of runs; {advice}")]
    Binary {
        /// What they seem to be.
        what: String,
        /// How a table comes out of it.
        advice: String,
    },
    /// The file is packed and cannot be unpacked.
    #[error("{message}")]
    Packed {
        /// In words, with what to do.
        message: String,
    },
    /// An option does not fit the file: an unknown column, encoding or delimiter.
    #[error("{message}")]
    Options {
        /// In words, with what would do.
        message: String,
    },
    /// The layout is not understood.
    #[error("line {line}: {message}")]
    Syntax {
        /// Physical line.
        line: u64,
        /// In words.
        message: String,
    },
    /// Read, but without one usable row.
    #[error("{message}")]
    NoRuns {
        /// In words, with what was found and what is needed.
        message: String,
        /// The first line that matters.
        line: Option<u64>,
    },
}

/// Reads a table of runs.
///
/// `name` is the file's path as the user gave it: it names the table, and some tools keep run and metric only there.
///
/// # Errors
/// When the bytes cannot be read or hold no usable row, or when an option does not fit the file.
pub fn import(name: &str, mut reader: impl Read, options: &ImportOptions) -> Result<Imported, ImportError> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    import_or_show(name, bytes, options, &|_| ControlFlow::Continue(())).map_err(|refused| refused.error)
}

/// As [`import`], and hands back the columns of a table that gives no runs, so that the user can say what they are.
///
/// `progress` is told the fraction done, a few hundred times at most, and may stop it. Runs in parallel on the current
/// rayon pool; the result does not depend on its size.
///
/// # Errors
/// As [`import`], and [`ImportError::Cancelled`] when it was stopped.
pub fn import_or_show(
    name: &str,
    bytes: Vec<u8>,
    options: &ImportOptions,
    progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
) -> Result<Imported, Refused> {
    let marks = options.decimals.iter().map(|(_, mark)| *mark).chain(options.decimal);
    if let Some(decimal) = marks.into_iter().find(|mark| !matches!(mark, '.' | ',')) {
        return Err(ImportError::Options {
            message: format!("the decimal mark must be `.` or `,`, not `{decimal}`"),
        }
        .into());
    }
    let progress = Progress::whole(progress);
    progress.at(0.0)?;
    let packed = gzip::is_packed(&bytes).then(|| ContentHash::of(&[], &bytes));
    let unpacked = gzip::unpack(bytes)?;
    let name = if unpacked.packed { gzip::inner_name(name) } else { name };
    let (bytes, mut decoded) = match kinds::kind(&unpacked.bytes) {
        kinds::Kind::Other(what, advice) => return Err(kinds::refusal(what, advice).into()),
        kinds::Kind::Workbook => {
            let hash = Some(ContentHash::of(&[], &unpacked.bytes));
            let none = text::Decoded::none();
            (unpacked.bytes, text::Decoded { hash, ..none })
        }
        kinds::Kind::Text => (Vec::new(), text::decode(unpacked.bytes, options.encoding.as_deref())?),
    };
    progress.at(0.1)?;
    let text = Text::from(std::mem::take(&mut decoded.text));
    let source = Source {
        name: name.replace('\\', "/"),
        bytes,
        text: text.clone(),
        progress: progress.part(0.1, 0.6),
    };
    let notes = [unpacked.notes, decoded.notes].concat();
    let known = packed.or(decoded.hash);
    let (table, report, preview) = read(name, source, options, decoded.encoding, notes, progress)?;
    Ok(Imported {
        table,
        report,
        hash: known.unwrap_or_else(|| ContentHash::later(decoded.mark, text)),
        preview,
    })
}

/// From the decoded text, or the bytes of a workbook, to the table.
fn read(
    name: &str,
    source: Source<'_>,
    options: &ImportOptions,
    encoding: String,
    notes: Vec<String>,
    progress: Progress<'_>,
) -> Result<(RunTable, ImportReport, Preview), Refused> {
    let look = looks::look(&source);
    let (layout, why) = shapes::layout(&source, options.shape);
    let grid = layout
        .read(source, options)
        .map_err(|error| looks::explain(error, look))?;
    progress.at(0.6)?;
    let mut report = ImportReport {
        shape: layout.shape(),
        why: why.to_owned(),
        encoding,
        delimiter: grid.delimiter.clone(),
        sheets: grid.sheets.clone(),
        rows: grid.seen,
        columns: Vec::new(),
        names: Vec::new(),
        skipped: Vec::new(),
        notes,
        health: Vec::new(),
    };
    let mut preview = Preview::default();
    match table::build(name, grid, options, &mut report, &mut preview, progress.part(0.6, 1.0)) {
        Ok(table) => {
            report.health = health(&table);
            Ok((table, report, preview))
        }
        Err(ImportError::Cancelled) => Err(ImportError::Cancelled.into()),
        Err(error) => Err(Refused {
            error: looks::explain(error, look),
            found: Some(Box::new(Found { report, preview })),
        }),
    }
}
