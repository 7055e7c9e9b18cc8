//! What a saved project knows beside its choices: the day of its saving, and what it came to.

use crate::cli::{isoloss, json, text};
use crate::window::{Dropped, settle, window_on};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use isoloss::app::IsolossApp;
use isoloss::session::{Action, FitAction, SaveDate, Source, read_project};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Runs of a law with a little that is no noise but looks like some.
pub(crate) fn runs(count: usize) -> String {
    let mut text = "run,params,tokens,loss\n".to_owned();
    for index in 0..count {
        let n = 1e7 * 1.7f64.powi(index as i32 % 9);
        let d = 2e8 * 2.3f64.powi(index as i32 / 9 + index as i32 % 3);
        let off = 1.0 + 0.004 * (f64::from(index as i32 * 37 % 19) / 19.0 - 0.5);
        text += &format!(
            "r{index},{n},{d},{}\n",
            off * (1.7 + 400.0 * n.powf(-0.34) + 900.0 * d.powf(-0.3))
        );
    }
    text
}

/// A folder with `runs.csv` and a project of a fit of it, `study.isoloss`; more flags if wanted.
pub(crate) fn study(count: usize, flags: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("runs.csv"), runs(count)).unwrap();
    let base = [
        "fit",
        "runs.csv",
        "--law",
        "chinchilla",
        "--json",
        "--save-project",
        "study.isoloss",
    ];
    let arguments: Vec<&str> = base.into_iter().chain(flags.iter().copied()).collect();
    json(folder.path(), &arguments);
    folder
}

/// Changes a project as a text editor would.
pub(crate) fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    change(&mut value);
    fs::write(path, serde_json::to_string_pretty(&value).unwrap()).unwrap();
}

pub(crate) fn drop_on(harness: &mut Harness<'_, IsolossApp>, path: &Path) {
    let dropped = Dropped(path.to_owned());
    harness.input_mut().dropped_files.push(std::sync::Arc::new(dropped));
    settle(harness);
}

fn draw(folder: &Path, file: &str, out: &str) -> String {
    let drawn = isoloss(folder, &["figure", file, "--view", "isoloss", "--out", out]);
    assert!(drawn.status.success(), "{}", text(&drawn.stderr));
    String::from_utf8_lossy(&fs::read(folder.join(out)).unwrap()).into_owned()
}

