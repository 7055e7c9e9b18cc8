//! Where measured losses turn, as marks, and what may be said of them in words.

use super::super::series::Series;
use crate::figure::{Dash, Dot, Dots, LabelPlace, Mark, Paint, Symbol};
use crate::plan::{Onset, Turn};
use crate::units::Tokens;
use std::collections::BTreeMap;

/// A turn is spoken of where the measurements beside it are no farther apart than this factor in D.
const CLOSE: f64 = 30.0;

/// Turns as diamonds with the measurements beside them; bounds hollow, with a line to where the turn must be.
pub(super) fn measured(turns: &[(&Series, Onset)], paint: impl Fn(&Series) -> Paint) -> Vec<Mark> {
    let mut marks = vec![];
    for (one, onset) in turns {
        let [low, high] = match onset.turn {
            Turn::Rises => onset.between,
            Turn::NotYet => [onset.last, 1.6 * onset.last],
            Turn::AlreadyRising => [onset.tokens / 1.6, onset.between[1]],
        };
        marks.push(Mark::Line {
            id: format!("turn {} {}", one.end.table, one.end.point),
            points: vec![[one.params, low], [one.params, high]],
            paint: paint(one),
            width: 1.0,
            dash: Dash::Solid,
        });
    }
    for (unique, found) in by_unique(turns) {
        let id = format!("turns {unique}");
        let name = if unique > 0.0 {
            format!("lowest held-out loss, U = {}", Tokens(unique).short())
        } else {
            "lowest held-out loss".to_owned()
        };
        let paint = paint(found[0].0);
        marks.push(Mark::LineLabel {
            line: id.clone(),
            text: name,
            paint,
            place: LabelPlace::Beside(0.5),
            importance: 125,
        });
        marks.push(Mark::Line {
            id,
            points: found.iter().map(|(one, onset)| [one.params, onset.tokens]).collect(),
            paint,
            width: 1.0,
            dash: Dash::Dotted,
        });
    }
    for (id, bound) in [("turn bounds", true), ("turns", false)] {
        let dots: Dots = turns
            .iter()
            .filter(|(_, onset)| (onset.turn != Turn::Rises) == bound)
            .map(|(one, onset)| Dot {
                at: [
                    one.params,
                    match onset.turn {
                        Turn::NotYet => onset.last,
                        _ => onset.tokens,
                    },
                ],
                paint: paint(one),
                hollow: bound || one.excluded,
                datum: Some(one.end),
            })
            .collect();
        if !dots.is_empty() {
            marks.push(Mark::Dots {
                id: id.to_owned(),
                dots,
                symbol: Symbol::Diamond,
                radius: if bound { 4.2 } else { 5.2 },
            });
        }
    }
    marks
}

/// Turns that were found and are known to [`CLOSE`], by U and then by N; only of several models. An unknown U is nought.
pub(super) fn by_unique<'a>(turns: &[(&'a Series, Onset)]) -> Vec<(f64, Vec<(&'a Series, Onset)>)> {
    let mut groups: BTreeMap<u64, Vec<(&Series, Onset)>> = BTreeMap::new();
    for (one, onset) in turns {
        let close = onset.between[1] <= CLOSE * onset.between[0];
        if onset.turn == Turn::Rises && close && !one.excluded {
            let key = one.unique.unwrap_or(0.0).to_bits();
            groups.entry(key).or_default().push((one, *onset));
        }
    }
    for group in groups.values_mut() {
        group.sort_by(|a, b| a.0.params.total_cmp(&b.0.params));
    }
    groups.retain(|_, group| {
        let ends = (group.first(), group.last());
        matches!(ends, (Some((small, _)), Some((large, _))) if large.params > small.params)
    });
    groups
        .into_iter()
        .map(|(bits, group)| (f64::from_bits(bits), group))
        .collect()
}
