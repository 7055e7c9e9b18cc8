//! A sweep killed at random moments and taken up again: nothing that was finished is lost, nothing is half written, and the
//! losses are those of a sweep that nobody disturbed.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Runs of some tenths of a second, so that a kill falls into the middle of one, the end of one, or between two.
const RUNS: [(&str, usize, u64); 6] = [
    ("a", 16, 20_000),
    ("b", 32, 20_000),
    ("c", 16, 60_000),
    ("d", 32, 40_000),
    ("e", 16, 30_000),
    ("f", 32, 60_000),
];
/// Longest wait before a kill.
const WAIT: f64 = 1.0;

/// The longest runs are measured on the way too.
fn branches(tokens: u64) -> &'static [u64] {
    if tokens == 60_000 { &[15_000, 30_000] } else { &[] }
}

fn write_plan(folder: &Path) {
    let text: String = (0..300)
        .map(|i| format!("Zeile {} über мир {}\n", i * i % 97, i % 13))
        .collect();
    std::fs::write(folder.join("text.txt"), text).unwrap();
    let runs: Vec<_> = RUNS
        .iter()
        .map(|(name, width, tokens)| {
            serde_json::json!({
                "name": name, "width": width, "layers": 1, "tokens": tokens, "seed": 3, "context": 32, "batch": 4,
                "branches": branches(*tokens),
            })
        })
        .collect();
    let plan = serde_json::json!({ "runs": runs }).to_string();
    std::fs::write(folder.join("by-hand.json"), plan).unwrap();
}

/// A sweep in a folder of its own, saving its runs many times a second.
fn sweep(folder: &Path, name: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_isoloss"));
    command.current_dir(folder).args([
        "sweep",
        "--corpus",
        "text.txt",
        "--jobs",
        "2",
        "--save-every",
        "0.05",
        "--out",
        name,
    ]);
    if folder.join(name).join("plan.json").exists() {
        command.arg("--resume");
    } else {
        command.args(["--plan", "by-hand.json"]);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Rows of `runs.csv`: none of them is new, changed or cut.
fn rows(folder: &Path, expected: &BTreeSet<String>) -> BTreeSet<String> {
    let Ok(text) = std::fs::read_to_string(folder.join("runs.csv")) else {
        return BTreeSet::new();
    };
    assert!(text.ends_with('\n'), "a whole last line: {text:?}");
    let rows: BTreeSet<String> = text.lines().skip(1).map(str::to_owned).collect();
    assert!(rows.is_subset(expected), "{text}");
    rows
}

fn losses(folder: &Path) -> Vec<serde_json::Value> {
    let of = |(name, ..): &(&str, usize, u64)| {
        let bytes = std::fs::read(folder.join(name).join("result.json")).unwrap();
        let result: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        result["measured"].clone()
    };
    RUNS.iter().map(of).collect()
}

/// Files that were being written, in the sweep's folder and those of its runs.
fn leftovers(folder: &Path) -> usize {
    let folders = RUNS.iter().map(|(name, ..)| folder.join(name));
    let all = folders.chain([folder.to_owned()]);
    all.flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'))
        .count()
}

/// Kills sweeps until there were so many kills; says how many sweeps that took, and how many runs had a saved state to go
/// on from.
fn killed(kills: usize, seed: u64) -> (usize, usize) {
    let at = tempfile::tempdir().unwrap();
    write_plan(at.path());
    assert!(sweep(at.path(), "whole").wait().unwrap().success());
    let whole = at.path().join("whole");
    let table = std::fs::read_to_string(whole.join("runs.csv")).unwrap();
    let expected: BTreeSet<String> = table.lines().skip(1).map(str::to_owned).collect();
    let measured: usize = RUNS.iter().map(|(.., tokens)| 1 + branches(*tokens).len()).sum();
    assert_eq!(expected.len(), measured);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut done, mut sweeps, mut saved) = (0, 0, 0);
    let mut known = BTreeSet::new();
    let mut name = String::new();
    loop {
        if name.is_empty() {
            sweeps += 1;
            name = format!("killed-{sweeps}");
        }
        let folder = at.path().join(&name);
        let mut child = sweep(at.path(), &name);
        let last = done == kills;
        if !last {
            std::thread::sleep(Duration::from_secs_f64(rng.random::<f64>() * WAIT));
        }
        let ended = if last {
            Some(child.wait().unwrap())
        } else {
            child.try_wait().unwrap()
        };
        match ended {
            Some(status) => {
                assert!(status.success());
                assert_eq!(std::fs::read_to_string(folder.join("runs.csv")).unwrap(), table);
                assert_eq!(losses(&folder), losses(&whole));
                assert_eq!(leftovers(&folder), 0);
                known.clear();
                name.clear();
                if last {
                    return (sweeps, saved);
                }
            }
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                done += 1;
                let now = rows(&folder, &expected);
                assert!(now.is_superset(&known), "after {done} kills: {known:?} {now:?}");
                known = now;
                let state = |run: &&(&str, usize, u64)| folder.join(run.0).join("state.safetensors").exists();
                saved += RUNS.iter().filter(state).count();
            }
        }
    }
}

#[test]
fn two_kills_lose_nothing() {
    killed(2, 1);
}

/// Takes a minute or two: `cargo test --test it twenty_kills -- --ignored --nocapture`.
#[test]
#[ignore = "takes a minute or two"]
fn twenty_kills_lose_nothing() {
    let (sweeps, saved) = killed(20, 0);
    writeln!(
        std::io::stderr(),
        "20 kills over {sweeps} sweeps left {saved} saved states to go on from"
    )
    .unwrap();
    assert!(saved > 0, "not one kill fell into a run that had been saved");
}
