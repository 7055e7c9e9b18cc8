//! Drives the session as the window does, without one: open, settle, look.

use super::data_args::DataArgs;
use super::fit_args::FitArgs;
use super::output::{Failure, count, message};
use super::progress;
use crate::data::{Role, RunTable, Selected, Selection};
use crate::figure::Datum;
use crate::fit::{FitError, FitReport, Verdict, VerdictCode};
use crate::law::LawChoice;
use crate::law::formula::Formula;
use crate::law::published::{PublishedLaw, by_name};
use crate::session::{
    Action, DataAction, DataId, DataSet, Earlier, FitInput, LoadError, LoadState, Loaded, OpenedProject, PlanAction,
    ProjectAction, ProjectError, RunKey, Session, SinceState, Task, ViewAction, Workspace, is_project, open_project,
};
use crate::units::Flops;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More reasons than this do not fit a line.
const REASONS_SHOWN: usize = 3;

/// Files and flags of a command that fits.
pub(super) struct FitRequest<'a> {
    pub(super) files: &'a [PathBuf],
    pub(super) data: &'a DataArgs,
    pub(super) fit: &'a FitArgs,
    /// `None` for the project's own fit.
    pub(super) law: Option<LawChoice>,
    /// Its intervals are drawn.
    pub(super) drawn: bool,
}

/// A fit that may be shown, with what it was asked.
pub(super) struct Fitted<'a> {
    pub(super) report: &'a FitReport,
    pub(super) input: &'a FitInput,
}

/// Reads files and does nothing more; one that cannot be read is left as a failed one.
pub(super) fn read(files: &[PathBuf], data: &DataArgs) -> Result<Workspace, Failure> {
    let opened = match project_of(files)? {
        None => data.session().into(),
        Some(opened) => OpenedProject {
            session: data.over(opened.session)?,
            ..opened
        },
    };
    tell_damage(&opened);
    let mut workspace = Workspace::open(opened);
    for task in open(&mut workspace, files, data, None) {
        if matches!(task, Task::Load { .. }) {
            let answer = task.run(&|_| std::ops::ControlFlow::Continue(()));
            // What follows from it, a fit, nobody asked for.
            drop(workspace.accept(answer));
        }
    }
    tell_changes(&workspace);
    Ok(workspace)
}

/// A project, where one stands for the files.
///
/// # Errors
/// When it cannot be read, or other files stand beside it.
pub(super) fn project_of(files: &[PathBuf]) -> Result<Option<OpenedProject>, Failure> {
    let Some(path) = files.iter().find(|path| is_project(path)) else {
        return Ok(None);
    };
    if files.len() > 1 {
        return Err(Failure::usage(
            "a project stands for its own files: give no others beside it",
        ));
    }
    let name = path.display().to_string();
    let unreadable = |text: String, line| Failure::unreadable("project", text, &name, line);
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string(), None))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    open_project(&text, folder).map(Some).map_err(|error| {
        let line = match &error {
            ProjectError::Malformed { line, .. } => Some(*line as u64),
            ProjectError::Newer { .. } => None,
        };
        unreadable(error.to_string(), line)
    })
}

/// Says what of a project cannot be used.
pub(super) fn tell_damage(opened: &OpenedProject) {
    for text in &opened.told {
        message("warning", text);
    }
}

/// Says which files are not what their project was saved with, and whether the fit is another one.
pub(super) fn tell_changes(workspace: &Workspace) {
    for set in workspace
        .session()
        .data
        .iter()
        .filter(|set| set.has_changed(workspace.derived()))
    {
        let text = format!(
            "{} is not what the project was saved with: it has changed since",
            path(set)
        );
        message("warning", &text);
    }
    for (set, loaded) in loaded(workspace) {
        if let Some(why) = loaded.ok().and_then(|loaded| loaded.stand_in.as_ref()) {
            message("warning", &why.words(&path(set)));
        }
    }
    if let Some(moved) = workspace.moved() {
        message("warning", &moved);
    }
    if let Some(SinceState {
        path,
        result: Some(Err(text)),
    }) = &workspace.derived().since
    {
        let text = format!("{} cannot be compared with: {text}", path.display());
        message("warning", &text);
    }
}

