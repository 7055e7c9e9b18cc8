//! Lists of actions on the session: what they change, what they compute, what undo brings back.

use isoloss::fit::{BootstrapConfig, FitError, IntervalMethod, ObjectiveKind};
use isoloss::import::ImportOptions;
use isoloss::law::LawKind;
use isoloss::session::jobs::Jobs;
use isoloss::session::{
    Action, Answer, DataAction, DataId, Effect, FitAction, Gesture, LoadState, PlanAction, Session, Source, Task,
    TaskKind, ViewAction, Workspace, apply,
};
use isoloss::units::{Flops, Tokens};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn open(path: impl Into<PathBuf>) -> Action {
    Action::Data(DataAction::Open(vec![(
        Source::File(path.into()),
        ImportOptions::default(),
    )]))
}

fn example() -> Action {
    Action::Data(DataAction::Open(vec![(Source::Example, ImportOptions::default())]))
}

/// A workspace after these actions, with everything computed.
fn after(actions: impl IntoIterator<Item = Action>) -> Workspace {
    let mut workspace = Workspace::new(small_session());
    for action in actions {
        let tasks = workspace.act(action, None);
        workspace.settle(tasks);
    }
    workspace
}

/// The defaults with few replicates: these tests ask whether intervals are there, not how good they are.
fn small_session() -> Session {
    let mut session = Session::default();
    session.fit.bootstrap = Some(BootstrapConfig {
        replicates: 40,
        seed: 0,
    });
    session
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Noise-free runs of L = 1.7 + 400 N^-0.34 + 900 D^-0.3.
fn runs(count: usize) -> String {
    let mut text = "run,params,tokens,loss\n".to_owned();
    for index in 0..count {
        let n = 1e7 * 1.7f64.powi(index as i32 % 9);
        let d = 2e8 * 2.3f64.powi(index as i32 / 9 + index as i32 % 3);
        text += &format!(
            "r{index},{n},{d},{}\n",
            1.7 + 400.0 * n.powf(-0.34) + 900.0 * d.powf(-0.3)
        );
    }
    text
}

#[test]
fn the_example_opens_fitted_with_intervals() {
    let workspace = after([example()]);
    let report = workspace.derived().report().unwrap();
    assert!(report.converged());
    assert_eq!(report.law, LawKind::Chinchilla);
    assert!(workspace.derived().uncertainty(IntervalMethod::default()).is_some());
    assert!(workspace.intervals(&workspace.session().plan).params.is_some());
    let optimum = workspace.derived().allocation().unwrap().at_flops(Flops(1e21)).unwrap();
    // The example is simulated from constants whose optimum at 1e21 FLOP is 2.78e9 parameters.
    assert!((optimum.params.0 / 2.78e9).ln().abs() < 0.2, "{}", optimum.params);
}

#[test]
fn a_file_takes_the_place_of_the_example_and_undo_brings_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "mine.csv", &runs(27));
    let mut workspace = after([example(), open(&path)]);
    assert_eq!(workspace.session().data.len(), 1);
    assert!((workspace.derived().report().unwrap().value_of("alpha").unwrap() - 0.34).abs() < 1e-5);
    let tasks = workspace.undo();
    workspace.settle(tasks);
    assert_eq!(workspace.session().data[0].source, Source::Example);
    assert_eq!(workspace.derived().report().unwrap().n_used, 99);
    let tasks = workspace.redo();
    workspace.settle(tasks);
    assert_eq!(workspace.derived().report().unwrap().n_used, 27);
}

#[test]
fn undo_restores_the_fit_to_the_last_bit() {
    let mut workspace = after([example()]);
    let before = workspace.derived().report().unwrap().clone();
    for action in [
        Action::Fit(FitAction::SetObjective(ObjectiveKind::Squared)),
        Action::Fit(FitAction::SetLaw(LawKind::PowerFloor)),
        Action::Data(DataAction::SetDropHighestLoss(3)),
    ] {
        let tasks = workspace.act(action, None);
        workspace.settle(tasks);
    }
    assert_eq!(workspace.derived().report().unwrap().law, LawKind::PowerFloor);
    for _ in 0..3 {
        let tasks = workspace.undo();
        workspace.settle(tasks);
    }
    assert_eq!(workspace.derived().report().unwrap(), &before);
    assert_eq!(workspace.history().undo_label(), Some("open"));
}

