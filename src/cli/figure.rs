//! `isoloss figure`: what the window's board shows, as a file.

use super::data_args::DataArgs;
use super::fit_args::FitArgs;
use super::law_file::LawFile;
use super::output::{Failure, message, print_json};
use super::work::{self, FitRequest};
use super::{parse, published};
use crate::figure::views::{AxisStyle, LossScale, Scene, View, draw};
use crate::figure::{FigureFormat, FigurePage, Template, ThemeKind, WriteError, page_size};
use crate::law::published::PublishedLaw;
use crate::law::{LawChoice, LawKind};
use crate::plan::DEFAULT_PENALTY;
use crate::session::{
    Action, FigureAction, FigureOf, Picture, PlanAction, ViewAction, Workspace, is_project, read_project,
    write_atomically,
};
use crate::units::{Flops, Tokens};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Draw runs and laws as a figure.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Without a law, chinchilla is fitted, as the window does, unless only published laws are asked for.\nBands come from the curvature of the fit, as in the window; --interval bootstrap takes 1000 resamples of the runs, --bootstrap R\nanother number of them, --bootstrap 0 draws none.\n\nExample:\n  isoloss figure runs.csv --view isoflop --law chinchilla --flops 1e21 --out isoflop.svg --size 3.25in"
)]
pub(super) struct FigureCommand {
    /// Run tables
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// What to draw; several, parted by commas, stand side by side on one page
    #[arg(long, required = true, value_delimiter = ',', value_name = "loss-n|loss-d|loss-c|isoflop|isoloss|frontier|overfit|curves|residuals|sample-efficiency", value_parser = parse::named::<View>)]
    view: Vec<View>,
    /// Form to fit to the files: power, power-floor, chinchilla
    #[arg(long, value_name = "LAW", value_parser = parse::named::<LawKind>, conflicts_with = "law_file")]
    law: Option<LawKind>,
    /// A formula of your own to fit
    #[arg(long, value_name = "FORMULA", conflicts_with_all = ["law", "law_file"])]
    formula: Option<String>,
    /// A fit saved by `isoloss fit --save`, drawn as it is
    #[arg(long, value_name = "JSON")]
    law_file: Option<PathBuf>,
    /// A published law drawn over, several times if wanted; `isoloss plan --list` names them
    #[arg(long, value_name = "NAME", value_parser = published::law)]
    published: Vec<&'static PublishedLaw>,
    /// Budget of the star: 1e21, 19.6PFd; the largest of the runs where not given
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    flops: Option<Flops>,
    /// Share of the loss that overfitting may cost, such as .02 or 2%
    #[arg(long, value_name = "SHARE", default_value_t = DEFAULT_PENALTY, value_parser = parse::fraction)]
    penalty: f64,
    /// Distinct tokens to be had: what repeats of them are worth is drawn by --view overfit
    #[arg(long, value_name = "U", allow_negative_numbers = true)]
    unique_tokens: Option<Tokens>,
    /// Loss less the floor of the fit, in the views of loss over N, D and C
    #[arg(long)]
    reducible: bool,
    /// Second scales on the far sides: perplexity, hours of an H100 at 40 % of its peak, tokens per parameter
    #[arg(long)]
    second_axes: bool,
    /// How the loss axis runs, where the view's usual way is not wanted
    #[arg(long, value_name = "log|linear", value_parser = parse::named::<LossScale>)]
    loss_scale: Option<LossScale>,
    /// N and D as powers of ten, and not as 1B
    #[arg(long)]
    powers: bool,
    /// C in PF-days, and not in FLOP
    #[arg(long)]
    pf_days: bool,
    /// Known models as marks on the isoloss map and the frontier
    #[arg(long)]
    reference_models: bool,
    /// An earlier save of the project, whose law is drawn beside, dashed: another .isoloss, or a picture that carries one
    #[arg(long, value_name = "EARLIER")]
    since: Option<PathBuf>,
    /// Where the figure goes; its ending says the format: .svg, .pdf, .png, or .csv for the numbers that are drawn
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Title in place of the program's own; {N}, {alpha±} and the like are numbers of the fit
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Subtitle in place of the program's own
    #[arg(long, value_name = "TEXT")]
    subtitle: Option<String>,
    /// How it looks where nothing else is said: slide, slide-4x3, column, page, or a project whose look is taken. A project that is
    /// drawn has its own; without one, slide
    #[arg(long, value_name = "NAME|PROJECT")]
    template: Option<String>,
    /// Width and height in px of 96 to the inch, or one length with the height .62 of it: 1600x900, 3.25in, 8.5cm
    #[arg(long, value_name = "SIZE", value_parser = page_size)]
    size: Option<[f32; 2]>,
    /// Pixels of a PNG to a px of its size: 2 for screens, 4 for print
    #[arg(long, value_name = "FACTOR", value_parser = parse::positive)]
    scale: Option<f64>,
    /// Factor on text, lines and markers together
    #[arg(long, value_name = "FACTOR", value_parser = parse::positive)]
    text_scale: Option<f64>,
    /// Colours
    #[arg(long, value_name = "light|dark", value_parser = parse::named::<ThemeKind>)]
    theme: Option<ThemeKind>,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    fit: FitArgs,
    /// Print one JSON object about the figure
    #[arg(long)]
    pub(super) json: bool,
}

