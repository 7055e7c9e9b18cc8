//! `isoloss report`: what a fit says, on a page for someone who was not there.

use super::data_args::DataArgs;
use super::fit_args::FitArgs;
use super::output::{Failure, message, print_json};
use super::work::{self, FitRequest};
use super::{parse, published};
use crate::law::published::PublishedLaw;
use crate::law::{LawChoice, LawKind};
use crate::report::{ReportFormat, Written};
use crate::session::{CardNumbers, report, write_atomically};
use crate::units::Flops;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Write a report: figures, fit card, verdicts, what was left out, provenance.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "HTML is one file that needs no other; Markdown keeps its figures beside it, as NAME-VIEW.svg.\nIntervals come from the curvature of the fit, as in the window; --interval bootstrap takes 1000 resamples of the runs,\n--bootstrap R another number of them, --bootstrap 0 has none.\n\nExample:\n  isoloss report runs.csv --law chinchilla --flops 1e21 --out report.html"
)]
pub(super) struct ReportCommand {
    /// Run tables, or a project
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Form to fit to the files, chinchilla unless a project has its own; `isoloss fit --help` lists them
    #[arg(long, value_name = "LAW", value_parser = parse::named::<LawKind>)]
    law: Option<LawKind>,
    /// A formula of your own to fit
    #[arg(long, value_name = "FORMULA", conflicts_with = "law")]
    formula: Option<String>,
    /// A published law drawn over, several times if wanted; `isoloss plan --list` names them
    #[arg(long, value_name = "NAME", value_parser = published::law)]
    published: Vec<&'static PublishedLaw>,
    /// Budget that is answered: 1e21, 19.6PFd; the largest of the runs where not given
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    flops: Option<Flops>,
    /// Where the report goes; its ending says the format: .html or .md
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    fit: FitArgs,
    /// Print one JSON object about the report
    #[arg(long)]
    pub(super) json: bool,
}

impl ReportCommand {
    /// Fits, draws and writes.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let format = format_of(&self.out)?;
        let project = work::project_of(&self.files)?.is_some();
        // A project has its own law.
        let law = match (&self.formula, self.law) {
            (Some(text), _) => Some(work::formula(text)?),
            (None, None) if project => None,
            (None, law) => Some(LawChoice::from(law.unwrap_or(LawKind::Chinchilla))),
        };
        let request = FitRequest {
            files: &self.files,
            data: &self.data,
            fit: &self.fit,
            law,
            drawn: true,
        };
        let mut workspace = work::fit(&request)?;
        let verdicts = work::verdicts(&work::fitted(&workspace)?).len();
        work::tell_no_band(&workspace);
        work::show(&mut workspace, &self.published, self.flops, project);
        let no_fit = || Failure::refused("no_fit", "there is no fit to report");
        let numbers = CardNumbers::of(&workspace).ok_or_else(no_fit)?;
        let report = report(&workspace, numbers).ok_or_else(no_fit)?;
        for (label, why) in &report.not_drawn {
            message("note", &format!("{label}: nothing to draw. {why}"));
        }
        let stem = self.out.file_stem().map(|stem| stem.to_string_lossy());
        let Written { text, beside } = report.write(format, stem.as_deref().unwrap_or("report"));
        let mut written = vec![];
        for (name, svg) in &beside {
            let path = self.out.with_file_name(name);
            write(&path, svg)?;
            written.push(path.display().to_string());
        }
        // The page comes last: it is never there without its figures.
        write(&self.out, &text)?;
        if !self.json {
            return Ok(());
        }
        let figures: Vec<&str> = report.figures.iter().map(|(name, _)| *name).collect();
        print_json(&json!({
            "out": self.out.display().to_string(),
            "format": format.extension(),
            "title": report.title,
            "figures": figures,
            "beside": written,
            "verdicts": verdicts,
            "excluded": report.card.exclusions.len(),
        }))
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_atomically(path, text.as_bytes()).map_err(|error| Failure::unwritable(path, &error))
}

fn format_of(path: &Path) -> Result<ReportFormat, Failure> {
    let ending = path.extension().map(|ending| ending.to_string_lossy());
    let format = ending.and_then(|ending| ReportFormat::of_extension(&ending));
    format.ok_or_else(|| {
        let known = ReportFormat::ALL
            .map(|format| format!(".{}", format.extension()))
            .join(" or ");
        Failure::usage(format!(
            "--out {}: expected a name that ends in {known}",
            path.display()
        ))
    })
}