#[test]
fn a_drag_is_one_undo_step_and_ends_in_the_full_fit() {
    let mut workspace = after([example()]);
    for step in 1..=6 {
        let delta = 1e-3 * 1.5f64.powi(step);
        let tasks = workspace.act(Action::Fit(FitAction::SetDelta(delta)), Some(Gesture(1)));
        assert!(tasks.iter().all(|task| matches!(
            task,
            Task::Fit {
                draft_from: Some(_),
                ..
            }
        )));
        workspace.settle(tasks);
        assert!(workspace.derived().fit.draft);
        assert!(
            workspace.derived().fit.curved.is_none(),
            "intervals of another fit must not be shown"
        );
    }
    let draft = workspace.derived().report().unwrap().value;
    let tasks = workspace.finish_gesture();
    workspace.settle(tasks);
    assert!(!workspace.derived().fit.draft);
    assert!(workspace.derived().report().unwrap().value <= draft * (1.0 + 1e-9));
    assert!(workspace.derived().fit.curved.is_some());
    workspace.undo();
    assert!((workspace.session().fit.config.objective.delta - 1e-3).abs() < 1e-18);
}

#[test]
fn the_budget_moves_no_fit() {
    let mut workspace = after([example()]);
    let revision = workspace.derived().revision;
    let tasks = workspace.act(Action::Plan(PlanAction::SetBudget(Flops(1e25))), None);
    assert!(tasks.is_empty());
    assert_eq!(workspace.derived().revision, revision);
    assert_eq!(workspace.session().plan.budget, Flops(1e25));
}

#[test]
fn what_changes_nothing_is_no_undo_step() {
    let mut workspace = after([example()]);
    let budget = workspace.session().plan.budget;
    let tasks = workspace.act(Action::Plan(PlanAction::SetBudget(budget)), None);
    assert!(tasks.is_empty());
    assert_eq!(workspace.history().undo_label(), Some("open"));
}

#[test]
fn the_budget_stays_on_its_scale() {
    let mut session = Session::default();
    apply(&mut session, Action::Plan(PlanAction::SetBudget(Flops(1e40))));
    assert_eq!(session.plan.budget, Flops(1e28));
    apply(
        &mut session,
        Action::Plan(PlanAction::SetUniqueTokens(Some(Tokens(1e9)))),
    );
    assert_eq!(session.plan.unique_tokens, Some(Tokens(1e9)));
}

#[test]
fn the_last_view_stays_on_the_board() {
    let mut session = Session::default();
    for view in session.view.board.clone() {
        apply(&mut session, Action::View(ViewAction::Toggle(view)));
    }
    assert_eq!(session.view.board.len(), 1);
}

#[test]
fn a_broken_file_is_reported_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "good.csv", &runs(20));
    let bad = write(folder.path(), "bad.csv", "");
    let files = vec![
        (Source::File(good), ImportOptions::default()),
        (Source::File(bad), ImportOptions::default()),
        (Source::File(folder.path().join("gone.csv")), ImportOptions::default()),
        (Source::File(folder.path().to_owned()), ImportOptions::default()),
    ];
    let workspace = after([Action::Data(DataAction::Open(files))]);
    assert_eq!(workspace.derived().report().unwrap().n_used, 20);
    let error = |id: u32| match workspace.derived().file(DataId(id)) {
        Some(LoadState::Failed(error)) => error.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(error(1).code, "empty");
    assert_eq!(error(2).code, "unreadable");
    assert_eq!(error(3).code, "unreadable");
    assert!(error(2).to_string().contains("gone.csv"), "{}", error(2));
}

#[test]
fn too_few_runs_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = after([open(write(folder.path(), "few.csv", &runs(3)))]);
    match &workspace.derived().fit.result {
        Some(Err(FitError::TooFewRuns { found: 3, .. })) => {}
        other => panic!("{other:?}"),
    }
    assert!(workspace.derived().allocation().is_none());
}

