//! Eighteen of NIST's reference sets for nonlinear regression through the command line (`tests/fixtures/nist`).
//!
//! From each of NIST's two starts, alone and with others beside it, every certified parameter must come out to eight
//! significant digits.

use crate::cli::{json, number};
use std::path::PathBuf;

/// What is certified of a set.
struct Set {
    name: String,
    measured: String,
    formula: String,
    /// Name, the two starts as NIST writes them, value and standard deviation.
    parameters: Vec<(String, [String; 2], f64, f64)>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nist")
}

fn sets() -> Vec<Set> {
    let mut reader = csv::Reader::from_path(folder().join("certified.csv")).unwrap();
    let mut sets: Vec<Set> = vec![];
    for row in reader.records() {
        let row = row.unwrap();
        if sets.last().is_none_or(|set| set.name != row[0]) {
            sets.push(Set {
                name: row[0].to_owned(),
                measured: row[1].to_owned(),
                formula: row[2].to_owned(),
                parameters: vec![],
            });
        }
        let starts = [row[4].to_owned(), row[5].to_owned()];
        let set = sets.last_mut().unwrap();
        set.parameters.push((
            row[3].to_owned(),
            starts,
            row[6].parse().unwrap(),
            row[7].parse().unwrap(),
        ));
    }
    sets
}

#[test]
fn eight_digits_of_every_parameter_from_both_starts() {
    let sets = sets();
    assert_eq!(sets.len(), 18);
    let mut short = vec![];
    for set in &sets {
        for start in [0, 1] {
            for alone in [true, false] {
                let file = format!("{}.csv", set.name);
                let mut arguments = vec!["fit", &file, "--y", &set.measured, "--formula", &set.formula, "--json"];
                let starts: Vec<String> = set
                    .parameters
                    .iter()
                    .map(|(name, starts, _, _)| format!("--start={name}={}", starts[start]))
                    .collect();
                arguments.extend(starts.iter().map(String::as_str));
                arguments.extend(["--interval", "delta"]);
                if alone {
                    arguments.extend(["--starts", "1"]);
                }
                let answer = json(&folder(), &arguments);
                let how = format!(
                    "{} from start {} {}",
                    set.name,
                    start + 1,
                    if alone { "alone" } else { "and others" }
                );
                if answer["converged"] != true {
                    short.push(format!("{how}: {}", answer["stopped"]));
                }
                let digits = set
                    .parameters
                    .iter()
                    .map(|(name, _, certified, _)| {
                        let found = number(&answer["params"][name]["value"]);
                        -(found / certified - 1.0).abs().max(1e-11).log10()
                    })
                    .fold(f64::INFINITY, f64::min);
                if digits < 8.0 {
                    short.push(format!("{how}: {digits:.1} digits"));
                }
                for (name, _, _, certified) in &set.parameters {
                    let found = answer["params"][name]["se"].as_f64().unwrap_or(f64::INFINITY);
                    // The residuals of this set are the rounding of its data.
                    let tolerance = if set.name == "Lanczos1" { 0.2 } else { 1e-5 };
                    if (found / certified - 1.0).abs() >= tolerance {
                        short.push(format!("{how}: s.e. of {name} is {found}, not {certified}"));
                    }
                }
            }
        }
    }
    assert!(short.is_empty(), "{short:#?}");
}