/// Finds an earlier save, and compares with it from then on.
///
/// # Errors
/// When it cannot be read, or has neither its data nor a record.
pub(super) fn since(workspace: &mut Workspace, path: &Path) -> Result<Arc<Earlier>, Failure> {
    let action = ProjectAction::SetSince(Some(path.to_owned()));
    let tasks = workspace.act(Action::Project(action), None);
    workspace.settle_with(tasks, progress::watch);
    let found = workspace
        .derived()
        .since
        .as_ref()
        .and_then(|since| since.result.clone());
    let found = found.unwrap_or_else(|| Err("it was not looked at".to_owned()));
    found.map_err(|text| Failure::unreadable("project", text, &path.display().to_string(), None))
}

/// Opens the files, and leaves out what the flags say; the tasks are still to be done.
fn open(workspace: &mut Workspace, files: &[PathBuf], data: &DataArgs, fitted: Option<&str>) -> Vec<Task> {
    // A project has its data sets already.
    let mut tasks = if workspace.session().data.is_empty() {
        workspace.act(Action::Data(DataAction::Open(data.sources(files, fitted))), None)
    } else {
        workspace.start()
    };
    let sets: Vec<DataId> = workspace.session().data.iter().map(|set| set.id).collect();
    for (run, reason) in &data.exclude {
        let key = |data: &DataId| RunKey {
            data: *data,
            run: run.clone(),
            line: None,
        };
        let exclude = DataAction::Exclude {
            what: sets.iter().map(key).collect(),
            reason: reason.clone(),
        };
        tasks.extend(workspace.act(Action::Data(exclude), None));
    }
    tasks
}

/// Runs that are to be left out and are not there are a mistake in the flag.
pub(super) fn check_exclusions(workspace: &Workspace, data: &DataArgs) -> Result<(), Failure> {
    let runs: HashSet<&str> = loaded(workspace)
        .into_iter()
        .filter_map(|(_, loaded)| loaded.ok())
        .flat_map(|loaded| loaded.table.runs().iter().map(|run| run.name.as_str()))
        .collect();
    match data.exclude.iter().find(|(run, _)| !runs.contains(run.as_str())) {
        None => Ok(()),
        Some((run, _)) => Err(Failure::usage(format!(
            "--exclude {run}: no such run; names are as `isoloss import FILE --out` writes them"
        ))),
    }
}

/// A rule that cannot be read is a mistake in the flag.
pub(super) fn check_rules(selected: &Selected) -> Result<(), Failure> {
    let unread = selected.rules.iter().find_map(|rule| rule.as_ref().err());
    unread.map_or(Ok(()), |error| Err(Failure::usage(format!("--exclude-where: {error}"))))
}

/// Files that only give sizes to others are no answer by themselves.
pub(super) fn check_losses(workspace: &Workspace) -> Result<(), Failure> {
    let read: Vec<_> = loaded(workspace)
        .into_iter()
        .filter_map(|(set, loaded)| Some((set, loaded.ok()?)))
        .collect();
    let has_loss = |table: &RunTable| {
        !table.diverged().is_empty()
            || [Role::Loss, Role::TrainLoss]
                .iter()
                .any(|role| table.quantity(*role).is_some())
    };
    match read.first() {
        Some((set, _)) if !read.iter().any(|(_, loaded)| has_loss(&loaded.table)) => Err(Failure::unreadable(
            "no_runs",
            "no column is a loss in nats per token: these numbers are for other files with the same runs or steps, which must be given too, or one of the columns must be given the role `loss`",
            &path(set),
            Some(1),
        )),
        _ => Ok(()),
    }
}

/// The files as read, in the order given.
pub(super) fn loaded(workspace: &Workspace) -> Vec<(&DataSet, Result<&Arc<Loaded>, &LoadError>)> {
    let sets = workspace.session().data.iter();
    sets.filter_map(|set| match workspace.derived().file(set.id)? {
        LoadState::Pending => None,
        LoadState::Ready(loaded) => Some((set, Ok(loaded))),
        LoadState::Failed(error) => Some((set, Err(error))),
    })
    .collect()
}

/// A file as the user named it.
pub(super) fn path(set: &DataSet) -> String {
    set.source.place()
}

/// A formula of the user's, as it was typed.
pub(super) fn formula(text: &str) -> Result<LawChoice, Failure> {
    let parsed = Formula::parse(text).map_err(|error| Failure::usage(format!("--formula: {error}")))?;
    Ok(parsed.into())
}

