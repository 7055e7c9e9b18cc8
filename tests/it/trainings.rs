//! `isoloss train` and `isoloss eval` against their contract: the built program, on tiny models.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn isoloss(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_isoloss"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

/// Lines of stdout, each a JSON object.
fn lines(output: &Output) -> Vec<Value> {
    let out = String::from_utf8_lossy(&output.stdout);
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a successful command prints last.
fn answer(folder: &Path, arguments: &[&str]) -> Value {
    let output = isoloss(folder, arguments);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {err}");
    lines(&output).pop().unwrap()
}

const MODEL: [&str; 10] = [
    "--width",
    "16",
    "--layers",
    "1",
    "--heads",
    "2",
    "--context",
    "32",
    "--batch",
    "8",
];

fn train<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ["train", "--json"]
        .into_iter()
        .chain(MODEL)
        .chain(more.iter().copied())
        .collect()
}

/// A folder with a text in two scripts, of 20 kB.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..400)
        .map(|i| format!("Zeile {} über мир {}\n", i * i % 97, i % 13))
        .collect();
    std::fs::write(folder.path().join("text.txt"), &text[..]).unwrap();
    folder
}

#[test]
fn a_run_is_measured_kept_and_scored_again() {
    let folder = folder();
    let at = folder.path();
    let run = train(&[
        "--corpus",
        "text.txt",
        "--tokens",
        "20K",
        "--out",
        "run",
        "--threads",
        "2",
    ]);
    let output = isoloss(at, &run);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let events = lines(&output);
    let (result, events) = events.split_last().unwrap();
    assert!(events.len() > 20 && events.iter().all(|event| event["event"].is_string()));
    for key in [
        "loss",
        "train_loss",
        "tokens",
        "params_non_embedding",
        "flops",
        "seconds",
        "seed",
    ] {
        assert!(result[key].is_number(), "{key}: {result}");
    }
    let tokens = result["tokens"].as_f64().unwrap();
    assert_eq!((tokens, &result["params_non_embedding"]), (20_224.0, &3072.into()));
    // Kaplan's exact count, with attention.
    assert_eq!(result["flops"], tokens * 6.0 * (3072.0 + 32.0 * 16.0));
    assert!(result["loss"].as_f64().unwrap() < 4.0, "{result}");

    let files = ["config.json", "curve.csv", "model.safetensors", "result.json"];
    let mut found: Vec<String> = std::fs::read_dir(at.join("run"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, files);
    let scored = answer(at, &["eval", "run/model.safetensors", "--corpus", "text.txt", "--json"]);
    let difference = scored["loss"].as_f64().unwrap() - result["loss"].as_f64().unwrap();
    assert!(difference.abs() < 1e-5, "{scored} {result}");
    assert!(scored["oracle_loss"].is_null() && scored["se"].is_number());
    let curve = answer(at, &["import", "run/curve.csv", "--points", "all", "--json"]);
    assert_eq!((&curve["runs"], &curve["diverged"]), (&1.into(), &0.into()));

    // Other threads, same bits.
    let again = train(&[
        "--corpus",
        "text.txt",
        "--tokens",
        "20K",
        "--out",
        "again",
        "--threads",
        "1",
    ]);
    assert_eq!(answer(at, &again)["loss"], result["loss"]);
    let model = |run: &str| std::fs::read(at.join(run).join("model.safetensors")).unwrap();
    assert_eq!(model("run"), model("again"));
    // A finished run has its result and nothing more to do.
    let resumed = answer(at, &["train", "--out", "run", "--resume", "--json"]);
    assert_eq!(resumed["loss"], result["loss"]);
}

#[test]
fn the_language_has_an_oracle_and_a_run_several_ends() {
    let folder = folder();
    let at = folder.path();
    let run = train(&["--tokens", "10K,20K,40K", "--out", "ladder"]);
    let result = answer(at, &run);
    let measured = result["measured"].as_array().unwrap();
    assert_eq!(measured.len(), 3);
    let loss = |of: &Value| of["held_out"]["loss"].as_f64().unwrap();
    assert!(loss(&measured[2]) < loss(&measured[0]), "{measured:?}");
    for of in measured {
        assert!(of["held_out"]["tokens"].as_f64().unwrap() >= 200_000.0);
        assert!(of["held_out"]["se"].as_f64().unwrap() < 0.005);
        assert!(of["oracle_loss"].as_f64().unwrap() < loss(of));
    }
}

#[test]
fn the_benchmark_prints_what_torch_prints() {
    let folder = folder();
    let timed = answer(
        folder.path(),
        &train(&["--benchmark", "--vocab", "100", "--steps", "3", "--threads", "1"]),
    );
    let keys = [
        "vocab",
        "context",
        "batch",
        "width",
        "layers",
        "heads",
        "params_non_embedding",
        "compiled",
        "seconds_per_step",
        "tokens_per_second",
    ];
    for key in keys {
        assert!(!timed[key].is_null(), "{key}");
    }
    assert_eq!(
        (&timed["vocab"], &timed["params_non_embedding"]),
        (&100.into(), &3072.into())
    );
}

#[test]
fn what_cannot_be_trained_is_said() {
    let folder = folder();
    let at = folder.path();
    let code = |arguments: &[&str]| isoloss(at, arguments).status.code();
    assert_eq!(code(&["train", "--width", "63", "--out", "x"]), Some(2));
    assert_eq!(code(&["train"]), Some(2));
    assert_eq!(
        code(&train(&["--vocab", "100", "--tokens", "1K", "--out", "x"])),
        Some(2)
    );
    assert_eq!(code(&train(&["--corpus", "none.txt", "--out", "x"])), Some(3));
    assert_eq!(code(&["eval", "text.txt", "--corpus", "language"]), Some(3));
    std::fs::write(at.join("short.txt"), "too short").unwrap();
    let output = isoloss(at, &train(&["--corpus", "short.txt", "--tokens", "1K", "--out", "x"]));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output)[0]["error"]["code"], "too_little_text");
    let wild = train(&[
        "--corpus", "text.txt", "--tokens", "20K", "--lr", "1e6", "--out", "wild",
    ]);
    let output = isoloss(at, &wild);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output).pop().unwrap()["error"]["code"], "diverged");
}

