//! Flags that say how files are read and which of their rows count.

use super::output::Failure;
use super::parse;
use crate::data::{Checkpoints, Compute, LossOfRun, ParamsCount, Quantities, Role, Rule, Selection};
use crate::import::{ImportOptions, Shape};
use crate::session::{Session, Source};
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
    #[arg(long, value_name = "SHAPE", value_parser = parse::named::<Shape>, help = shapes(), help_heading = "Reading")]
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
    /// Keep files apart that share runs or steps; otherwise they make one table
    #[arg(long, help_heading = "Reading")]
    no_join: bool,
    /// Leave a run out by hand, with the reason: `--exclude m-70M=diverged`; split at the last `=`
    #[arg(long, value_name = "RUN=REASON", value_parser = exclusion, help_heading = "Reading")]
    pub(super) exclude: Vec<(String, String)>,
    /// Leave out what this matches, in the notation of `--where`, with the text as the reason: `D/N < 5`; may be given again
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true, help_heading = "Reading")]
    exclude_where: Vec<String>,
    /// Which loss of a run counts: that of the checkpoint, the lowest, smoothed with a half-life of 10 points, or the mean of
    /// the last 5
    #[arg(long, value_name = "final|best|smoothed[=H]|last-mean[=K]", default_value = "final",
        value_parser = loss_of_run, help_heading = "Reading")]
    loss_of_run: LossOfRun,
    /// Which N counts
    #[arg(long, value_name = "as-given|total|non-embedding", default_value = "as-given", value_parser = params_count,
        help_heading = "Reading")]
    params_count: ParamsCount,
    /// Which C counts: as given, or 6ND with the N that counts
    #[arg(long, value_name = "as-given|6nd", default_value = "as-given", value_parser = compute, help_heading = "Reading")]
    compute: Compute,
}

impl DataArgs {
    /// The files as sources, each read in the same way. A column that is fitted makes a row a point, as a loss does, where
    /// no other column is said to be the loss.
    pub(super) fn sources(&self, files: &[PathBuf], fitted: Option<&str>) -> Vec<(Source, ImportOptions)> {
        let marks = self.decimal.iter().cloned();
        let mut columns = self.column.clone();
        if let Some(name) = fitted
            && !columns.iter().any(|(role, _)| *role == Role::Loss)
        {
            columns.push((Role::Loss, name.to_owned()));
        }
        let options = ImportOptions {
            columns,
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

    /// A session in which these choices are made.
    pub(super) fn session(&self) -> Session {
        Session {
            selection: self.selection(),
            quantities: Quantities {
                loss: self.loss_of_run,
                params: self.params_count,
                compute: self.compute,
            },
            join: !self.no_join,
            ..Session::default()
        }
    }

    /// A project's session with the choices that were made here; how its files are read is its own.
    pub(super) fn over(&self, session: Session) -> Result<Session, Failure> {
        if self.sources(&[PathBuf::new()], None)[0].1 != ImportOptions::default() {
            return Err(Failure::usage(
                "a project says how its files are read: correct it in the window, or name the files themselves",
            ));
        }
        let (chosen, usual) = (self.session(), Session::default());
        let mut session = session;
        if chosen.selection != usual.selection {
            session.selection.checkpoints = chosen.selection.checkpoints;
            session.selection.keep = chosen.selection.keep;
        }
        if chosen.quantities != usual.quantities {
            session.quantities = chosen.quantities;
        }
        session.join &= chosen.join;
        session.selection.rules.extend(chosen.selection.rules);
        Ok(session)
    }

    fn rules(&self) -> Vec<Rule> {
        let rule = |text: &String| Rule {
            text: text.trim().to_owned(),
            on: true,
        };
        self.exclude_where.iter().map(rule).collect()
    }

    /// Which rows count.
    fn selection(&self) -> Selection {
        Selection {
            checkpoints: self.points,
            keep: self.keep.clone(),
            rules: self.rules(),
            ..Selection::default()
        }
    }
}

fn column(text: &str) -> Result<(Role, String), String> {
    let (role, name) = parse::pair(text)?;
    Ok((parse::named(role)?, name.to_owned()))
}

/// The layouts by the names that the flag takes.
fn shapes() -> String {
    let names = Shape::ALL.map(|shape| match serde_json::to_value(shape) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    });
    format!(
        "Layout of the files, when the recognised one is wrong: {}",
        names.join(", ")
    )
}

fn exclusion(text: &str) -> Result<(String, String), String> {
    // Names of runs have signs of equality of their own: `lr=3e-4`.
    let (run, reason) = text
        .rsplit_once('=')
        .ok_or_else(|| "expected `=` between a run and the reason".to_owned())?;
    let reason = match reason.trim() {
        "" => "by hand",
        reason => reason,
    };
    Ok((run.to_owned(), reason.to_owned()))
}

fn loss_of_run(text: &str) -> Result<LossOfRun, String> {
    let (name, value) = text
        .split_once('=')
        .map_or((text, None), |(name, value)| (name, Some(value)));
    match (name, value) {
        ("final", None) => Ok(LossOfRun::Final),
        ("best", None) => Ok(LossOfRun::Best),
        ("smoothed", value) => Ok(LossOfRun::Smoothed {
            half_life: value.map_or(Ok(LossOfRun::HALF_LIFE), parse::positive)?,
        }),
        ("last-mean", value) => match value.map_or(Ok(LossOfRun::COUNT), str::parse) {
            Ok(count) if count > 0 => Ok(LossOfRun::LastMean { count }),
            _ => Err("expected a number of points, such as `last-mean=5`".to_owned()),
        },
        _ => Err("expected final, best, smoothed[=H] or last-mean[=K]".to_owned()),
    }
}

fn params_count(text: &str) -> Result<ParamsCount, String> {
    parse::named(&text.replace('-', "_")).map_err(|error| error.replace('_', "-"))
}

fn compute(text: &str) -> Result<Compute, String> {
    parse::named(&text.replace('-', "_")).map_err(|error| error.replace('_', "-"))
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
