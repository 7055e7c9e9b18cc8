//! What the user chooses of runs: left out by hand, which loss, joined or apart. Through the session and the command line.

use isoloss::data::{Compute, FindingKind, LossOfRun, Quantities, Role};
use isoloss::import::ImportOptions;
use isoloss::session::{Action, DataAction, DataId, FitInput, LoadState, RunKey, Session, Source, Workspace};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn open(paths: &[PathBuf]) -> Action {
    let sources = paths
        .iter()
        .map(|path| (Source::File(path.clone()), ImportOptions::default()));
    Action::Data(DataAction::Open(sources.collect()))
}

/// A workspace after these actions, with everything computed but intervals.
fn after(actions: impl IntoIterator<Item = Action>) -> Workspace {
    let mut session = Session::default();
    session.fit.bootstrap = None;
    let mut workspace = Workspace::new(session);
    for action in actions {
        act(&mut workspace, action);
    }
    workspace
}

fn act(workspace: &mut Workspace, action: Action) {
    let tasks = workspace.act(action, None);
    workspace.settle(tasks);
}

fn input(workspace: &Workspace) -> &Arc<FitInput> {
    workspace.derived().fit.input.as_ref().unwrap()
}

fn n_used(workspace: &Workspace) -> usize {
    input(workspace).observations.loss.len()
}

fn key(run: &str, line: Option<u64>) -> RunKey {
    RunKey {
        data: DataId(0),
        run: run.to_owned(),
        line,
    }
}

fn exclude(what: Vec<RunKey>, reason: &str) -> Action {
    let reason = reason.to_owned();
    Action::Data(DataAction::Exclude { what, reason })
}

/// Writes a file of runs `m-0`, `m-1`, … with two losses.
fn finished(folder: &Path) -> PathBuf {
    let mut text = "run,params,tokens,loss,other\n".to_owned();
    for index in 0..27 {
        let n = 1.01e7 * 1.7f64.powi(index % 9);
        let d = 2e8 * 2.3f64.powi(index / 9 + index % 3);
        let loss = 1.7 + 400.0 * n.powf(-0.34) + 900.0 * d.powf(-0.3);
        text += &format!("m-{index},{n},{d},{loss},{}\n", loss + 0.5);
    }
    let path = folder.join("runs.csv");
    std::fs::write(&path, text).unwrap();
    path
}

/// Writes curves of three runs without sizes; the lowest loss of each is not the last.
fn curves(folder: &Path) -> PathBuf {
    let mut text = "run,step,val_loss\n".to_owned();
    for run in 0..3 {
        for (step, loss) in [(100, 5.0), (200, 4.0), (300, 3.0), (400, 3.5)] {
            text += &format!("m_{run},{step},{}\n", loss - 0.1 * f64::from(run));
        }
    }
    let path = folder.join("curves.csv");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn runs_left_out_by_hand_carry_their_reason_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = after([open(&[finished(folder.path())])]);
    act(
        &mut workspace,
        exclude(vec![key("m-1", None), key("m-2", None), key("m-3", Some(5))], "noisy"),
    );
    assert_eq!(n_used(&workspace), 24);
    let left_out: Vec<(&str, &str)> = input(&workspace)
        .left_out
        .iter()
        .map(|left| (left.run.as_str(), left.reason.as_str()))
        .collect();
    assert_eq!(left_out, [("m-1", "noisy"), ("m-2", "noisy"), ("m-3", "noisy")]);
    // Figures draw what is in `excluded` hollow.
    assert_eq!(input(&workspace).tables[0].selected.excluded.len(), 3);
    assert_eq!(workspace.history().undo_label(), Some("exclude 3 points: noisy"));
    let tasks = workspace.undo();
    workspace.settle(tasks);
    assert_eq!(n_used(&workspace), 27);
    let tasks = workspace.redo();
    workspace.settle(tasks);
    assert_eq!(n_used(&workspace), 24);
    act(
        &mut workspace,
        Action::Data(DataAction::Restore(vec![key("m-3", None)])),
    );
    assert_eq!(n_used(&workspace), 25);
    assert_eq!(workspace.history().undo_label(), Some("restore 1 run"));
}

#[test]
fn a_corrected_reading_keeps_what_was_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = after([
        open(&[finished(folder.path())]),
        exclude(vec![key("m-4", None), key("m-5", Some(7))], "diverged"),
    ]);
    let before = workspace.derived().report().unwrap().value_of("E").unwrap();
    let corrected = ImportOptions {
        columns: vec![(Role::Loss, "other".to_owned())],
        ..ImportOptions::default()
    };
    act(
        &mut workspace,
        Action::Data(DataAction::SetImport(DataId(0), corrected)),
    );
    assert_eq!(n_used(&workspace), 25);
    let after = workspace.derived().report().unwrap().value_of("E").unwrap();
    assert!((after - before - 0.5).abs() < 1e-3, "{before} {after}");
    let text = serde_json::to_string(workspace.session()).unwrap();
    assert_eq!(&serde_json::from_str::<Session>(&text).unwrap(), workspace.session());
}

#[test]
fn a_session_from_before_these_choices_opens() {
    let mut saved = serde_json::to_value(Session::default()).unwrap();
    for choice in ["exclusions", "quantities", "join"] {
        saved.as_object_mut().unwrap().remove(choice);
    }
    assert_eq!(serde_json::from_value::<Session>(saved).unwrap(), Session::default());
}