#[test]
fn a_sweep_is_planned_done_and_read_as_a_table() {
    let folder = folder();
    let at = folder.path();
    let plan = answer(
        at,
        &["sweep", "--budget", "1e13", "--plan-only", "--out", "planned", "--json"],
    );
    let on_disk: Value = serde_json::from_slice(&std::fs::read(at.join("planned/plan.json")).unwrap()).unwrap();
    assert_eq!(plan, on_disk);
    for key in ["name", "width", "layers", "tokens", "seed"] {
        assert!(!plan["runs"][0][key].is_null(), "{key}");
    }
    assert!(!at.join("planned/runs.csv").exists());
    let runs = r#"{"runs":[{"name":"a","width":16,"layers":1,"tokens":40000,"seed":0},
        {"name":"b","width":32,"layers":1,"tokens":40000,"seed":1}]}"#;
    std::fs::write(at.join("by-hand.json"), runs).unwrap();
    let sweep = [
        "sweep",
        "--plan",
        "by-hand.json",
        "--corpus",
        "text.txt",
        "--out",
        "done",
        "--json",
    ];
    assert_eq!(answer(at, &sweep)["runs"], 2);
    let table = answer(at, &["import", "done/runs.csv", "--points", "all", "--json"]);
    assert_eq!(
        (&table["runs"], &table["files"][0]["shape"]),
        (&2.into(), &"isoloss".into())
    );
    // Nothing is left to do.
    let again = answer(at, &["sweep", "--out", "done", "--resume", "--json"]);
    assert_eq!(again["runs"], 2);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_its_state_and_says_how_to_go_on() {
    let folder = folder();
    let at = folder.path();
    let long = train(&["--corpus", "text.txt", "--tokens", "4M", "--out", "long"]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_isoloss"))
        .current_dir(at)
        .args(&long)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while !at.join("long/config.json").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    // The shell has a `kill` of its own where no program of that name is installed.
    let interrupt = Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status()
        .unwrap();
    assert!(interrupt.success());
    let status = child.wait().unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("--resume goes on"), "{said}");
    assert!(at.join("long/state.safetensors").exists());
    // Nothing is overwritten by accident.
    assert_eq!(isoloss(at, &long).status.code(), Some(1));
}