#[test]
fn a_figure_of_a_saved_project_says_when_it_was_saved() {
    let folder = study(40, &[]);
    let path = folder.path().join("study.isoloss");
    let saved = read_project(&fs::read_to_string(&path).unwrap(), folder.path()).unwrap();
    assert_eq!(saved.saved, Some(SaveDate::today()));
    // A day long past: what is drawn goes by the project and not by the clock.
    edit(&path, |project| project["session"]["saved"] = "2024-02-29".into());
    let first = draw(folder.path(), "study.isoloss", "a.svg");
    assert!(
        first.contains("data sha256 ") && first.contains(" · saved 2024-02-29"),
        "no date at the foot"
    );
    assert!(first.contains("<dc:date>2024-02-29</dc:date>"));
    assert_eq!(first, draw(folder.path(), "study.isoloss", "b.svg"));
    assert!(draw(folder.path(), "study.isoloss", "a.pdf").contains("Saved: 2024-02-29"));
    assert!(draw(folder.path(), "study.isoloss", "a.png").contains("Saved"));
    assert!(!draw(folder.path(), "runs.csv", "c.svg").contains("saved 20"));
    edit(&path, |project| project["session"]["saved"] = "yesterday".into());
    let refused = isoloss(folder.path(), &["fit", "study.isoloss"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("`yesterday` is no date"));
}

#[test]
fn saving_in_the_window_sets_the_day_and_is_no_step_to_undo() {
    let folder = study(40, &[]);
    let path = folder.path().join("study.isoloss");
    edit(&path, |project| {
        project["session"].as_object_mut().unwrap().remove("saved");
    });
    let mut harness = window_on(vec![Source::Example]);
    drop_on(&mut harness, &path);
    let saved = |harness: &Harness<'_, IsolossApp>| harness.state().workspace().session().saved.clone();
    assert_eq!(saved(&harness), None);
    harness
        .state_mut()
        .act(Action::Fit(FitAction::SetFixed("E".to_owned(), Some(1.7))));
    settle(&mut harness);
    harness.get_by_label("Save").click();
    settle(&mut harness);
    assert_eq!(saved(&harness), Some(SaveDate::today()));
    harness.get_by_label("study");
    let history = harness.state().workspace().history();
    assert_ne!(history.undo_label(), Some("save"));
    let written = read_project(&fs::read_to_string(&path).unwrap(), folder.path()).unwrap();
    assert_eq!(written.saved, saved(&harness));
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert!(harness.state().workspace().session().fit.config.fixed.is_empty());
    assert_eq!(saved(&harness), Some(SaveDate::today()), "the file is as it was saved");
    harness.get_by_label("study •");
    // What was open before was never saved.
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(saved(&harness), None);
}

#[test]
fn the_file_says_what_it_came_to() {
    let folder = study(40, &["--exclude", "r3=too noisy"]);
    let text = fs::read_to_string(folder.path().join("study.isoloss")).unwrap();
    let project: Value = serde_json::from_str(&text).unwrap();
    let record = &project["record"];
    assert_eq!(record["law"], "chinchilla");
    let fitted = json(folder.path(), &["fit", "study.isoloss", "--json"]);
    assert_eq!(record["params"].as_array().unwrap().len(), 5);
    for number in record["params"].as_array().unwrap() {
        let name = number["name"].as_str().unwrap();
        assert_eq!(number["value"], fitted["params"][name]["value"], "{name}");
        assert!(number["interval"][0].as_f64().unwrap() < number["interval"][1].as_f64().unwrap());
    }
    assert_eq!(record["derived"][0]["name"], "a");
    assert_eq!((&record["n_used"], &record["n_excluded"]), (&39.into(), &1.into()));
    let runs = &record["runs"][0];
    assert_eq!(
        (&runs["name"], &runs["points"], &runs["runs"]),
        (&"runs.csv".into(), &39.into(), &39.into())
    );
    let used = runs["used"].as_array().unwrap();
    assert!(used.len() == 39 && !used.contains(&"r3".into()));
}

#[test]
fn another_fit_than_the_recorded_one_is_told_in_words() {
    let folder = study(40, &[]);
    let told = |arguments: &[&str]| {
        let output = isoloss(folder.path(), arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    let moved = "is not the one that the project was saved with";
    assert!(!told(&["fit", "study.isoloss"]).contains(moved));
    let path = folder.path().join("study.isoloss");
    let mut harness = window_on(vec![Source::Example]);
    drop_on(&mut harness, &path);
    assert!(harness.query_by_label_contains(moved).is_none());
    // The record is for comparison only: the fit is the same, and differs from it in the last bit.
    let before = json(folder.path(), &["fit", "study.isoloss", "--json"]);
    edit(&path, |project| {
        let value = &mut project["record"]["params"][0]["value"];
        let known = value.as_f64().unwrap();
        *value = f64::from_bits(known.to_bits() + 1).into();
    });
    let after = json(folder.path(), &["fit", "study.isoloss", "--json"]);
    assert_eq!(before["params"], after["params"]);
    let line = told(&["fit", "study.isoloss"]);
    assert!(line.contains(moved) && line.contains("E moved from"), "{line}");
    // Other choices are another fit, and nobody is surprised.
    assert!(!told(&["fit", "study.isoloss", "--where", "N > 1e7"]).contains(moved));
    fs::write(folder.path().join("runs.csv"), runs(44)).unwrap();
    let line = told(&["report", "study.isoloss", "--out", "r.md"]);
    assert!(line.contains("44 points are fitted instead of 40"), "{line}");
    drop_on(&mut harness, &path);
    harness.get_by_label_contains("44 points are fitted instead of 40");
    harness.get_by_label("Accept the change").click();
    settle(&mut harness);
    assert!(harness.query_by_label_contains(moved).is_none());
    // A record that nobody can read is none.
    edit(&path, |project| project["record"] = "lost".into());
    assert!(!told(&["fit", "study.isoloss"]).contains(moved));
}
