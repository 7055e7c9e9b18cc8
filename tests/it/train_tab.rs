//! Trainings in the window, clicked through: what is chosen can be undone, what runs can be interrupted, and what is finished
//! joins the fit.

use crate::import_sheet::drop_on;
use crate::window::{click, settle, typed, window_on};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use isoloss::app::IsolossApp;
use isoloss::figure::views::View;
use isoloss::lab::{Budget, CorpusChoice, Planned, Summary, SweepPlan, read_plan, write_plan};
use isoloss::session::{Action, LoadState, Source, TrainAction, TrainChoice, ViewAction};
use isoloss::train::{Evaluation, Measured};
use isoloss::units::Tokens;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

type Window = Harness<'static, IsolossApp>;

/// A window with the tab open, that keeps its sweeps in a folder with a text of 20 kB.
fn window(folder: &Path) -> Window {
    let text: String = (0..400)
        .map(|i| format!("Zeile {} uber mir {}\n", i * i % 97, i % 13))
        .collect();
    std::fs::write(folder.join("book.txt"), text).unwrap();
    let mut harness = window_on(vec![Source::Example]);
    harness.state_mut().keep_sweeps_in(folder.join("sweeps"));
    harness.get_by_role_and_label(Role::Button, "Train").click();
    settle(&mut harness);
    harness
}

fn choice(harness: &Window) -> &TrainChoice {
    &harness.state().workspace().session().train
}

fn act(harness: &mut Window, action: TrainAction) {
    harness.state_mut().act(Action::Train(action));
    settle(harness);
}

/// Runs the window until something is so.
fn until(harness: &mut Window, what: &str, so: impl Fn(&Window) -> bool) {
    let start = Instant::now();
    while !so(harness) {
        assert!(start.elapsed() < Duration::from_secs(240), "not {what}");
        std::thread::sleep(Duration::from_millis(5));
        harness.run();
    }
    settle(harness);
}

/// A model of the smallest size on a short window.
fn tiny(width: usize, tokens: u64) -> Planned {
    Planned {
        context: Some(32),
        batch: Some(4),
        ..Planned::new([width, 1], tokens, 0, None)
    }
}

/// Plans these runs on the text of the folder and starts them.
fn start(harness: &mut Window, folder: &Path, runs: Vec<Planned>) {
    let book = folder.join("book.txt");
    act(harness, TrainAction::SetCorpus(CorpusChoice::Path(book)));
    act(harness, TrainAction::SetPlan(runs));
    click(harness, "Start");
}

fn sweeps(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("sweeps"));
    entries.map_or(vec![], |entries| entries.map(|entry| entry.unwrap().path()).collect())
}

/// What the last frame asked of the desktop.
fn commands(harness: &Window) -> &[ViewportCommand] {
    &harness.output().viewport_output[&ViewportId::ROOT].commands
}

/// A frame in which somebody wants the window closed.
fn ask_to_close(harness: &mut Window) {
    let viewports = &mut harness.input_mut().viewports;
    let root = viewports.entry(ViewportId::ROOT).or_default();
    root.events.push(ViewportEvent::Close);
    harness.step();
}

#[test]
fn the_tab_says_what_it_is_for_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(folder.path());
    harness.get_by_label_contains("Trains small transformers on this machine");
    assert!(!harness.state().is_training() && sweeps(folder.path()).is_empty());
    assert_eq!(choice(&harness), &TrainChoice::default());
    // Nothing is trained, so nothing holds the window.
    ask_to_close(&mut harness);
    assert!(!commands(&harness).contains(&ViewportCommand::CancelClose));
}

