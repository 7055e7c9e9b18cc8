//! An earlier save compared with what is open: in words, in numbers and as a ghost in the views.

use crate::cli::{error, isoloss, json, text, usage};
use crate::saves::{drop_on, edit, runs, study};
use crate::window::{click, settle, window_on};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use isoloss::app::IsolossApp;
use isoloss::figure::Mark;
use isoloss::figure::views::{View, draw};
use isoloss::session::{Action, Basis, ProjectAction, Source, read_project};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A study that goes on: `earlier.isoloss` of 40 runs, saved on a day of November, and `study.isoloss` of 44 in the same file, one
/// of them left out.
fn gone_on() -> tempfile::TempDir {
    let folder = study(40, &[]);
    let at = |name: &str| folder.path().join(name);
    fs::rename(at("study.isoloss"), at("earlier.isoloss")).unwrap();
    edit(&at("earlier.isoloss"), |project| {
        project["session"]["saved"] = "2026-11-20".into();
    });
    fs::write(at("runs.csv"), runs(44)).unwrap();
    save(folder.path(), "runs.csv", &["--exclude", "r3=too noisy"]);
    folder
}

fn save(folder: &Path, file: &str, flags: &[&str]) {
    let base = [
        "fit",
        file,
        "--law",
        "chinchilla",
        "--json",
        "--save-project",
        "study.isoloss",
    ];
    let arguments: Vec<&str> = base.into_iter().chain(flags.iter().copied()).collect();
    json(folder, &arguments);
}

fn compared(folder: &Path) -> Value {
    json(folder, &["compare", "earlier.isoloss", "study.isoloss", "--json"])
}

fn named(runs: &Value) -> Vec<&str> {
    let runs = runs.as_array().unwrap().iter();
    runs.map(|run| run["run"].as_str().unwrap()).collect()
}

#[test]
fn where_the_data_have_changed_the_record_stands_in_and_says_so() {
    let folder = gone_on();
    let found = compared(folder.path());
    assert_eq!(found["earlier"]["fitted"], false);
    assert_eq!(found["earlier"]["recorded"], "runs.csv has changed since");
    assert_eq!(found["earlier"]["saved"], "2026-11-20");
    assert_eq!(named(&found["points"]["new"]), ["r40", "r41", "r42", "r43"]);
    assert!(named(&found["points"]["gone"]).is_empty());
    assert_eq!(
        (&found["n_used"]["before"], &found["n_used"]["now"]),
        (&40.into(), &43.into())
    );
    let exclusion = &found["exclusions"][0];
    assert_eq!(
        (&exclusion["added"], &exclusion["what"], &exclusion["reason"]),
        (&true.into(), &"r3".into(), &"too noisy".into())
    );
    let record: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("earlier.isoloss")).unwrap()).unwrap();
    let now = json(folder.path(), &["fit", "study.isoloss", "--json"]);
    for number in record["record"]["params"].as_array().unwrap() {
        let name = number["name"].as_str().unwrap();
        let change = &found["params"][name];
        assert_eq!(change["before"], number["value"], "{name}");
        assert_eq!(change["now"], now["params"][name]["value"], "{name}");
        let value = change["now"].as_f64().unwrap();
        let ends = [0, 1].map(|end| number["interval"][end].as_f64().unwrap());
        assert_eq!(change["outside"], value < ends[0] || value > ends[1], "{name}");
    }
    assert!(found["derived"]["a"]["interval"].is_array());
    let answer = &found["answer"];
    assert!(answer["N*"]["before"].as_f64().unwrap() > 1e6 && answer["D*"]["now"].as_f64().unwrap() > 1e6);
    assert_eq!(found["same_numbers"], false);
    let words = isoloss(folder.path(), &["compare", "earlier.isoloss", "study.isoloss"]);
    let words = text(&words.stdout);
    for said in [
        "Since earlier, 2026-11-20",
        "stands in for its data: runs.csv has changed since.",
        "4 runs new or not fitted then: r40, r41, r42 and r43.",
        "Left out since then: r3 (too noisy).",
        "43 points fitted and 1 left out; then 40 and 0.",
        " → ",
        "N*",
    ] {
        assert!(words.contains(said), "{said}\n{words}");
    }
}

