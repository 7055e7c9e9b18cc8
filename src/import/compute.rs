//! C = 6ND: fills in the one of N, D and C that is missing, and notices a C that cannot be meant.
//!
//! C in FLOP, N in parameters (total where known), D in tokens; 6ND counts a forward and a backward pass through dense
//! layers (Kaplan et al. 2020, section 2.1). All in `f64`: 6ND of a real run overflows 64-bit integers.
//!
//! A column is one formula. Where it is off by more than a factor of ten in one row of ten, the column means something
//! else (compute left to do, a budget, a rate) and is not used at all; a median would miss a column that is right at the
//! end of each run and wrong along the way. Where fewer rows are off, those cells alone are left out as mistakes.

use crate::data::{Draft, Numbers, Point, Role};

/// How far C may be from 6ND.
const CONTRADICTS: f64 = 10.0;

/// C / 6ND where all three are known.
fn ratio(point: &Point) -> Option<f64> {
    Some(point.flops?.0 / (6.0 * point.model_size()?.0 * point.tokens?.0))
}

fn contradicts(point: &Point) -> bool {
    ratio(point).is_some_and(|ratio| !(1.0 / CONTRADICTS..=CONTRADICTS).contains(&ratio))
}

/// What a FLOP column is worth.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// Nothing against it.
    Sound,
    /// These points' cells are mistakes.
    Cells(Vec<usize>),
    /// The column means something else: how many points contradict, out of how many.
    Column { against: usize, of: usize },
}

/// Compares C with 6ND wherever both are known.
pub(super) fn judge(points: &Draft) -> Verdict {
    let of = points.iter().filter(|point| ratio(point).is_some()).count();
    let against: Vec<usize> = (0..points.len())
        .filter(|&index| contradicts(&points.get(index)))
        .collect();
    match against.len() {
        0 => Verdict::Sound,
        // One slip in a short table is still a slip.
        count if count * 10 > of && (count > 1 || of < 3) => Verdict::Column { against: count, of },
        _ => Verdict::Cells(against),
    }
}

/// Fills what is missing and says so. `unreadable` are the points whose N, D, C is there and could not be read: such a cell
/// is not replaced by a guess.
pub(super) fn fill(points: &mut Draft, unreadable: &[Vec<usize>; 3], notes: &mut Vec<String>) {
    let roles = [Role::Params, Role::Tokens, Role::Flops];
    let [total, rest, tokens, flops] =
        [Role::Params, Role::ParamsNonEmbedding, Role::Tokens, Role::Flops].map(|role| points.quantity(role));
    let value = |numbers: Option<&Numbers>, point: usize| numbers.and_then(|numbers| numbers.get(point));
    let size = |point: usize| value(total, point).or_else(|| value(rest, point));
    let missing = |which: usize, point: usize| match which {
        // N of a run without its embeddings is an N.
        0 => value(flops, point)
            .zip(value(tokens, point))
            .filter(|_| size(point).is_none())
            .map(|(c, d)| c / (6.0 * d)),
        1 => value(flops, point).zip(size(point)).map(|(c, n)| c / (6.0 * n)),
        _ => size(point).zip(value(tokens, point)).map(|(n, d)| 6.0 * n * d),
    };
    // All three from what the file gave: nothing is computed from what was computed.
    let complete = |(which, role): (usize, Role)| {
        let known = points.quantity(role);
        if known.is_some_and(Numbers::is_complete) {
            return None;
        }
        let value = |point: usize| {
            let value = missing(which, point).filter(|value| value.is_finite() && *value > 0.0);
            value.filter(|_| unreadable[which].binary_search(&point).is_err())
        };
        let (numbers, filled) = match known.cloned() {
            Some(mut numbers) => {
                let filled = numbers.complete(value);
                (numbers, filled)
            }
            None => Numbers::of_values(points.len(), value),
        };
        (filled > 0).then_some((which, numbers, filled))
    };
    let computed: Vec<(usize, Numbers, usize)> = roles.into_iter().enumerate().filter_map(complete).collect();
    let mut filled = [0; 3];
    for (which, numbers, count) in computed {
        filled[which] = count;
        points.set_quantity(roles[which], Some(numbers));
    }
    let texts = [
        "params computed as flops / (6 tokens)",
        "tokens computed as flops / (6 params)",
        "flops computed as 6 params tokens",
    ];
    for (text, count) in texts.into_iter().zip(filled).filter(|(_, count)| *count > 0) {
        notes.push(text.to_owned());
        if count < points.len() {
            let what = text.split(' ').next().unwrap_or(text);
            notes.push(format!("{what} were computed for {count} of {} points", points.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Flops, Params, Tokens};

    type Row = [Option<f64>; 3];

    fn draft(rows: &[Row]) -> Draft {
        let quantities = [Role::Params, Role::Tokens, Role::Flops].into_iter().enumerate();
        let numbers = quantities.map(|(place, role)| (role, rows.iter().map(|row| row[place]).collect()));
        Draft::new(rows.len(), (0..rows.len() as u64).collect(), numbers, vec![])
    }

    fn none() -> [Vec<usize>; 3] {
        Default::default()
    }

    #[test]
    fn fills_the_missing_one() {
        let mut points = draft(&[
            [Some(1e9), None, Some(6e19)],
            [Some(7e10), Some(1.4e12), None],
            [None, Some(1e10), Some(6e19)],
            [Some(1e9), None, None],
        ]);
        let mut notes = Vec::new();
        fill(&mut points, &none(), &mut notes);
        assert_eq!(points.get(0).tokens, Some(Tokens(1e10)));
        assert_eq!(points.get(1).flops, Some(Flops(6.0 * 7e10 * 1.4e12)));
        assert_eq!(points.get(2).params, Some(Params(1e9)));
        assert_eq!(points.get(3).flops, None);
        assert!(
            notes.contains(&"tokens computed as flops / (6 params)".to_owned()),
            "{notes:?}"
        );
        let mut unreadable = draft(&[[Some(1e9), None, Some(6e19)]]);
        fill(&mut unreadable, &[vec![], vec![0], vec![]], &mut notes);
        assert_eq!(unreadable.get(0).tokens, None);
    }

    #[test]
    fn one_slip_is_a_cell_and_many_are_the_column() {
        let good = [Some(1e9), Some(2e10), Some(1.2e20)];
        let bad = [Some(1e9), Some(2e10), Some(1.2e9)];
        let mut rows = vec![good; 9];
        assert_eq!(judge(&draft(&rows)), Verdict::Sound);
        rows.push(bad);
        assert_eq!(judge(&draft(&rows)), Verdict::Cells(vec![9]));
        rows.push(bad);
        assert_eq!(judge(&draft(&rows)), Verdict::Column { against: 2, of: 11 });
        assert_eq!(judge(&draft(&[bad])), Verdict::Column { against: 1, of: 1 });
    }
}