impl FigureCommand {
    /// Draws and writes.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let format = format_of(&self.out)?;
        let file = self.law_file.as_deref().map(LawFile::read).transpose()?;
        // A saved law is drawn as it is, and published ones alone need no fit beside them.
        let named = match (&self.formula, self.law) {
            (Some(text), _) => Some(work::formula(text)?),
            (None, law) => law.map(LawChoice::from),
        };
        let project = work::project_of(&self.files)?.is_some();
        let fits = named.is_some() || project || (file.is_none() && self.published.is_empty());
        let by_name = named.is_some();
        let law = named.or(file.as_ref().map(|file| file.law.clone()));
        // A project has its own.
        let law = law.or((!project).then(|| LawKind::Chinchilla.into()));
        let request = FitRequest {
            files: &self.files,
            data: &self.data,
            fit: &self.fit,
            law,
            drawn: fits,
        };
        let mut workspace = work::fit(&request)?;
        if let Some(path) = &self.since {
            work::since(&mut workspace, path)?;
        }
        let fits = match work::fitted(&workspace) {
            Ok(_) => fits,
            Err(failure) if fits && by_name => return Err(failure),
            // Nobody asked for this law by name: runs that it cannot describe are drawn without it.
            Err(failure) => {
                if fits {
                    message("warning", &format!("drawn without a law: {}", failure.text()));
                }
                false
            }
        };
        if fits {
            work::tell_no_band(&workspace);
        }
        work::show(&mut workspace, &self.published, self.flops, project);
        for (place, view) in self.view.iter().enumerate() {
            let action = if place == 0 {
                ViewAction::Only(*view)
            } else {
                ViewAction::Toggle(*view)
            };
            drop(workspace.act(Action::View(action), None));
        }
        // A project keeps what it shows where nothing else is asked.
        for (asked, action) in [
            (
                self.reference_models,
                ViewAction::SetReferenceModels(self.reference_models),
            ),
            (self.reducible, ViewAction::SetReducible(self.reducible)),
            (self.second_axes, ViewAction::SetSecondAxes(self.second_axes)),
        ] {
            if asked || !project {
                drop(workspace.act(Action::View(action), None));
            }
        }
        let before = workspace.session().view.axis_style;
        let style = AxisStyle {
            loss: self.loss_scale.unwrap_or(before.loss),
            powers: self.powers || before.powers,
            pf_days: self.pf_days || before.pf_days,
        };
        drop(workspace.act(Action::View(ViewAction::SetAxisStyle(style)), None));
        if !project {
            drop(workspace.act(Action::Plan(PlanAction::SetPenalty(self.penalty)), None));
        }
        if self.unique_tokens.is_some() {
            drop(workspace.act(Action::Plan(PlanAction::SetUniqueTokens(self.unique_tokens)), None));
        }
        let report = match (&file, &workspace.derived().fit.input) {
            (Some(file), Some(input)) => Some(file.report_on(input)),
            _ => None,
        };
        let of = match self.view.as_slice() {
            [view] => FigureOf::View(*view),
            _ => FigureOf::Board,
        };
        let title = self.title.clone().map(|text| FigureAction::SetTitle(of, Some(text)));
        let subtitle = self
            .subtitle
            .clone()
            .map(|text| FigureAction::SetSubtitle(of, Some(text)));
        for action in title.into_iter().chain(subtitle) {
            drop(workspace.act(Action::Figure(action), None));
        }
        let template = self.template(&workspace)?;
        let draw = |view: View| {
            workspace.with_scene(|scene| {
                let own = scene.fit.filter(|_| fits);
                let spread = scene.spread.filter(|_| fits);
                draw(
                    view,
                    &Scene {
                        fit: own.or(report.as_ref()),
                        spread,
                        // The star is that of whichever law is drawn, or what the project asks.
                        chosen: scene.chosen.filter(|_| project && self.flops.is_none()),
                        ..*scene
                    },
                )
            })
        };
        let mut plate = match self.view.as_slice() {
            [view] => draw(*view).into(),
            views => workspace.plate(views.iter().map(|view| draw(*view)).collect()),
        };
        if let (Some(path), Some(footer)) = (&self.law_file, plate.footer_mut()) {
            footer.push(format!("law from {}, not fitted to these runs", path.display()));
        }
        let law = match (&file, workspace.derived().report().filter(|_| fits)) {
            (_, Some(report)) => Some(report.law.name().to_owned()),
            (Some(file), None) => Some(file.law.name().to_owned()),
            (None, None) => None,
        };
        let picture = workspace.picture_of(plate, law);
        self.write(&picture, format, &template)?;
        match self.json {
            false => Ok(()),
            true => print_json(&json!({
                "out": self.out.display().to_string(),
                "format": format.extension(),
                "view": match self.view.as_slice() {
                    [view] => json!(view),
                    views => json!(views),
                },
                "title": picture.plate.title(),
                "size": template.size,
                "empty": picture.plate.empty(),
            })),
        }
    }

    /// How it leaves: what the flags say, over a template.
    fn template(&self, workspace: &Workspace) -> Result<Template, Failure> {
        let own = &workspace.session().figures.template;
        let mut template = match self.template.as_deref() {
            None => own.clone(),
            Some(name) => named_template(name)?,
        };
        template.size = self.size.unwrap_or(template.size);
        template.theme = self.theme.unwrap_or(template.theme);
        template.pixels = self.scale.map_or(template.pixels, |scale| scale as f32);
        template.text_scale = self.text_scale.map_or(template.text_scale, |scale| scale as f32);
        Ok(template)
    }

    fn write(&self, picture: &Picture, format: FigureFormat, template: &Template) -> Result<(), Failure> {
        if let Some(reason) = picture.plate.empty() {
            message("warning", &format!("the figure is empty: {reason}"));
        }
        let bytes = picture
            .write(format, template.style(), template.pixels)
            .map_err(|error| match error {
                WriteError::TooLarge { .. } => Failure::usage(format!("--scale {}: {error}", template.pixels)),
                WriteError::Internal(_) => Failure::refused("internal", error.to_string()),
            })?;
        write_atomically(&self.out, &bytes).map_err(|error| Failure::unwritable(&self.out, &error))
    }
}