#[test]
fn what_is_chosen_is_typed_in_the_notation_of_the_field_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(folder.path());
    typed(&mut harness, "Training budget", "5 min");
    assert_eq!(choice(&harness).budget, Budget::Seconds(300.0));
    typed(&mut harness, "Training budget", "3e13 FLOP");
    assert_eq!(choice(&harness).budget, Budget::Flops(3e13));
    typed(&mut harness, "Training budget", "soon");
    assert_eq!(choice(&harness).budget, Budget::Flops(3e13));
    harness.get_by_label_contains("or a time such as 5min");
    typed(&mut harness, "Training budget", "1e10");
    typed(&mut harness, "Unique training tokens", "100K");
    assert_eq!(choice(&harness).unique_tokens, Some(Tokens(1e5)));
    let book = folder.path().join("book.txt");
    typed(&mut harness, "Text to train on", &book.to_string_lossy());
    assert_eq!(choice(&harness).corpus, CorpusChoice::Path(book));
    click(&mut harness, "Language");
    assert_eq!(choice(&harness).corpus, CorpusChoice::Language);
    act(
        &mut harness,
        TrainAction::SetPlan(vec![tiny(16, 40_000), tiny(16, 40_000)]),
    );
    let names: Vec<&str> = choice(&harness).runs.iter().map(|run| &*run.name).collect();
    assert_eq!(names, ["d16-l1-40k", "d16-l1-40k-2"], "each has a folder of its own");
    typed(&mut harness, "Training seed", "3");
    assert!(choice(&harness).runs.iter().all(|run| run.seed == 3));
    typed(&mut harness, "Parameters of run 2", "100K");
    assert_eq!(
        (choice(&harness).runs[1].width, choice(&harness).runs[1].layers),
        (64, 2)
    );
    typed(&mut harness, "Tokens of run 2", "2.5M");
    assert_eq!(choice(&harness).runs[1].tokens, 2_500_000);
    typed(&mut harness, "Tokens of run 2", "1");
    assert_eq!(choice(&harness).runs[1].tokens, 2_500_000);
    harness.get_by_label_contains("fewer are no training");
    click(&mut harness, "Add a run");
    assert!(choice(&harness).runs[2].params_non_embedding() > choice(&harness).runs[1].params_non_embedding());
    click(&mut harness, "Remove run 1");
    assert_eq!(choice(&harness).runs.len(), 2);
    for _ in 0..20 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut harness);
    }
    assert_eq!(choice(&harness), &TrainChoice::default());
}

#[test]
fn a_text_is_dropped_on_the_tab_and_a_table_still_opens() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(folder.path());
    let book = folder.path().join("book.txt");
    drop_on(&mut harness, book.clone());
    assert_eq!(choice(&harness).corpus, CorpusChoice::Path(book.clone()));
    let table = folder.path().join("runs.csv");
    std::fs::write(&table, "params,tokens,loss\n1e6,1e8,3.2\n1e7,1e9,2.6\n").unwrap();
    drop_on(&mut harness, table.clone());
    let sources: Vec<&Source> = harness
        .state()
        .workspace()
        .session()
        .data
        .iter()
        .map(|set| &set.source)
        .collect();
    assert_eq!(sources, [&Source::File(table)]);
    // A text that is too short says so on its row.
    std::fs::write(&book, "so short").unwrap();
    start(&mut harness, folder.path(), vec![tiny(16, 30_000)]);
    until(&mut harness, "refused", |harness| !harness.state().is_training());
    assert!(harness.query_all_by_label_contains("are too few").next().is_some());
}

#[test]
fn runs_are_planned_for_the_budget_with_their_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(folder.path());
    act(&mut harness, TrainAction::SetBudget(Budget::Flops(2e10)));
    act(&mut harness, TrainAction::SetSeed(5));
    click(&mut harness, "Plan runs");
    let runs = &choice(&harness).runs;
    let flops: f64 = runs.iter().map(Planned::flops).sum();
    assert!(runs.len() >= 2 && flops <= 2e10, "{runs:?}");
    // The grid with the seed that was chosen, and two more for the noise; another seed moves all three.
    let seeds = |harness: &Window| {
        choice(harness)
            .runs
            .iter()
            .map(|run| run.seed)
            .collect::<BTreeSet<u64>>()
    };
    assert_eq!(seeds(&harness), BTreeSet::from([5, 6, 7]));
    act(&mut harness, TrainAction::SetSeed(1));
    assert_eq!(seeds(&harness), BTreeSet::from([1, 2, 3]));
    harness.get_by_label_contains(", about ");
    // Runs for something else.
    act(&mut harness, TrainAction::SetBudget(Budget::Flops(1e12)));
    click(&mut harness, "Overfitting");
    click(&mut harness, "Plan runs");
    assert!(choice(&harness).runs.iter().all(|run| run.unique_tokens.is_some()));
    click(&mut harness, "Shape");
    click(&mut harness, "Plan runs");
    let runs = &choice(&harness).runs;
    assert!(
        runs.len() >= 5 && runs.iter().all(|run| run.tokens == runs[0].tokens),
        "{runs:?}"
    );
    assert!(!harness.state().is_training());
    // A budget for nothing.
    act(&mut harness, TrainAction::SetBudget(Budget::Flops(1e6)));
    click(&mut harness, "Plan runs");
    assert!(choice(&harness).runs.is_empty());
    harness.get_by_label_contains("Not one of the models");
}

