//! What the architecture forbids, as far as grep can see. ARCHITECTURE.md says why.

use std::fs;
use std::path::{Path, PathBuf};

/// What the session may use: every room below it.
const BELOW_SESSION: &[&str] = &[
    "units",
    "data",
    "import",
    "law",
    "fit",
    "plan",
    "method",
    "validation",
    "figure",
    "report",
    "train",
    "lab",
];

/// What the two faces may use; neither knows the other.
const FACES: &[&str] = &[
    "units",
    "data",
    "import",
    "law",
    "fit",
    "plan",
    "method",
    "validation",
    "figure",
    "report",
    "train",
    "lab",
    "session",
];

/// Rooms from the ground up, each with the rooms it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("data", &["units"]),
    ("import", &["units", "data"]),
    ("law", &["units"]),
    ("fit", &["units", "law"]),
    ("plan", &["units", "data", "law"]),
    ("method", &["units", "law", "fit", "plan"]),
    ("validation", &["units", "data", "law", "fit", "plan", "method"]),
    ("figure", &["units", "data", "law", "fit", "plan", "method"]),
    ("report", &["units", "validation", "figure"]),
    ("train", &["units"]),
    (
        "lab",
        &["units", "data", "import", "law", "fit", "plan", "method", "train"],
    ),
    ("session", BELOW_SESSION),
    ("app", FACES),
    ("cli", FACES),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Lines of code with their numbers: no comments, and nothing from a file's own test module on.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim().to_owned()));
    lines
        .take_while(|(_, line)| line != "#[cfg(test)]")
        .filter(|(_, line)| !line.starts_with("//"))
        .collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The room that a file belongs to; `None` for `lib.rs` and `main.rs`.
fn room_of(path: &Path) -> Option<String> {
    let relative = path.strip_prefix(src()).unwrap();
    let first = relative.components().next()?.as_os_str().to_string_lossy().into_owned();
    let name = first.strip_suffix(".rs").unwrap_or(&first).to_owned();
    (!matches!(name.as_str(), "lib" | "main")).then_some(name)
}

fn check_absent(rooms: &[&str], words: &[&str], why: &str) {
    let mut offences = vec![];
    for path in sources(&src()) {
        let Some(room) = room_of(&path) else { continue };
        if !rooms.contains(&room.as_str()) {
            continue;
        }
        for (number, line) in code(&path) {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                offences.push(format!("{}:{number}: `{word}` in `{line}`", path.display()));
            }
        }
    }
    assert!(offences.is_empty(), "{why}\n{}", offences.join("\n"));
}

fn all_but(excepted: &[&str]) -> Vec<&'static str> {
    ROOMS
        .iter()
        .map(|(room, _)| *room)
        .filter(|room| !excepted.contains(room))
        .collect()
}

#[test]
fn every_room_is_listed() {
    for path in sources(&src()) {
        if let Some(room) = room_of(&path) {
            assert!(
                ROOMS.iter().any(|(listed, _)| *listed == room),
                "{} is in no listed room",
                path.display()
            );
        }
    }
}

#[test]
fn rooms_use_only_what_they_may() {
    let mut offences = vec![];
    for path in sources(&src()) {
        let Some(room) = room_of(&path) else { continue };
        let (_, allowed) = ROOMS.iter().find(|(listed, _)| *listed == room).unwrap();
        for (number, line) in code(&path) {
            for (other, _) in ROOMS {
                let named = line.contains(&format!("crate::{other}::")) || line.contains(&format!("crate::{{{other}"));
                if named && *other != room && !allowed.contains(other) {
                    offences.push(format!("{}:{number}: {room} uses {other}", path.display()));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn only_the_window_names_the_gui() {
    let words = [
        "egui::",
        "eframe::",
        "egui_plot::",
        "rfd::",
        "use egui",
        "use eframe",
        "use rfd",
    ];
    check_absent(&all_but(&["app"]), &words, "nothing outside app names the GUI");
}

#[test]
fn the_numerical_core_has_no_clock_no_files_no_output() {
    let words = [
        "std::time",
        "Instant::",
        "SystemTime",
        "std::env",
        "std::fs",
        "File::",
        "println!",
        "eprintln!",
        "thread::spawn",
        "ThreadPoolBuilder",
        "static mut",
    ];
    let why = "units, data, import, law, fit, plan, method, validation, figure, report and train take data and return answers";
    check_absent(
        &[
            "units",
            "data",
            "import",
            "law",
            "fit",
            "plan",
            "method",
            "validation",
            "figure",
            "report",
            "train",
        ],
        &words,
        why,
    );
}

#[test]
fn only_figures_name_their_painters() {
    let words = ["resvg::", "usvg::", "krilla::", "krilla_svg::"];
    check_absent(&all_but(&["figure"]), &words, "others ask for a format and get bytes");
}

#[test]
fn only_the_trainer_names_its_parts() {
    let words = ["ndarray::", "pulp::", "safetensors::", "matrixmultiply"];
    check_absent(
        &all_but(&["train"]),
        &words,
        "arrays and checkpoints are the trainer's own affair",
    );
    check_absent(
        &["train"],
        &["crate::law", "crate::fit", "crate::plan"],
        "train has never heard of a law",
    );
}

#[test]
fn laws_do_not_know_how_they_are_fitted() {
    check_absent(
        &["law"],
        &["crate::fit", "Objective", "huber", "Huber"],
        "law knows nothing of fit",
    );
    let concrete = ["law::power", "law::chinchilla", "Chinchilla::", "PowerFloor::"];
    check_absent(&["fit"], &concrete, "fit knows a law only by its trait");
}

#[test]
fn only_apply_changes_a_session() {
    let mut offences = vec![];
    for path in sources(&src()) {
        let file = path.strip_prefix(src()).unwrap().to_string_lossy().replace('\\', "/");
        // Undo swaps whole sessions, and `apply` is the one that edits them.
        if file.starts_with("session/action/") || file == "session/history.rs" {
            continue;
        }
        for (number, line) in code(&path) {
            if line.contains("&mut Session") {
                offences.push(format!("{file}:{number}: {line}"));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_session_holds_no_computed_number() {
    let text = fs::read_to_string(src().join("session/mod.rs")).unwrap();
    for word in ["FitReport", "Bootstrap,", "RunTable", "Figure"] {
        let fields = text
            .lines()
            .filter(|line| line.trim_start().starts_with("pub ") && line.contains(": "));
        for line in fields {
            assert!(!line.contains(word), "session/mod.rs: `{}` holds a {word}", line.trim());
        }
    }
}

#[test]
fn colours_are_tokens() {
    let mut offences = vec![];
    for path in sources(&src().join("app")) {
        if path.ends_with("app/theme.rs") {
            continue;
        }
        for (number, line) in code(&path) {
            if [
                "from_rgb",
                "from_gray",
                "Color32::WHITE",
                "Color32::BLACK",
                "Color32::RED",
            ]
            .iter()
            .any(|w| line.contains(w))
            {
                offences.push(format!("{}:{number}: {line}", path.display()));
            }
        }
    }
    assert!(
        offences.is_empty(),
        "colours come from the theme's tokens\n{}",
        offences.join("\n")
    );
}

#[test]
fn test_modules_are_all_announced() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = fs::read_to_string(folder.join("main.rs")).unwrap();
    for path in sources(&folder) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name != "main" && path.parent() == Some(&folder) {
            assert!(
                main.contains(&format!("mod {name};")),
                "tests/it/{name}.rs is not announced in main.rs"
            );
        }
    }
}
