//! The bundled examples: that they are what their plans say, and that their law is the language's.

use isoloss::lab::SweepPlan;
use isoloss::session::{Session, Source, Workspace};
use isoloss::train::LANGUAGE_ORACLE;
use std::collections::BTreeSet;
use std::path::Path;

fn plan(name: &str) -> SweepPlan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/examples").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A session with an example open, and everything computed that this asks for.
fn opened(source: Source) -> Workspace {
    let mut workspace = Workspace::new(Session::default());
    for action in source.opened() {
        let tasks = workspace.act(action, None);
        workspace.settle(tasks);
    }
    workspace
}

#[test]
fn the_sweep_is_its_plans_and_its_floor_the_oracles() {
    let plan = plan("language-sweep.json");
    let workspace = opened(Source::LanguageExample);
    let input = workspace.derived().fit.input.as_ref().unwrap();
    let table = &input.tables[0].table;
    assert_eq!(table.best_loss, Some(LANGUAGE_ORACLE));
    let known: BTreeSet<&str> = table.runs().iter().map(|run| &*run.name).collect();
    let planned: BTreeSet<&str> = plan.runs.iter().map(|run| &*run.name).collect();
    assert_eq!(known, planned);
    for (index, point) in table.points().iter().enumerate() {
        let run = plan.runs.iter().find(|run| run.name == table.run_name(index)).unwrap();
        let [n, d] = [point.params_non_embedding.unwrap().0, point.tokens.unwrap().0];
        assert_eq!(n, run.params_non_embedding() as f64);
        assert!(d >= run.tokens as f64 && d < run.tokens as f64 * 1.01, "{}", run.name);
    }
    let report = workspace.derived().report().unwrap();
    let floor = report.value_of("E").unwrap();
    assert!((floor / LANGUAGE_ORACLE - 1.0).abs() < 0.05, "{floor}");
}

#[test]
fn repeated_text_turns_and_later_where_there_is_more_of_it() {
    let plan = plan("language-repeated.json");
    let workspace = opened(Source::RepeatedExample);
    let input = workspace.derived().fit.input.as_ref().unwrap();
    let table = &input.tables[0].table;
    assert_eq!(table.runs().len(), plan.runs.len());
    // Tokens at the lowest held-out loss of a run, and by how much it has risen since.
    let turn = |name: &str| {
        let points = table.points();
        let of = points
            .iter()
            .enumerate()
            .filter(|(index, _)| table.run_name(*index) == name);
        let seen: Vec<(f64, f64)> = of
            .filter_map(|(_, point)| Some((point.tokens?.0, point.loss?.0)))
            .collect();
        assert!(seen.len() > 50, "{name}");
        let lowest = seen.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        (lowest.0, (seen[seen.len() - 1].1 / lowest.1).ln())
    };
    let of = |unique: u64| {
        let mut of: Vec<_> = plan
            .runs
            .iter()
            .filter(|run| run.unique_tokens == Some(unique))
            .collect();
        of.sort_by_key(|run| run.params_non_embedding());
        of.iter().map(|run| turn(&run.name)).collect::<Vec<(f64, f64)>>()
    };
    let [few, more, most] = [50_000, 100_000, 200_000].map(of);
    // On few bytes every size turns, and the larger the model, the more it loses by going on.
    assert!(few.iter().all(|(tokens, _)| *tokens < 900_000.0), "{few:?}");
    assert!(few.windows(2).all(|pair| pair[1].1 > pair[0].1), "{few:?}");
    // On more of them each turns later.
    for (few, (more, most)) in few.iter().zip(more.iter().zip(&most)) {
        assert!(few.0 < more.0 && more.0 < most.0, "{few:?} {more:?} {most:?}");
    }
}