/// A template that is always there, or that of a project.
fn named_template(name: &str) -> Result<Template, Failure> {
    let pages = FigurePage::ALL.into_iter();
    if let Some(page) = pages.clone().find(|page| page.name() == name) {
        return Ok(Template::of(page));
    }
    let path = Path::new(name);
    if !is_project(path) {
        let known: Vec<&str> = pages.map(FigurePage::name).collect();
        return Err(Failure::usage(format!(
            "--template {name}: expected one of {}, or a project",
            known.join(", ")
        )));
    }
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::unreadable("project", error.to_string(), name, None))?;
    let session = read_project(&text, path.parent().unwrap_or(Path::new(".")))
        .map_err(|error| Failure::usage(format!("--template {name}: {error}")))?;
    Ok(session.figures.template.sound())
}

fn format_of(path: &Path) -> Result<FigureFormat, Failure> {
    let ending = path.extension().map(|ending| ending.to_string_lossy());
    ending
        .and_then(|ending| FigureFormat::of_extension(&ending))
        .ok_or_else(|| {
            let known = FigureFormat::ALL
                .map(|format| format!(".{}", format.extension()))
                .join(", ");
            Failure::usage(format!(
                "--out {}: expected a name that ends in one of {known}",
                path.display()
            ))
        })
}
