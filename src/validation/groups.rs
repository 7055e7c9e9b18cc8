//! Which points are left out together.
//!
//! Sizes are one where they agree to a hundredth, as in [`crate::method`]; budgets are found as there, exact or as clusters in
//! ln C. A run is left out with all its checkpoints.

use crate::fit::Observations;
use crate::method::{Grouping, Measurement, budgets};
use crate::units::{Flops, Params};
use serde::{Deserialize, Serialize};

/// What the points of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// N.
    Size,
    /// C.
    Budget,
    /// The run.
    Run,
}

/// Points that are left out together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// For people: `N = 1.2B`, `C = 3·10²⁰`, or the name of a run.
    pub name: String,
    /// N or C; of a run none.
    pub value: Option<f64>,
    /// Places among the observations.
    pub members: Vec<usize>,
}

/// Sizes closer than this are one.
const SAME_SIZE: f64 = 0.01;

/// Groups of equal N, the smallest first. `params` has N of each observation, where it is known.
///
/// # Errors
/// In words, where there are fewer than two sizes.
pub fn by_size(params: &[Option<f64>]) -> Result<Vec<Group>, String> {
    let mut known: Vec<(f64, usize)> = params
        .iter()
        .enumerate()
        .filter_map(|(place, params)| Some(((*params)?, place)))
        .collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let groups: Vec<Group> = known
        .chunk_by(|a, b| b.0 <= a.0 * (1.0 + SAME_SIZE))
        .map(|chunk| {
            let params = chunk[chunk.len() / 2].0;
            Group {
                name: format!("N = {}", Params(params).short()),
                value: Some(params),
                members: sorted(chunk.iter().map(|(_, place)| *place)),
            }
        })
        .collect();
    match groups.as_slice() {
        [] => Err("no point has N".to_owned()),
        [only] => Err(format!(
            "all points have {}: without them there is nothing to fit",
            only.name
        )),
        _ => Ok(groups),
    }
}

/// Groups of equal C, the cheapest first. `runs` has the place among the observations with each measurement.
///
/// # Errors
/// In words, where compute is spread or all is one budget.
pub fn by_budget(runs: &[(usize, Measurement)]) -> Result<Vec<Group>, String> {
    let measurements: Vec<Measurement> = runs.iter().map(|(_, run)| *run).collect();
    let found = budgets(&measurements);
    if found.grouping == Grouping::None {
        return Err(format!(
            "compute is spread: no budgets of several sizes hold half of the {} points (C within ±10 %)",
            runs.len()
        ));
    }
    if let [only] = found.budgets.as_slice() {
        return Err(format!("there is one budget, C = {}", Flops(only.flops).short()));
    }
    let group = |budget: &crate::method::Budget| Group {
        name: format!("C = {}", Flops(budget.flops).short()),
        value: Some(budget.flops),
        members: sorted(budget.members.iter().map(|member| runs[*member].0)),
    };
    Ok(found.budgets.iter().map(group).collect())
}

/// Each run by itself, in the order of their labels. `name` tells what a run is called.
///
/// # Errors
/// In words, where there is one run.
pub fn by_run(data: &Observations, name: impl Fn(usize) -> String) -> Result<Vec<Group>, String> {
    let runs = data.runs();
    if runs.len() < 2 {
        return Err("there is one run: without it there is nothing to fit".to_owned());
    }
    let mut groups: Vec<Group> = runs
        .iter()
        .map(|run| Group {
            name: name(*run),
            value: None,
            members: vec![],
        })
        .collect();
    for (place, run) in data.run.iter().enumerate() {
        if let Ok(index) = runs.binary_search(run) {
            groups[index].members.push(place);
        }
    }
    Ok(groups)
}

fn sorted(places: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut places: Vec<usize> = places.collect();
    places.sort_unstable();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_names_and_places() {
        let sizes = by_size(&[Some(2e9), Some(1e8), None, Some(1.005e8), Some(2e9)]).unwrap();
        let named: Vec<(&str, &[usize])> = sizes.iter().map(|g| (&*g.name, &*g.members)).collect();
        assert_eq!(named, [("N = 100M", &[1, 3][..]), ("N = 2.00B", &[0, 4][..])]);
        assert!(by_size(&[None]).unwrap_err().contains("no point has N"));
        assert!(by_size(&[Some(1e8), Some(1e8)]).is_err());

        let runs = |budgets: &[f64]| -> Vec<(usize, Measurement)> {
            let of = |(index, flops): (usize, f64)| {
                let params = 1e7 * 2f64.powi((index % 5) as i32);
                let run = Measurement {
                    run: index,
                    params,
                    tokens: flops / (6.0 * params),
                    flops,
                    loss: 3.0,
                };
                // Places among the observations need not be those among the measurements.
                (index + 10, run)
            };
            budgets.iter().flat_map(|c| [*c; 5]).enumerate().map(of).collect()
        };
        let found = by_budget(&runs(&[1e18, 3e18])).unwrap();
        assert_eq!(
            (found.len(), &found[1].name[..], &found[1].members[..2]),
            (2, "C = 3·10¹⁸", &[15, 16][..])
        );
        assert!(by_budget(&runs(&[1e18])).unwrap_err().contains("one budget"));
        assert!(by_budget(&[]).is_err());

        let data = Observations {
            x: vec![[1.0], [2.0], [3.0]].into(),
            loss: vec![1.0; 3],
            run: vec![7, 3, 7],
        };
        let runs = by_run(&data, |run| format!("r{run}")).unwrap();
        let named: Vec<(&str, &[usize])> = runs.iter().map(|g| (&*g.name, &*g.members)).collect();
        assert_eq!(named, [("r3", &[1][..]), ("r7", &[0, 2][..])]);
        assert!(by_run(&Observations::default(), |_| String::new()).is_err());
    }
}
