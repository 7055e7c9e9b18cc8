//! `isoloss report` against its contract.

use crate::cli::{error, folder, isoloss, json, usage};
use std::collections::HashSet;

const REPORT: [&str; 8] = [
    "report",
    "runs.csv",
    "--law",
    "chinchilla",
    "--bootstrap",
    "40",
    "--drop-highest-loss",
    "1",
];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    REPORT.iter().chain(more).copied().collect()
}

#[test]
fn a_report_in_html_is_one_file_with_everything_in_it() {
    let folder = folder();
    let answer = json(folder.path(), &with(&["--flops", "1e22", "--out", "r.html", "--json"]));
    assert_eq!(answer["format"], "html");
    assert_eq!(answer["beside"].as_array().unwrap().len(), 0);
    let figures = answer["figures"].as_array().unwrap();
    assert!(figures.len() >= 6, "{answer}");
    let html = std::fs::read_to_string(folder.path().join("r.html")).unwrap();
    assert_eq!(html.matches("<svg ").count(), figures.len());
    // Nothing is fetched from anywhere.
    for outside in ["<script", "<link", "<img", "src=", "@import", "href="] {
        assert!(!html.contains(outside), "{outside}");
    }
    // The ids of the pictures are their own: marks of one picture may share a name, the pictures may not.
    let of = |svg: &str| -> HashSet<String> {
        let ids = svg.split(" id=\"").skip(1);
        ids.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let pictures: Vec<HashSet<String>> = html.split("<svg ").skip(1).map(of).collect();
    for (index, ids) in pictures.iter().enumerate() {
        assert!(pictures[index + 1..].iter().all(|others| ids.is_disjoint(others)));
    }
    for said in [
        "With C = 10²² FLOP the compute-optimal model has N* = ",
        "<h2>Verdicts</h2>",
        "<h2>Fit card: ",
        "functional form; tied and fixed parameters",
        "<td>bad-1</td>",
        "runs.csv:62",
        "<code>sha256 ",
        "data sha256 ",
    ] {
        assert!(html.contains(said), "{said}");
    }
    assert_eq!(html.matches("<table").count(), html.matches("</table>").count());
    assert!(
        isoloss(folder.path(), &with(&["--flops", "1e22", "--out", "again.html"]))
            .status
            .success()
    );
    assert_eq!(html, std::fs::read_to_string(folder.path().join("again.html")).unwrap());
}

#[test]
fn a_report_in_markdown_has_its_figures_beside_it() {
    let folder = folder();
    let answer = json(folder.path(), &with(&["--out", "my report.md", "--json"]));
    let text = std::fs::read_to_string(folder.path().join("my report.md")).unwrap();
    let beside = answer["beside"].as_array().unwrap();
    assert_eq!(beside.len(), answer["figures"].as_array().unwrap().len());
    for path in beside {
        let name = path.as_str().unwrap();
        assert!(text.contains(&format!("](<{name}>)")), "{name}");
        assert!(
            std::fs::read_to_string(folder.path().join(name))
                .unwrap()
                .starts_with("<svg")
        );
    }
    assert_eq!(text.lines().filter(|line| line.starts_with("# ")).count(), 1);
    for said in [
        "## Figures",
        "## Fit card",
        "### Verdicts",
        "### Left out",
        "| bad-1 |",
        "### Provenance",
    ] {
        assert!(text.contains(said), "{said}");
    }
}

#[test]
fn what_cannot_be_reported_is_said() {
    let folder = folder();
    let (missing, _) = error(
        folder.path(),
        &["report", "project.isoloss", "--out", "r.html", "--json"],
        3,
    );
    assert_eq!(missing["file"], "project.isoloss");
    assert!(usage(folder.path(), &["report", "runs.csv", "--out", "r.docx"]).contains(".html or .md"));
    let few = with(&["--where", "N > 1e12", "--out", "r.html", "--json"]);
    let (error, _) = error(folder.path(), &few, 1);
    assert_eq!(error["code"], "too_few_runs");
    assert!(!folder.path().join("r.html").exists());
    // A law of one variable has no optimum; the report says what it can.
    let power = json(
        folder.path(),
        &[
            "report",
            "runs.csv",
            "--law",
            "power-floor",
            "--bootstrap",
            "0",
            "--drop-highest-loss",
            "1",
            "--out",
            "p.html",
            "--json",
        ],
    );
    assert!(!power["figures"].as_array().unwrap().is_empty());
    let html = std::fs::read_to_string(folder.path().join("p.html")).unwrap();
    assert!(!html.contains("the compute-optimal model") && html.contains(": nothing to draw. "));
}
