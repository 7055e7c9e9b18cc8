//! Flags that say how files are read and which of their rows count.

use super::parse;
use crate::data::{Checkpoints, Role, Selection};
use crate::import::{ImportOptions, Shape};
use crate::session::Source;
use std::path::PathBuf;

/// How files are read.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct DataArgs {
    /// Say what a column means, by its own name: `--column loss='C4 Eval Loss'`. Roles: run, group, params,
    /// params_non_embedding, tokens, unique_tokens, flops, loss, train_loss, step, epoch, batch, seq_len, lr, ignore
    #[arg(long, value_name = "ROLE=NAME", value_parser = column, help_heading = "Reading")]
    column: Vec<(Role, String)>,
    /// Keep only these rows: comparisons of columns or N D C L, with `and or not` and arithmetic: `D/N < 100`
    #[arg(
        long = "where",
        value_name = "EXPR",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true,
        help_heading = "Reading"
    )]
    keep: String,
    /// Use the last checkpoint of each run, or all of them
    #[arg(long, value_name = "final|all", default_value = "final", value_parser = parse::named::<Checkpoints>,
        help_heading = "Reading")]
    points: Checkpoints,
    /// Layout of the files, when the recognised one is wrong: runs_table, json_records, json_lines, isoloss
    #[arg(long, value_name = "SHAPE", value_parser = parse::named::<Shape>, help_heading = "Reading")]
    shape: Option<Shape>,
    /// Text encoding, such as utf-8, utf-16le or windows-1252
    #[arg(long, value_name = "ENCODING", help_heading = "Reading")]
    encoding: Option<String>,
    /// Character between fields; `tab` for tabs, `space` for any number of spaces
    #[arg(long, value_name = "CHAR", value_parser = parse::character, help_heading = "Reading")]
    delimiter: Option<char>,
    /// Decimal mark of the numbers, or of one column: `--decimal ,` or `--decimal 'loss=,'`
    #[arg(long, value_name = "[NAME=].|,", value_parser = decimal, help_heading = "Reading")]
    decimal: Vec<(Option<String>, char)>,
    /// Sheet of a spreadsheet, by its name; otherwise the first with runs
    #[arg(long, value_name = "NAME", help_heading = "Reading")]
    sheet: Option<String>,
}

impl DataArgs {
    /// The files as sources, each read in the same way.
    pub(super) fn sources(&self, files: &[PathBuf]) -> Vec<(Source, ImportOptions)> {
        let marks = self.decimal.iter().cloned();
        let options = ImportOptions {
            columns: self.column.clone(),
            shape: self.shape,
            encoding: self.encoding.clone(),
            delimiter: self.delimiter,
            decimal: self
                .decimal
                .iter()
                .rev()
                .find(|(name, _)| name.is_none())
                .map(|(_, mark)| *mark),
            decimals: marks.filter_map(|(name, mark)| Some((name?, mark))).collect(),
            sheet: self.sheet.clone(),
            ..ImportOptions::default()
        };
        files
            .iter()
            .map(|file| (Source::File(file.clone()), options.clone()))
            .collect()
    }

    /// Which rows count.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            checkpoints: self.points,
            keep: self.keep.clone(),
            ..Selection::default()
        }
    }
}

fn column(text: &str) -> Result<(Role, String), String> {
    let (role, name) = parse::pair(text)?;
    Ok((parse::named(role)?, name.to_owned()))
}

/// `,` for every column, `NAME=,` for one.
fn decimal(text: &str) -> Result<(Option<String>, char), String> {
    let (name, mark) = match text.rsplit_once('=') {
        Some((name, mark)) => (Some(name.to_owned()), mark),
        None => (None, text),
    };
    match mark {
        "." => Ok((name, '.')),
        "," => Ok((name, ',')),
        _ => Err("expected `.` or `,`, or one of them behind a column and `=`".to_owned()),
    }
}