#[test]
fn a_filter_that_cannot_be_read_is_said_and_fits_nothing() {
    let workspace = after([example(), Action::Data(DataAction::SetKeep("D/N >".to_owned()))]);
    assert!(workspace.derived().fit.input.as_ref().unwrap().filter_error.is_some());
    assert!(workspace.derived().report().is_none());
    let workspace = after([example(), Action::Data(DataAction::SetKeep("C >= 1e20".to_owned()))]);
    let input = workspace.derived().fit.input.as_ref().unwrap();
    assert!(input.filter_error.is_none());
    assert!(input.left_out.len() > 10 && input.observations.loss.len() > 10);
}

#[test]
fn an_answer_to_an_old_question_is_dropped() {
    let mut workspace = after([example()]);
    let late = workspace.act(Action::Fit(FitAction::SetLaw(LawKind::Power)), None);
    let now = workspace.act(Action::Fit(FitAction::SetLaw(LawKind::PowerFloor)), None);
    workspace.settle(now);
    workspace.settle(late);
    assert_eq!(workspace.derived().report().unwrap().law, LawKind::PowerFloor);
}

#[test]
fn effects_name_the_work_and_only_that() {
    let mut session = Session::default();
    let effects = apply(&mut session, example());
    assert_eq!(effects, [Effect::Load(DataId(0)), Effect::Fit]);
    assert_eq!(
        apply(&mut session, Action::View(ViewAction::SetPublished("epoch", true))),
        []
    );
    assert_eq!(
        apply(&mut session, Action::Fit(FitAction::SetLaw(LawKind::Power))),
        [Effect::Fit]
    );
}

#[test]
fn a_session_survives_being_written_down() {
    let workspace = after([example(), Action::Data(DataAction::SetKeep("N > 1e8".to_owned()))]);
    let text = serde_json::to_string(workspace.session()).unwrap();
    let back: Session = serde_json::from_str(&text).unwrap();
    assert_eq!(&back, workspace.session());
}

/// Runs the queue until it is idle or ten seconds are over.
fn drain(jobs: &mut Jobs) -> Vec<Answer> {
    let start = Instant::now();
    let mut answers = vec![];
    while jobs.busy() && start.elapsed() < Duration::from_secs(10) {
        answers.extend(jobs.drain().into_iter().map(Result::unwrap));
        std::thread::sleep(Duration::from_millis(2));
    }
    answers.extend(jobs.drain().into_iter().map(Result::unwrap));
    answers
}

fn bootstrap_task(workspace: &Workspace, replicates: usize) -> Task {
    let input = Arc::clone(workspace.derived().fit.input.as_ref().unwrap());
    let report = Box::new(workspace.derived().report().unwrap().clone());
    Task::Bootstrap {
        input,
        report,
        config: BootstrapConfig { replicates, seed: 0 },
    }
}

#[test]
fn jobs_answer_report_progress_and_wake() {
    let workspace = after([example()]);
    let woken = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&woken);
    let mut jobs = Jobs::new(Arc::new(move || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }));
    jobs.start(bootstrap_task(&workspace, 50));
    assert!(jobs.busy());
    let answers = drain(&mut jobs);
    assert!(
        matches!(&answers[..], [Answer::Resampled { result: Ok(_), .. }]),
        "{answers:?}"
    );
    assert!(woken.load(std::sync::atomic::Ordering::Relaxed) > 0);
    assert!(jobs.list().is_empty());
}

#[test]
fn a_cancelled_job_leaves_no_answer() {
    let workspace = after([example()]);
    let mut jobs = Jobs::new(Arc::new(|| {}));
    jobs.start(bootstrap_task(&workspace, 1_000_000));
    jobs.cancel(TaskKind::Bootstrap);
    assert!(!jobs.busy());
    assert!(drain(&mut jobs).is_empty());
}

