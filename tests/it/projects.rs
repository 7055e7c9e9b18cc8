//! A session as a file: saved, moved, opened by window and command line alike, and what is said where its data are not the same.

use crate::cli::{error, isoloss, json, text};
use crate::window::{Dropped, settle, window_on};
use egui_kittest::kittest::Queryable as _;
use isoloss::figure::views::View;
use isoloss::figure::{FigureFormat, SvgStyle, Theme};
use isoloss::import::ImportOptions;
use isoloss::session::{
    Action, DataAction, PlanAction, Session, Source, Workspace, carried_in, open_project, project_text, read_project,
};
use isoloss::units::Flops;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Simulated runs and a project of a fit of them, with one run left out by hand.
fn project(folder: &Path) -> Value {
    let made = isoloss(folder, &["simulate", "--published", "epoch", "--out", "runs.csv"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let named = fs::read_to_string(folder.join("runs.csv")).unwrap();
    let run = named.lines().nth(3).unwrap().split(',').next().unwrap().to_owned();
    let exclude = format!("{run}=too noisy");
    json(
        folder,
        &[
            "fit",
            "runs.csv",
            "--law",
            "chinchilla",
            "--bootstrap",
            "50",
            "--seed",
            "3",
            "--exclude",
            &exclude,
            "--json",
            "--save-project",
            "study.isoloss",
        ],
    )
}

#[test]
fn a_project_gives_the_same_numbers_and_figures_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let fitted = project(folder.path());
    let again = json(folder.path(), &["fit", "study.isoloss", "--json"]);
    for key in [
        "law",
        "params",
        "derived",
        "objective",
        "n_used",
        "excluded",
        "verdicts",
    ] {
        assert_eq!(fitted[key], again[key], "{key}");
    }
    assert_eq!(again["excluded"][0]["reason"], "too noisy");
    let figure = |out: &str| {
        let drawn = isoloss(
            folder.path(),
            &["figure", "study.isoloss", "--view", "isoloss", "--out", out],
        );
        assert!(drawn.status.success(), "{}", text(&drawn.stderr));
        fs::read(folder.path().join(out)).unwrap()
    };
    assert_eq!(figure("a.svg"), figure("b.svg"));
    let planned = json(folder.path(), &["plan", "study.isoloss", "--flops", "1e21", "--json"]);
    assert!(planned["params"]["interval"].is_array());
    // It moves with its folder.
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["runs.csv", "study.isoloss"] {
        fs::copy(folder.path().join(name), elsewhere.path().join(name)).unwrap();
    }
    let moved = json(elsewhere.path(), &["fit", "study.isoloss", "--json"]);
    assert_eq!(moved["params"], fitted["params"]);
}

#[test]
fn changed_and_missing_data_are_told() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let runs = folder.path().join("runs.csv");
    let table = fs::read_to_string(&runs).unwrap();
    fs::write(&runs, format!("{table}\n")).unwrap();
    let changed = isoloss(folder.path(), &["fit", "study.isoloss", "--json"]);
    assert!(changed.status.success());
    assert!(text(&changed.stderr).contains("is not what the project was saved with"));
    fs::remove_file(&runs).unwrap();
    let (told, _) = error(folder.path(), &["fit", "study.isoloss", "--json"], 3);
    assert!(told["file"].as_str().unwrap().contains("runs.csv"), "{told}");
    let beside = isoloss(
        folder.path(),
        &["fit", "study.isoloss", "other.csv", "--law", "chinchilla"],
    );
    assert_eq!(beside.status.code(), Some(2));
    fs::write(folder.path().join("torn.isoloss"), "{\"isoloss\": 1,\n\"data\": [").unwrap();
    let (told, _) = error(folder.path(), &["fit", "torn.isoloss", "--json"], 3);
    assert_eq!(told["line"], 2);
}

#[test]
fn saved_and_opened_it_is_fitted_to_the_last_bit() {
    let mut workspace = Workspace::new(Session::default());
    let tasks = workspace.act(
        Action::Data(DataAction::Open(vec![(Source::Example, Default::default())])),
        None,
    );
    workspace.settle(tasks);
    drop(workspace.act(Action::Plan(PlanAction::SetBudget(Flops(1.3e22))), None));
    let folder = Path::new("/");
    let saved = project_text(workspace.session(), workspace.derived(), folder);
    let mut again = Workspace::new(read_project(&saved, folder).unwrap());
    let tasks = again.start();
    again.settle(tasks);
    assert_eq!(again.derived().report(), workspace.derived().report());
    assert_eq!(again.derived().fit.bootstrap, workspace.derived().fit.bootstrap);
    let resaved = project_text(again.session(), again.derived(), folder);
    assert_eq!(resaved, saved);
}

/// As the first release wrote it; every later one must read it.
#[test]
fn a_project_of_version_1_is_read() {
    let text = include_str!("../fixtures/projects/version-1.isoloss");
    let session = read_project(text, Path::new("/data")).unwrap();
    assert_eq!(session.data.len(), 2);
    assert_eq!(session.data[1].source, Source::File("/data/runs/a.csv".into()));
    assert_eq!(session.plan.budget, Flops(1e22));
    assert_eq!(session.scenarios[0].name, "more");
    assert_eq!(session.exclusions[0].reason, "too noisy");
}