#[test]
fn finished_runs_join_the_fit_one_by_one_and_their_models_write() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(folder.path());
    let before = harness.state().workspace().session().data.len();
    let sizes = [16, 32, 48];
    let tokens = [10_000, 20_000, 40_000];
    let runs = sizes.iter().flat_map(|width| tokens.map(|tokens| tiny(*width, tokens)));
    start(&mut harness, folder.path(), runs.collect());
    assert!(harness.state().is_training());
    until(&mut harness, "drawing curves", |harness| {
        harness.state().workspace().derived().train.live.is_some()
    });
    harness.state_mut().act(Action::View(ViewAction::Only(View::Curves)));
    until(&mut harness, "done", |harness| !harness.state().is_training());
    harness.get_by_label_contains("9 of 9 done");
    let session = harness.state().workspace().session();
    // The example makes room for runs of one's own, as it does for any file.
    assert_eq!((before, session.data.len()), (1, 1));
    let table = sweeps(folder.path())[0].join("runs.csv");
    assert_eq!(session.data[0].source, Source::File(table));
    let Some(LoadState::Ready(loaded)) = harness.state().workspace().derived().file(session.data[0].id) else {
        panic!("the table is read");
    };
    assert_eq!(loaded.table.runs().len(), 9);
    let fitted = harness.state().workspace().derived().fit.input.as_ref().unwrap();
    assert_eq!(fitted.observations.loss.len(), 9);
    // The last curves come a moment later: they are drawn anew some times a second only.
    let curves = |harness: &Window| harness.state().workspace().derived().train.live.clone().unwrap();
    until(&mut harness, "drawing all curves", |harness| {
        curves(harness).runs().len() == 9
    });
    let live = curves(&harness);
    assert!(live.points().iter().filter(|point| point.loss.is_some()).count() > 9);

    click(&mut harness, "d16-l1-20k");
    harness.get_by_label("Learning rate");
    harness.get_by_label("Held-out loss");
    click(&mut harness, "Sample");
    let sample = harness.state().workspace().derived().train.sample.clone().unwrap();
    let text = sample.result.unwrap();
    assert!(text.chars().count() > 50, "{text}");
    harness.get_by_label(&text);
    click(&mut harness, "Sample");
    let again = harness.state().workspace().derived().train.sample.clone().unwrap();
    assert!((sample.seed, again.seed) == (0, 1) && again.result.unwrap() != text);
}

#[test]
fn runs_are_paused_reordered_and_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(folder.path());
    let runs = (0..6).map(|run| tiny(16, 20_000_000 + 1000 * run)).collect();
    start(&mut harness, folder.path(), runs);
    until(&mut harness, "training", |harness| {
        harness.query_all_by_label_contains(" left").next().is_some()
    });
    click(&mut harness, "Pause");
    until(&mut harness, "paused", |harness| !harness.state().is_training());
    harness.get_by_label_contains("paused");
    click(&mut harness, "Move d16-l1-20005k up");
    click(&mut harness, "Cancel d16-l1-20004k");
    harness.get_by_label("cancelled");
    click(&mut harness, "Go on");
    assert!(harness.state().is_training());
    click(&mut harness, "Cancel all");
    until(&mut harness, "cancelled", |harness| !harness.state().is_training());
    assert_eq!(harness.query_all_by_label("cancelled").count(), 6);
    until(&mut harness, "replanned", |_| {
        read_plan(&sweeps(folder.path())[0]).unwrap().runs.is_empty()
    });
}

/// The window's own state, in memory.
#[derive(Default)]
struct Memory(HashMap<String, String>);

impl eframe::Storage for Memory {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }

    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }

    fn flush(&mut self) {}
}