#[test]
fn where_its_data_are_there_it_is_fitted_again_and_nothing_is_said_to_be_nothing() {
    let folder = study(40, &["--exclude", "r5=diverged"]);
    let at = |name: &str| folder.path().join(name);
    fs::copy(at("study.isoloss"), at("earlier.isoloss")).unwrap();
    let found = compared(folder.path());
    assert_eq!(
        (&found["earlier"]["fitted"], &found["same_numbers"]),
        (&true.into(), &true.into())
    );
    assert!(found["text"].as_str().unwrap().starts_with("Nothing has moved"));
    // Another file, in which a run was measured anew, one is gone and two are new; and what was left out takes part.
    let mut lines: Vec<String> = runs(42).lines().map(str::to_owned).collect();
    lines[11] = lines[11]
        .rsplit_once(',')
        .map(|(rest, _)| format!("{rest},2.9"))
        .unwrap();
    lines.remove(8);
    fs::write(at("more.csv"), lines.join("\n")).unwrap();
    save(folder.path(), "more.csv", &[]);
    let found = compared(folder.path());
    assert_eq!(found["earlier"]["fitted"], true);
    assert_eq!(named(&found["points"]["new"]), ["r40", "r41"]);
    assert_eq!(named(&found["points"]["gone"]), ["r7"]);
    assert_eq!(named(&found["points"]["changed"]), ["r10"]);
    assert_eq!(
        (&found["files"]["added"][0], &found["files"]["gone"][0]),
        (&"more.csv".into(), &"runs.csv".into())
    );
    assert_eq!(
        (&found["exclusions"][0]["added"], &found["exclusions"][0]["reason"]),
        (&false.into(), &"diverged".into())
    );
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = gone_on();
    edit(&folder.path().join("earlier.isoloss"), |project| {
        project.as_object_mut().unwrap().remove("record");
    });
    let arguments = ["compare", "earlier.isoloss", "study.isoloss", "--json"];
    let (told, _) = error(folder.path(), &arguments, 3);
    assert!(told["text"].as_str().unwrap().contains("no record"), "{told}");
    let (told, _) = error(
        folder.path(),
        &["compare", "none.isoloss", "study.isoloss", "--json"],
        3,
    );
    assert_eq!(told["file"], "none.isoloss");
    assert!(usage(folder.path(), &["compare", "earlier.isoloss", "runs.csv"]).contains("is no project"));
    fs::write(folder.path().join("plain.svg"), "<svg/>").unwrap();
    let (told, _) = error(folder.path(), &["compare", "plain.svg", "study.isoloss", "--json"], 3);
    assert!(told["text"].as_str().unwrap().contains("carries no project"));
    let (told, _) = error(
        folder.path(),
        &[
            "figure",
            "study.isoloss",
            "--view",
            "frontier",
            "--since",
            "none.isoloss",
            "--out",
            "a.svg",
            "--json",
        ],
        3,
    );
    assert_eq!(told["file"], "none.isoloss");
}

#[test]
fn a_picture_may_be_the_earlier_save() {
    let folder = study(40, &[]);
    let at = |name: &str| folder.path().join(name);
    let drawn = isoloss(
        folder.path(),
        &["figure", "study.isoloss", "--view", "frontier", "--out", "then.png"],
    );
    assert!(drawn.status.success());
    let found = json(folder.path(), &["compare", "then.png", "study.isoloss", "--json"]);
    assert_eq!(
        (&found["earlier"]["fitted"], &found["same_numbers"]),
        (&true.into(), &true.into())
    );
    // Its record is in the picture too, without the names of the runs.
    fs::write(at("runs.csv"), runs(44)).unwrap();
    let found = json(folder.path(), &["compare", "then.png", "study.isoloss", "--json"]);
    assert_eq!(
        (&found["earlier"]["fitted"], &found["points"]["unknown"]),
        (&false.into(), &true.into())
    );
    assert_eq!(found["n_used"]["before"], 40);
}

