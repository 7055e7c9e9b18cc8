//! Plans by other counts, for serving, and in GPU-hours, as scripts ask for them.

use crate::cli::{error, isoloss, json, near, number, text, usage};
use serde_json::Value;

fn plan(extra: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = vec!["plan", "--json"];
    arguments.extend(extra);
    json(folder.path(), &arguments)
}

#[test]
fn serving_moves_the_answer_to_smaller_models() {
    // Golden values of Sardana et al. 2023 with Hoffmann's unrounded constants.
    let answer = plan(&[
        "--published",
        "chinchilla",
        "--loss",
        "1.95",
        "--inference-tokens",
        "10T",
    ]);
    near(&answer["params"]["value"], 1.236e10, 1e-3);
    near(&answer["tokens"]["value"], 4.323e12, 1e-3);
    near(&answer["loss"]["value"], 1.95, 1e-12);
    near(&answer["inference"]["saving"], 0.285, 2e-3);
    let training = 6.0 * number(&answer["params"]["value"]) * number(&answer["tokens"]["value"]);
    near(&answer["flops"], training, 1e-9);
    // A budget stands for the loss that it reaches by itself.
    let of_budget = plan(&["--published", "epoch", "--flops", "1e21", "--inference-tokens", "1T"]);
    near(&of_budget["loss"]["value"], 2.305_529, 1e-6);
    assert!(number(&of_budget["params"]["value"]) < 2.778e9 && number(&of_budget["flops"]) > 1e21);
}

#[test]
fn compute_is_told_in_gpu_hours_and_money() {
    let answer = plan(&[
        "--published",
        "epoch",
        "--flops",
        "1e21",
        "--gpu",
        "H100",
        "--mfu",
        "40%",
        "--price",
        "2.5",
    ]);
    let hours = 1e21 / (3600.0 * 989.4e12 * 0.4);
    near(&answer["gpu_hours"], hours, 1e-12);
    near(&answer["cost"], 2.5 * hours, 1e-12);
    near(&answer["energy_kwh"], 0.7 * hours, 1e-12);
    assert_eq!(answer["gpu"], "h100");
    let by_peak = plan(&[
        "--published",
        "epoch",
        "--flops",
        "1e21",
        "--gpu",
        "1e15",
        "--mfu",
        ".5",
    ]);
    near(&by_peak["gpu_hours"], 1e21 / (3600.0 * 5e14), 1e-12);
    assert!(by_peak["cost"].is_null() && by_peak["energy_kwh"].is_null());
    assert!(plan(&["--published", "epoch", "--flops", "1e21"])["gpu_hours"].is_null());
    let folder = tempfile::tempdir().unwrap();
    let wrong = ["plan", "--published", "epoch", "--flops", "1e21", "--gpu", "abacus"];
    assert!(usage(folder.path(), &wrong).contains("h100"));
}

#[test]
fn other_counts_turn_one_exponent_into_the_other() {
    let small = plan(&[
        "--published",
        "epoch",
        "--params",
        "1e6",
        "--convention",
        "non-embedding",
        "--aspect",
        "39.2",
        "--vocab",
        "32000",
        "--context",
        "1",
    ]);
    assert_eq!(
        (&small["convention"], &small["law_counts"], &small["flops_rule"]),
        (&"non-embedding".into(), &"total".into(), &"6nd".into())
    );
    assert!(number(&small["params_exponent"]) > 0.7, "{}", small["params_exponent"]);
    near(&small["params"]["value"], 1e6, 1e-9);
    near(&small["flops"], 6e6 * number(&small["tokens"]["value"]), 1e-9);
    let large = plan(&[
        "--published",
        "epoch",
        "--flops",
        "1e26",
        "--convention",
        "non-embedding",
    ]);
    assert!((number(&large["params_exponent"]) - 0.5126).abs() < 0.02);
    // Attention makes every token dearer and the model smaller.
    let plain = plan(&["--published", "epoch", "--flops", "1e19", "--convention", "total"]);
    let attention = plan(&[
        "--published",
        "epoch",
        "--flops",
        "1e19",
        "--flops-rule",
        "attention",
        "--context",
        "8192",
    ]);
    assert!(number(&attention["params"]["value"]) < number(&plain["params"]["value"]));
    assert!(plain.get("shape").is_none() && number(&attention["shape"]["width"]) > 100.0);
    let folder = tempfile::tempdir().unwrap();
    let frontier = [
        "plan",
        "--published",
        "llama3",
        "--flops",
        "1e21",
        "--flops-rule",
        "kaplan",
        "--json",
    ];
    assert_eq!(error(folder.path(), &frontier, 1).0["code"], "not_given");
    let both = [
        "plan",
        "--published",
        "epoch",
        "--flops",
        "1e21",
        "--flops-rule",
        "kaplan",
        "--inference-tokens",
        "1T",
    ];
    usage(folder.path(), &both);
}

#[test]
fn words_say_what_was_counted_served_and_paid() {
    let folder = tempfile::tempdir().unwrap();
    let words = |extra: &[&str]| {
        let mut arguments = vec!["plan", "--published", "epoch", "--flops", "1e21"];
        arguments.extend(extra);
        text(&isoloss(folder.path(), &arguments).stdout)
    };
    assert!(words(&["--inference-tokens", "1T"]).contains("less than the model that is cheapest to train"));
    assert!(words(&["--convention", "non-embedding"]).contains("without embeddings"));
    assert!(words(&["--gpu", "a100", "--price", "2"]).contains("GPU-hours"));
}