/// With the day of its saving, its data, its record and an earlier save, as the first program with these wrote it.
#[test]
fn a_project_with_its_data_of_version_1_is_read() {
    let text = include_str!("../fixtures/projects/version-1-with-data.isoloss");
    let opened = open_project(text, Path::new("/data")).unwrap();
    assert!(opened.told.is_empty() && opened.session.embed);
    assert_eq!(opened.session.saved.as_ref().unwrap().as_str(), "2026-11-27");
    assert_eq!(opened.session.since, Some("/data/earlier/study.isoloss".into()));
    let record = opened.recorded.as_ref().unwrap().record().clone();
    assert_eq!(
        (record.law.as_str(), record.n_used, record.runs[0].used.len()),
        ("power-floor", 7, 7)
    );
    // Its file is nowhere: the copy is read, and the fit is the one of the record.
    let mut workspace = Workspace::open(opened);
    let tasks = workspace.start();
    workspace.settle(tasks);
    let report = workspace.derived().report().unwrap();
    assert_eq!(report.n_used, 7);
    for (now, then) in report.params.iter().zip(&record.params) {
        assert!((now.value / then.value - 1.0).abs() < 1e-6, "{}", now.name);
    }
}

#[test]
fn killed_while_it_is_saved_it_is_the_old_or_the_new_one() {
    // A save that never ends is as good as one that is killed: readers see whole files throughout.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.isoloss");
    let session = |budget: f64| {
        let mut session = Session::default();
        isoloss::session::apply(&mut session, Action::Plan(PlanAction::SetBudget(Flops(budget))));
        session
    };
    let write = |budget: f64| {
        let text = project_text(&session(budget), &isoloss::session::Derived::default(), folder.path());
        isoloss::session::write_atomically(&path, text.as_bytes()).unwrap();
    };
    write(1e20);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for step in 0..200 {
                write(1e20 + f64::from(step));
            }
            done.store(true, std::sync::atomic::Ordering::Release);
        });
        while !done.load(std::sync::atomic::Ordering::Acquire) {
            let text = fs::read_to_string(&path).unwrap();
            let read = read_project(&text, folder.path()).unwrap();
            assert!(read.plan.budget.0 >= 1e20);
        }
    });
}

#[test]
fn the_window_opens_a_project_and_undo_brings_back_what_was_open() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let mut harness = window_on(vec![Source::Example]);
    let dropped = Dropped(folder.path().join("study.isoloss"));
    harness.input_mut().dropped_files.push(std::sync::Arc::new(dropped));
    settle(&mut harness);
    let left_out = |harness: &egui_kittest::Harness<'_, isoloss::app::IsolossApp>| {
        let session = harness.state().workspace().session();
        (session.exclusions.len(), session.fit.bootstrap.unwrap().replicates)
    };
    assert_eq!(left_out(&harness), (1, 50));
    harness.get_by_label("study");
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(harness.state().workspace().session().data[0].source, Source::Example);
    harness.get_by_label("study •");
}

#[test]
fn a_picture_leads_back_to_its_project() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs & more.csv");
    let rows = (0..30).map(|row| {
        format!(
            "r{row},{}e8,{}e9,{}\n",
            1 + row % 7,
            2 + row % 11,
            3.0 - 0.01 * f64::from(row)
        )
    });
    fs::write(&path, format!("run,params,tokens,loss\n{}", rows.collect::<String>())).unwrap();
    let mut workspace = Workspace::new(Session::default());
    let open = DataAction::Open(vec![(Source::File(path.clone()), ImportOptions::default())]);
    let tasks = workspace.act(Action::Data(open), None);
    workspace.settle(tasks);
    for action in [
        Action::Data(DataAction::SetKeep("loss < 2.99".to_owned())),
        Action::Plan(PlanAction::SetBudget(Flops(3e21))),
    ] {
        let tasks = workspace.act(action, None);
        workspace.settle(tasks);
    }
    let picture = workspace.picture(View::LossC);
    let style = SvgStyle::new(600.0, 400.0, Theme::default());
    for format in [FigureFormat::Svg, FigureFormat::Png, FigureFormat::Pdf] {
        let bytes = picture.write(format, style, 1.0).unwrap();
        let found = carried_in(&bytes, folder.path()).unwrap_or_else(|| panic!("{format:?}"));
        assert!(found.data[0].sha256.is_some());
        assert_eq!(found.data[0].source, Source::File(path.clone()), "{format:?}");
        assert_eq!((&found.selection, &found.plan, &found.fit), {
            let session = workspace.session();
            (&session.selection, &session.plan, &session.fit)
        });
        // It tells of no folder.
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(folder.path().to_str().unwrap()));
        // Dropped on a window, it is opened there and fitted to the same bits.
        let name = folder.path().join(format!("figure.{}", format.extension()));
        fs::write(&name, &bytes).unwrap();
        let mut harness = window_on(vec![Source::Example]);
        let dropped = Dropped(name);
        harness.input_mut().dropped_files.push(std::sync::Arc::new(dropped));
        settle(&mut harness);
        let opened = harness.state().workspace();
        assert_eq!(opened.session().plan.budget, Flops(3e21));
        assert_eq!(
            opened.derived().report().unwrap().theta(),
            workspace.derived().report().unwrap().theta()
        );
    }
    assert!(carried_in(b"<svg></svg>", folder.path()).is_none());
    assert!(carried_in(b"isoloss project {\"isoloss\": 1", folder.path()).is_none());
}