/// Opens the files, fits them and waits for it.
///
/// A file that cannot be read stops everything: a fit of the others would answer another question than the one asked.
pub(super) fn fit(request: &FitRequest<'_>) -> Result<Workspace, Failure> {
    let project = project_of(request.files)?;
    let choices = match &project {
        Some(project) => request.data.over(project.session.clone())?,
        None => request.data.session(),
    };
    let drop_highest_loss = match request.fit.drop_highest_loss {
        0 => choices.selection.drop_highest_loss,
        count => count,
    };
    let session = Session {
        selection: Selection {
            drop_highest_loss,
            ..choices.selection
        },
        fit: match (&request.law, &project) {
            (Some(law), _) => request.fit.choice(law, request.drawn)?,
            (None, Some(project)) => project.session.fit.clone(),
            (None, None) => return Err(Failure::usage("which law? --law chinchilla, or --formula of your own")),
        },
        ..choices
    };
    let (files, data, fitted) = (request.files, request.data, request.fit.fitted_column());
    let opened = OpenedProject {
        session,
        ..project.unwrap_or_default()
    };
    tell_damage(&opened);
    let workspace = request.fit.on_threads(move || {
        let mut workspace = Workspace::open(opened);
        let tasks = open(&mut workspace, files, data, fitted);
        workspace.settle_with(tasks, progress::watch);
        workspace
    })?;
    for (_, result) in loaded(&workspace) {
        result.map_err(load_failure)?;
    }
    tell_changes(&workspace);
    check_losses(&workspace)?;
    check_exclusions(&workspace, data)?;
    check_flags(&workspace)?;
    Ok(workspace)
}

/// What the fit was asked, refused where no point takes part.
pub(super) fn input(workspace: &Workspace) -> Result<&FitInput, Failure> {
    let input = workspace.derived().fit.input.as_deref();
    let input = input.ok_or_else(|| Failure::refused("internal", "the fit was not asked"))?;
    if input.observations.loss.is_empty() {
        return Err(Failure::refused("too_few_runs", nothing_left(input)));
    }
    Ok(input)
}

/// The fit, refused where there is none to be relied on.
pub(super) fn fitted(workspace: &Workspace) -> Result<Fitted<'_>, Failure> {
    let (state, input) = (&workspace.derived().fit, input(workspace)?);
    let report = match &state.result {
        None => return Err(Failure::refused("internal", "the fit was not answered")),
        Some(Err(error)) => return Err(fit_failure(error)),
        Some(Ok(report)) => report,
    };
    if !report.converged() {
        let verdict = report.verdicts.iter().find(|v| v.code == VerdictCode::NotConverged);
        let text = verdict.map_or("the search did not converge", |v| v.text.as_str());
        return Err(Failure::refused("not_converged", text));
    }
    if let Some(error) = &state.bootstrap_error {
        return Err(fit_failure(error));
    }
    Ok(Fitted { report, input })
}

/// Says why a figure has no band, where it was to have one.
pub(super) fn tell_no_band(workspace: &Workspace) {
    if let Some(error) = workspace.derived().uncertainty_error(workspace.session().fit.interval) {
        message("warning", &format!("drawn without a band: {error}"));
    }
}

/// A file that cannot be used; an option that does not fit it is wrong usage.
pub(super) fn load_failure(error: &LoadError) -> Failure {
    match error.code {
        "options" => Failure::usage(format!("{}: {}", error.file, error.text)),
        code => {
            // The line stands beside the file already.
            let place = error.line.map_or(String::new(), |line| format!("line {line}: "));
            let text = error.text.strip_prefix(&place).unwrap_or(&error.text);
            Failure::unreadable(code, text, &error.file, error.line)
        }
    }
}

/// What the window's board would show: these published laws, and this budget or that of the largest run.
pub(super) fn show(workspace: &mut Workspace, published: &[&PublishedLaw], flops: Option<Flops>, project: bool) {
    let kept = project && published.is_empty();
    let shown = if kept {
        vec![]
    } else {
        workspace.session().view.published.clone()
    };
    let stale = shown
        .iter()
        .filter_map(|name| by_name(name))
        .map(|law| (law.name, false));
    let chosen = published.iter().map(|law| (law.name, true));
    for (name, on) in stale.chain(chosen) {
        // Neither overlays nor the budget call for work.
        drop(workspace.act(Action::View(ViewAction::SetPublished(name, on)), None));
    }
    let input = workspace.derived().fit.input.as_ref();
    let largest = input.and_then(|input| Some(Flops(input.flops_range()?.1)));
    if let Some(flops) = flops.or(largest.filter(|_| !project)) {
        drop(workspace.act(Action::Plan(PlanAction::SetBudget(flops)), None));
    }
}