#[test]
fn the_earlier_law_is_a_ghost_in_the_figure() {
    let folder = gone_on();
    let draw = |out: &str, more: &[&str]| {
        let base = ["figure", "study.isoloss", "--view", "frontier", "--out", out];
        let arguments: Vec<&str> = base.into_iter().chain(more.iter().copied()).collect();
        let drawn = isoloss(folder.path(), &arguments);
        assert!(drawn.status.success(), "{}", text(&drawn.stderr));
        fs::read_to_string(folder.path().join(out)).unwrap()
    };
    let since = ["--since", "earlier.isoloss"];
    let (plain, ghost) = (draw("a.svg", &[]), draw("b.svg", &since));
    assert!(!plain.contains("2026-11-20"));
    assert!(
        ghost.contains("law of 2026-11-20") && !plain.contains("law of"),
        "no key"
    );
    assert_eq!(ghost, draw("c.svg", &since));
}

fn in_window() -> (tempfile::TempDir, Harness<'static, IsolossApp>) {
    let folder = gone_on();
    let mut harness = window_on(vec![Source::Example]);
    drop_on(&mut harness, &folder.path().join("study.isoloss"));
    let action = ProjectAction::SetSince(Some(folder.path().join("earlier.isoloss")));
    harness.state_mut().act(Action::Project(action));
    settle(&mut harness);
    (folder, harness)
}

#[test]
fn the_window_tells_what_has_changed_and_undo_takes_it_away() {
    let (folder, mut harness) = in_window();
    harness.get_by_label("Since earlier, 2026-11-20");
    harness.get_by_label("4 runs new or not fitted then: r40, r41, r42 and r43.");
    harness.get_by_label("Left out since then: r3 (too noisy).");
    harness.get_by_label_contains("stands in for its data");
    let workspace = harness.state().workspace();
    let since = workspace.derived().since.as_ref().unwrap().earlier().unwrap();
    assert!(matches!(since.basis, Basis::Recorded(_)));
    // Its law is drawn by every view that draws fits put aside.
    for view in [View::Isoloss, View::Frontier, View::LossC] {
        let figure = workspace.with_scene(|scene| draw(view, scene));
        let ghost = figure.marks.iter().any(|mark| match mark {
            Mark::Line { id, dash, .. } => id.starts_with("kept 2026-11-20") && *dash == isoloss::figure::Dash::Dashed,
            _ => false,
        });
        assert!(ghost, "{view:?}");
    }
    // The choice is saved with the project, by its way from there.
    harness.get_by_label("Save").click();
    settle(&mut harness);
    let path = folder.path().join("study.isoloss");
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("\"since\": \"earlier.isoloss\""));
    let read = read_project(&written, folder.path()).unwrap();
    assert_eq!(read.since, Some(folder.path().join("earlier.isoloss")));
    click(&mut harness, "Compare no longer");
    assert!(harness.query_by_label_contains("Since earlier").is_none());
    assert!(harness.state().workspace().derived().since.is_none());
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    harness.get_by_label("Since earlier, 2026-11-20");
}

#[test]
fn an_earlier_save_that_is_none_is_told_in_the_window() {
    let (folder, mut harness) = in_window();
    let action = ProjectAction::SetSince(Some(folder.path().join("none.isoloss")));
    harness.state_mut().act(Action::Project(action));
    settle(&mut harness);
    harness.get_by_label_contains("It cannot be compared with");
    assert!(harness.state().workspace().derived().report().is_some());
}