#[test]
fn what_is_cancelled_says_so_and_can_be_asked_again() {
    let mut workspace = after([example()]);
    let mut tasks = workspace.refit();
    workspace.abandon(TaskKind::Fit, "cancelled");
    assert!(workspace.obstacle().unwrap().contains("cancelled"));
    tasks.clear();
    tasks = workspace.refit();
    workspace.settle(tasks);
    assert!(workspace.obstacle().is_none());
    workspace.abandon(TaskKind::Bootstrap, "cancelled");
    assert!(workspace.derived().fit.bootstrap_error.is_some());
}

#[test]
fn a_file_whose_reading_was_cancelled_does_not_hold_up_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["a.csv", "b.csv"].map(|name| {
        (
            Source::File(write(folder.path(), name, &runs(20))),
            ImportOptions::default(),
        )
    });
    let mut workspace = Workspace::new(small_session());
    let tasks = workspace.act(Action::Data(DataAction::Open(files.to_vec())), None);
    let (keep, _dropped): (Vec<Task>, Vec<Task>) = tasks
        .into_iter()
        .partition(|task| task.kind() == TaskKind::Load(DataId(0)));
    workspace.settle(keep);
    assert_eq!(workspace.obstacle().as_deref(), Some("Reading runs …"));
    let tasks = workspace.abandon(TaskKind::Load(DataId(1)), "reading was cancelled");
    workspace.settle(tasks);
    assert_eq!(workspace.derived().report().unwrap().n_used, 20);
}

#[test]
fn a_new_question_never_shows_the_old_answer() {
    let mut workspace = after([example()]);
    let tasks = workspace.act(Action::Fit(FitAction::SetLaw(LawKind::Power)), None);
    assert!(workspace.derived().report().is_none());
    assert!(workspace.derived().fit.bootstrap.is_none());
    assert_eq!(workspace.obstacle().as_deref(), Some("Fitting …"));
    workspace.settle(tasks);
    assert_eq!(workspace.derived().report().unwrap().law, LawKind::Power);
}

#[test]
fn opening_a_file_again_reads_what_it_holds_now() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "runs.csv", "");
    let mut workspace = after([open(&path)]);
    assert!(
        workspace
            .obstacle()
            .unwrap()
            .contains("runs.csv cannot be used: the file is empty")
    );
    write(folder.path(), "runs.csv", &runs(20));
    let tasks = workspace.act(open(&path), None);
    workspace.settle(tasks);
    assert_eq!(workspace.session().data.len(), 1);
    assert_eq!(workspace.derived().report().unwrap().n_used, 20);
}

#[test]
fn only_fast_fits_are_done_between_two_frames() {
    let mut workspace = after([example()]);
    let quick = |workspace: &mut Workspace, law| {
        let tasks = workspace.act(Action::Fit(FitAction::SetLaw(law)), None);
        tasks.iter().map(Task::is_quick).collect::<Vec<_>>()
    };
    assert_eq!(quick(&mut workspace, LawKind::PowerFloor), [true]);
    // Tens of milliseconds to a second on these runs.
    assert_eq!(quick(&mut workspace, LawKind::Skaling), [false]);
    assert_eq!(quick(&mut workspace, LawKind::M4), [false]);
}

#[test]
fn known_models_are_shown_and_hidden_without_any_work() {
    let mut workspace = after([example()]);
    assert!(!workspace.session().view.reference_models);
    let before = workspace.derived().revision;
    assert!(
        workspace
            .act(Action::View(ViewAction::SetReferenceModels(true)), None)
            .is_empty()
    );
    assert!(workspace.session().view.reference_models);
    assert_eq!(workspace.derived().revision, before);
    assert_eq!(workspace.history().undo_label(), Some("show known models"));
    assert!(workspace.with_scene(|scene| scene.reference_models));
    assert!(workspace.undo().is_empty());
    assert!(!workspace.session().view.reference_models);
    drop(workspace.act(Action::Plan(PlanAction::SetUniqueTokens(Some(Tokens(3e9)))), None));
    assert_eq!(workspace.with_scene(|scene| scene.unique_tokens), Some(Tokens(3e9)));
}
