//! Data that are kept in the project: written so that they can be compared, and read where a file is missing or another.

use crate::cli::{isoloss, json, text, usage};
use crate::saves::{drop_on, edit, runs, study};
use crate::window::{settle, window_on};
use egui_kittest::kittest::Queryable as _;
use isoloss::session::{Source, carried_in, read_project};
use serde_json::Value;
use std::fs;

const COPY: &str = "the copy in the project is read in its place";

#[test]
fn a_project_with_its_data_needs_no_file_on_the_command_line() {
    let folder = study(40, &["--embed"]);
    let at = |name: &str| folder.path().join(name);
    let before = json(folder.path(), &["fit", "study.isoloss", "--json"]);
    let project: Value = serde_json::from_str(&fs::read_to_string(at("study.isoloss")).unwrap()).unwrap();
    let kept = &project["embedded"][0];
    assert_eq!(
        (&kept["name"], &kept["text"][0]),
        (&"runs.csv".into(), &"run,params,tokens,loss".into())
    );
    assert_eq!(kept["text"].as_array().unwrap().len(), 42);
    assert_eq!(project["session"]["embed"], true);
    let told = |arguments: &[&str]| {
        let output = isoloss(folder.path(), arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    assert!(!told(&["fit", "study.isoloss"]).contains(COPY));
    let figure = ["figure", "study.isoloss", "--view", "isoloss", "--out", "a.svg"];
    told(&figure);
    let drawn = fs::read(at("a.svg")).unwrap();
    fs::remove_file(at("runs.csv")).unwrap();
    let again = json(folder.path(), &["fit", "study.isoloss", "--json"]);
    for key in ["params", "derived", "objective", "n_used"] {
        assert_eq!(before[key], again[key], "{key}");
    }
    let line = told(&["fit", "study.isoloss"]);
    assert!(
        line.contains("runs.csv") && line.contains(COPY) && !line.contains("is not the one"),
        "{line}"
    );
    assert!(told(&figure).contains(COPY));
    assert_eq!(fs::read(at("a.svg")).unwrap(), drawn);
    told(&["report", "study.isoloss", "--out", "r.html"]);
    // Another file in its place is told, and the copy is read all the same.
    fs::write(at("runs.csv"), runs(44)).unwrap();
    assert!(told(&["fit", "study.isoloss"]).contains("has changed since the project was saved"));
    assert_eq!(
        json(folder.path(), &["fit", "study.isoloss", "--json"])["params"],
        before["params"]
    );
    // Saved anew it keeps what was read.
    told(&["fit", "study.isoloss", "--save-project", "again.isoloss"]);
    fs::remove_file(at("runs.csv")).unwrap();
    assert_eq!(
        json(folder.path(), &["fit", "again.isoloss", "--json"])["params"],
        before["params"]
    );
    // A picture of it carries no data.
    let carried = carried_in(&drawn, folder.path()).unwrap();
    assert!(carried.embed);
    assert!(!String::from_utf8_lossy(&drawn).contains("r1,17000000"));
    // A damaged copy is not used, and told by name.
    edit(&at("study.isoloss"), |project| {
        project["embedded"][0]["text"][1] = "r0,1,2,3".into();
    });
    let refused = isoloss(folder.path(), &["fit", "study.isoloss"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("The copy of runs.csv in the project is damaged"));
    assert!(usage(folder.path(), &["fit", "runs.csv", "--law", "chinchilla", "--embed"]).contains("--save-project"));
}

#[test]
fn files_that_are_no_utf8_come_back_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(runs(40).encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    fs::write(folder.path().join("runs.csv"), &wide).unwrap();
    let arguments = [
        "fit",
        "runs.csv",
        "--law",
        "chinchilla",
        "--json",
        "--embed",
        "--save-project",
        "p.isoloss",
    ];
    let before = json(folder.path(), &arguments);
    let written = fs::read_to_string(folder.path().join("p.isoloss")).unwrap();
    assert!(written.contains("\"base64\": ["));
    fs::remove_file(folder.path().join("runs.csv")).unwrap();
    let after = json(folder.path(), &["fit", "p.isoloss", "--json"]);
    assert_eq!(before["params"], after["params"]);
    assert_eq!(
        before["provenance"]["files"][0]["sha256"],
        after["provenance"]["files"][0]["sha256"]
    );
}

#[test]
fn an_earlier_save_with_its_data_is_fitted_again_though_the_file_has_grown() {
    let folder = study(40, &["--embed"]);
    let at = |name: &str| folder.path().join(name);
    fs::rename(at("study.isoloss"), at("earlier.isoloss")).unwrap();
    fs::write(at("runs.csv"), runs(43)).unwrap();
    let save = [
        "fit",
        "runs.csv",
        "--law",
        "chinchilla",
        "--save-project",
        "study.isoloss",
    ];
    assert!(isoloss(folder.path(), &save).status.success());
    let found = json(
        folder.path(),
        &["compare", "earlier.isoloss", "study.isoloss", "--json"],
    );
    assert_eq!(
        (&found["earlier"]["fitted"], &found["points"]["by_name"]),
        (&true.into(), &false.into())
    );
    assert_eq!(found["points"]["new"].as_array().unwrap().len(), 3);
}

#[test]
fn the_window_keeps_data_says_when_a_copy_is_read_and_undoes_the_choice() {
    let folder = study(40, &[]);
    let path = folder.path().join("study.isoloss");
    let mut harness = window_on(vec![Source::Example]);
    drop_on(&mut harness, &path);
    let embed =
        |harness: &egui_kittest::Harness<'_, isoloss::app::IsolossApp>| harness.state().workspace().session().embed;
    harness.get_by_label("Projects").click();
    harness.run();
    harness.get_by_label("Keep data in the project").click();
    settle(&mut harness);
    assert!(embed(&harness));
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert!(!embed(&harness));
    harness.get_by_label("Redo").click();
    settle(&mut harness);
    assert!(embed(&harness));
    harness.get_by_label("Save").click();
    settle(&mut harness);
    assert!(fs::read_to_string(&path).unwrap().contains("\"embedded\": ["));
    let theta = harness.state().workspace().derived().report().unwrap().theta();
    // The file goes, and the project is opened again.
    fs::remove_file(folder.path().join("runs.csv")).unwrap();
    let mut harness = window_on(vec![Source::Example]);
    drop_on(&mut harness, &path);
    harness.get_by_label_contains(COPY);
    assert_eq!(harness.state().workspace().derived().report().unwrap().theta(), theta);
    // Another file in its place is read only when somebody asks for it.
    fs::write(folder.path().join("runs.csv"), runs(44)).unwrap();
    drop_on(&mut harness, &path);
    harness.get_by_label_contains("runs has changed since the project was saved");
    harness.get_by_label("Read the file").click();
    settle(&mut harness);
    assert!(harness.query_by_label_contains(COPY).is_none());
    assert_eq!(harness.state().workspace().derived().report().unwrap().n_used, 44);
}

#[test]
fn what_cannot_be_kept_is_told_and_the_rest_is_saved() {
    let folder = study(40, &[]);
    let path = folder.path().join("study.isoloss");
    let mut harness = window_on(vec![Source::Example]);
    edit(&path, |project| project["session"]["embed"] = true.into());
    drop_on(&mut harness, &path);
    // Changed between reading and saving.
    fs::write(folder.path().join("runs.csv"), runs(44)).unwrap();
    harness.get_by_label("Save").click();
    settle(&mut harness);
    harness.get_by_label_contains("runs.csv is not kept in the project: it is not what was read any more");
    let written = fs::read_to_string(&path).unwrap();
    assert!(!written.contains("\"embedded\""));
    assert!(read_project(&written, folder.path()).unwrap().embed);
}