/// Flags that only the data can contradict: a filter that cannot be read, a column that is not there.
fn check_flags(workspace: &Workspace) -> Result<(), Failure> {
    let Some(input) = &workspace.derived().fit.input else {
        return Ok(());
    };
    if let Some(error) = &input.filter_error {
        return Err(Failure::usage(format!("--where: {error}")));
    }
    for table in &input.tables {
        check_rules(&table.selected)?;
    }
    let one_variable = input.question.config.law.law().inputs() == crate::law::Inputs::One;
    let columns = || input.tables.iter().flat_map(|t| t.table.columns());
    let known = || {
        let mut names: Vec<&str> = Role::SYMBOLS.iter().map(|(symbol, _)| *symbol).collect();
        for column in columns().filter(|column| column.is_numeric()) {
            if !names.contains(&column.name.as_str()) {
                names.push(&column.name);
            }
        }
        names.join(", ")
    };
    if let LawChoice::Formula(formula) = &input.question.config.law
        && formula.variables().next().is_none()
    {
        return Err(Failure::usage(format!(
            "--formula {}: none of its names is a column; there are {}",
            formula.text(),
            known()
        )));
    }
    for (flag, name, matters) in [
        ("--x", &input.question.x, one_variable),
        ("--y", &input.question.y, true),
    ] {
        let name = crate::session::logged(name).unwrap_or(name);
        let role = Role::of_name(name).or(Role::of_symbol(name));
        let number = role.is_some_and(|role| !matches!(role, Role::Run | Role::Group | Role::Ignore));
        if !matters || number || columns().any(|column| column.name == name && column.is_numeric()) {
            continue;
        }
        let problem = if columns().any(|column| column.name == *name) {
            "this column holds text"
        } else {
            "no such column"
        };
        return Err(Failure::usage(format!(
            "{flag} {name}: {problem}; there are {}",
            known()
        )));
    }
    Ok(())
}

fn nothing_left(input: &FitInput) -> String {
    match input.left_out.len() {
        0 => "no point has what the law needs".to_owned(),
        points => format!("all {} are left out: {}", count(points, "point"), reasons(input)),
    }
}

/// Points left out, each with its reason and its place, as the contract has them.
pub(super) fn excluded(workspace: &Workspace, input: &FitInput) -> Vec<Value> {
    let file_of = |datum: Datum| {
        let source = input.tables[datum.table].source(datum.point);
        workspace.session().data_set(source).map(path)
    };
    let excluded = input.left_out.iter().map(|left| {
        let point = input.tables[left.datum.table].table.points().get(left.datum.point);
        json!({ "run": left.run, "reason": left.reason, "file": file_of(left.datum), "line": point.line })
    });
    excluded.collect()
}

/// The files with the hashes of their bytes, and the version.
pub(super) fn provenance(workspace: &Workspace) -> Value {
    let files = loaded(workspace)
        .into_iter()
        .filter_map(|(set, loaded)| Some(json!({ "path": path(set), "sha256": loaded.ok()?.hash.hex() })));
    json!({ "files": files.collect::<Vec<_>>(), "version": env!("CARGO_PKG_VERSION") })
}

/// Why points are left out, the most frequent reasons first.
pub(super) fn reasons(input: &FitInput) -> String {
    let mut reasons: Vec<(&str, usize)> = vec![];
    for left in &input.left_out {
        match reasons.iter_mut().find(|(reason, _)| *reason == left.reason) {
            Some((_, times)) => *times += 1,
            None => reasons.push((&left.reason, 1)),
        }
    }
    reasons.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let more = reasons.len().saturating_sub(REASONS_SHOWN);
    let mut texts: Vec<String> = reasons
        .into_iter()
        .take(REASONS_SHOWN)
        .map(|(reason, times)| {
            if times == input.left_out.len() {
                reason.to_owned()
            } else {
                format!("{times} {reason}")
            }
        })
        .collect();
    if more > 0 {
        texts.push(format!("{more} other reasons"));
    }
    texts.join(", ")
}

/// What the fit cannot know, and what the runs themselves say against it.
pub(super) fn verdicts(fitted: &Fitted<'_>) -> Vec<Verdict> {
    let mut verdicts = fitted.report.verdicts.clone();
    verdicts.extend(fitted.input.verdicts());
    verdicts
}

fn fit_failure(error: &FitError) -> Failure {
    let code = match error {
        FitError::Config(text) => return Failure::usage(text.as_str()),
        FitError::TooFewRuns { .. } => "too_few_runs",
        FitError::NoSpread(_) => "no_spread",
        FitError::NonPositiveLoss(_) => "non_positive_loss",
        FitError::Cancelled => "cancelled",
    };
    Failure::refused(code, error.to_string())
}