#[test]
fn closing_asks_saves_and_the_next_start_offers_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(folder.path());
    start(
        &mut harness,
        folder.path(),
        vec![tiny(16, 3_000_000), tiny(32, 3_000_000)],
    );
    until(&mut harness, "training", |harness| {
        harness.query_all_by_label_contains(" left").next().is_some()
    });
    ask_to_close(&mut harness);
    assert!(commands(&harness).contains(&ViewportCommand::CancelClose));
    harness.run();
    click(&mut harness, "Keep running here");
    assert!(harness.state().is_training());
    assert!(harness.query_by_label("Keep running here").is_none());

    ask_to_close(&mut harness);
    harness.run();
    harness.get_by_label("Stop after saving and close").click();
    let start_of_wait = Instant::now();
    loop {
        harness.step();
        if commands(&harness).contains(&ViewportCommand::Close) {
            break;
        }
        assert!(
            start_of_wait.elapsed() < Duration::from_secs(240),
            "the window never went"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    ask_to_close(&mut harness);
    assert!(!commands(&harness).contains(&ViewportCommand::CancelClose));
    let sweep = sweeps(folder.path())[0].clone();
    let mut memory = Memory::default();
    eframe::App::save(harness.state_mut(), &mut memory);
    drop(harness);
    let states = |sweep: &Path| {
        let runs = std::fs::read_dir(sweep).unwrap();
        runs.filter(|run| run.as_ref().unwrap().path().join("state.safetensors").exists())
            .count()
    };
    assert!(states(&sweep) > 0, "what ran was saved");

    let mut harness = window(folder.path());
    harness.state_mut().remember(&memory);
    harness.run();
    let name = sweep.file_name().unwrap().to_string_lossy().into_owned();
    harness.get_by_label_contains(&format!("Not finished last time: {name}"));
    assert!(!harness.state().is_training(), "it is offered, not begun");
    click(&mut harness, "Resume this sweep");
    until(&mut harness, "training", |harness| {
        harness.query_all_by_label_contains(" left").next().is_some()
    });
    click(&mut harness, "Cancel all");
    until(&mut harness, "cancelled", |harness| !harness.state().is_training());
    eframe::App::save(harness.state_mut(), &mut memory);
    let mut harness = window(folder.path());
    harness.state_mut().remember(&memory);
    harness.run();
    assert!(harness.query_by_label("Resume this sweep").is_none());
}

/// A sweep in which everything is done: what a run measured is what a law says, with some noise.
fn finished_sweep(folder: &Path) {
    let models = [[16, 1], [32, 1], [32, 2], [64, 2], [96, 4]];
    let tokens = [100_000_u64, 300_000, 1_000_000, 3_000_000];
    let mut runs = vec![];
    for (place, model) in models.into_iter().enumerate() {
        for (column, tokens) in tokens.into_iter().enumerate() {
            let run = Planned::new(model, tokens, 0, None);
            let shape = run.config().shape;
            let noise = 0.003 * (((4 * place + column) * 7919 % 101) as f64 / 50.0 - 1.0);
            let loss = 0.86 + 8.0 / (shape.params_total() as f64).powf(0.35) + 300.0 / (tokens as f64).powf(0.5);
            let summary = Summary {
                loss: Some(loss * noise.exp()),
                se: Some(0.004),
                oracle_loss: Some(0.861),
                train_loss: Some(loss),
                tokens,
                unique_tokens: None,
                params_non_embedding: shape.params_non_embedding(),
                params: shape.params_total(),
                flops: run.flops(),
                flops_6nd: run.flops(),
                flops_with_head: run.flops(),
                seconds: 1.0,
                tokens_per_second: tokens as f64,
                seed: 0,
                learning_rate: 0.01,
                ended: "finished".to_owned(),
                troubles: vec![],
                measured: vec![Measured {
                    tokens,
                    flops: run.flops(),
                    held_out: Evaluation {
                        loss: loss * noise.exp(),
                        se: 0.004,
                        tokens: 262_144,
                    },
                    train_loss: loss,
                    oracle_loss: Some(0.861),
                    unique_tokens: None,
                }],
            };
            let at = folder.join(&run.name);
            std::fs::create_dir_all(&at).unwrap();
            std::fs::write(at.join("config.json"), "{}").unwrap();
            std::fs::write(at.join("result.json"), serde_json::to_vec(&summary).unwrap()).unwrap();
            runs.push(run);
        }
    }
    let plan = SweepPlan {
        budget: None,
        corpus: None,
        runs,
    };
    write_plan(&plan, folder).unwrap();
}

#[test]
fn the_run_that_would_help_most_is_told_and_put_into_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = folder.path().join("sweep");
    finished_sweep(&sweep);
    let mut harness = window(folder.path());
    let mut memory = Memory::default();
    let offered = serde_json::to_string(&[&sweep]).unwrap();
    eframe::Storage::set_string(&mut memory, "unfinished_sweeps", offered);
    harness.state_mut().remember(&memory);
    harness.run();
    click(&mut harness, "Resume this sweep");
    until(&mut harness, "fitted", |harness| {
        let fit = &harness.state().workspace().derived().fit;
        let points = fit.input.as_ref().map(|input| input.observations.loss.len());
        points == Some(20) && harness.state().workspace().derived().report().is_some()
    });
    harness.get_by_label_contains("20 of 20 done");
    // Nothing was timed, so nobody knows what ten minutes afford; compute needs no clock.
    assert!(
        harness
            .query_by_label_contains("The run that would help most")
            .is_none()
    );
    act(&mut harness, TrainAction::SetBudget(Budget::Flops(1e14)));
    harness.get_by_label_contains("The run that would help most");
    click(&mut harness, "Add to queue");
    until(&mut harness, "added", |harness| {
        harness.query_by_label_contains("20 of 21 done").is_some()
    });
    click(&mut harness, "Cancel all");
    until(&mut harness, "cancelled", |harness| !harness.state().is_training());
    harness.get_by_label_contains("20 of 20 done");
}