#[test]
fn the_loss_of_a_run_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = after([open(&[finished(folder.path()), curves(folder.path())])]);
    let loss = |workspace: &Workspace| {
        let table = &input(workspace).tables[0];
        let points = table
            .selected
            .used
            .iter()
            .chain(table.selected.excluded.iter().map(|left| &left.point));
        let mut points: Vec<usize> = points.copied().collect();
        points.sort_unstable();
        let point = table.table.points().get(points[0]);
        (point.loss.unwrap().0, point.step)
    };
    assert_eq!(loss(&workspace), (3.5, Some(400.0)));
    let choose = |loss| {
        Action::Data(DataAction::SetQuantities(Quantities {
            loss,
            compute: Compute::SixNd,
            ..Quantities::default()
        }))
    };
    act(&mut workspace, choose(LossOfRun::Best));
    assert_eq!(loss(&workspace), (3.0, Some(300.0)));
    act(&mut workspace, choose(LossOfRun::LastMean { count: 2 }));
    assert_eq!(loss(&workspace), (3.25, Some(400.0)));
    let tasks = workspace.undo();
    workspace.settle(tasks);
    assert_eq!(loss(&workspace), (3.0, Some(300.0)));
}

#[test]
fn files_of_one_study_are_one_table_until_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = after([open(&[finished(folder.path()), curves(folder.path())])]);
    let tables = &input(&workspace).tables;
    assert_eq!((tables.len(), tables[0].id), (1, DataId(1)));
    // Three curves with N and D of their runs, and the runs without a curve.
    assert_eq!(n_used(&workspace), 27);
    let first = tables[0].selected.used[0];
    assert_eq!(tables[0].table.number(first, "N"), Some(1.01e7));
    assert_eq!((tables[0].source(0), tables[0].source(12)), (DataId(1), DataId(0)));
    assert_eq!(tables[0].table.points().get(12).line, 5);
    assert!(
        tables[0].notes[0].contains("3 of 27 runs found"),
        "{:?}",
        tables[0].notes
    );
    // A run is left out of all the files it is in.
    act(
        &mut workspace,
        exclude(vec![key("m-7", None), key("m_0", None)], "noisy"),
    );
    assert_eq!(n_used(&workspace), 25);
    act(&mut workspace, Action::Data(DataAction::SetJoin(false)));
    assert_eq!(input(&workspace).tables.len(), 2);
    assert_eq!(workspace.history().undo_label(), Some("keep files apart"));
    let tasks = workspace.undo();
    workspace.settle(tasks);
    assert_eq!(input(&workspace).tables.len(), 1);
}

#[test]
fn a_file_without_a_loss_gives_its_numbers_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let (loss, tokens) = (folder.path().join("loss.csv"), folder.path().join("tokens.csv"));
    std::fs::write(&loss, "step,loss\n100,5\n200,4\n300,3\n").unwrap();
    std::fs::write(&tokens, "step,tokens\n100,1e8\n200,2e8\n300,3e8\n").unwrap();
    let workspace = after([open(&[loss, tokens.clone()])]);
    let tables = &input(&workspace).tables;
    assert_eq!((tables.len(), tables[0].members.len()), (1, 2));
    assert_eq!(tables[0].table.number(2, "D"), Some(3e8));
    let alone = after([open(&[tokens])]);
    assert_eq!(alone.obstacle().unwrap(), "No run has a loss.");
    let Some(LoadState::Ready(loaded)) = alone.derived().file(DataId(0)) else {
        panic!("it is read")
    };
    assert!(
        loaded
            .report
            .notes
            .iter()
            .any(|note| note.starts_with("no loss in this file"))
    );
}

/// What is said of a shared file, by kind and number of runs.
fn health_of(file: &str) -> Option<Vec<(FindingKind, usize, String)>> {
    let path = crate::shared::data(file)?;
    let imported = isoloss::import::import(
        &path.to_string_lossy(),
        std::fs::File::open(&path).unwrap(),
        &ImportOptions::default(),
    );
    let findings = imported.unwrap().report.health;
    Some(
        findings
            .into_iter()
            .map(|found| (found.kind, found.runs.len(), found.text))
            .collect(),
    )
}

#[test]
fn real_files_get_no_false_alarms() {
    // Two of the clean points do lie within 0.1 % in N and D (the traced ones differ in their colours, a column of words),
    // and two pairs are the same sizes trained twice. Runs of repeated data differ in their distinct tokens.
    for (file, expected) in [
        ("chinchilla-clean/df.csv", vec![(FindingKind::NearDuplicate, 2)]),
        ("chinchilla-traced/svg_extracted_data.csv", vec![]),
        ("repeated-data/c4_runs_all.csv", vec![]),
        ("repeated-data/c4_runs_fit_set.csv", vec![]),
        ("messy-sheet/dense.csv", vec![(FindingKind::FewDigits, 220)]),
        (
            "wandb-runs-table/isoflop-comma.csv",
            vec![(FindingKind::NearDuplicate, 4)],
        ),
    ] {
        let Some(found) = health_of(file) else { return };
        let kinds: Vec<(FindingKind, usize)> = found.iter().map(|(kind, runs, _)| (*kind, *runs)).collect();
        assert_eq!(kinds, expected, "{file}: {found:?}");
    }
}
