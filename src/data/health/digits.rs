//! Numbers that were rounded before they came here.
//!
//! N or C of eight runs or more, of which none has more than three significant digits, or as many such losses. Sizes by
//! name (`70M`) are off by up to 10 %, and a loss in steps of .01 is coarser than most differences that a law is fitted to.
//! Values that are all the same say nothing. C is looked at only where the file has it.

use super::Suspicion;
use super::survey::Survey;
use crate::data::Role;
use crate::units::format_significant;

/// Fewer numbers may be round by chance.
const FEWEST: usize = 8;

pub(super) fn few(survey: &Survey<'_>) -> Option<Suspicion> {
    let params = survey.ends.iter().filter_map(|end| end.params);
    let given = survey.table.column_with_role(Role::Flops).is_some();
    let flops = survey.ends.iter().filter(|_| given);
    let flops = flops.filter_map(|end| survey.at(Role::Flops, end.point));
    let losses = survey.loss.into_iter().flat_map(|loss| loss.iter().flatten());
    let mut parts = vec![];
    for (name, rounded) in [
        ("N", rounded(params)),
        ("C", rounded(flops)),
        ("losses", rounded(losses)),
    ] {
        if let Some(Rounded { count, off }) = rounded {
            let percent = format_significant(100.0 * off, 2);
            parts.push(format!(
                "all {count} values of {name} have at most 3 significant digits, off by up to {percent} %"
            ));
        }
    }
    (!parts.is_empty()).then(|| Suspicion {
        runs: survey.ends.iter().map(|end| end.run).collect(),
        text: parts.join("; "),
    })
}

/// Numbers with at most three digits.
struct Rounded {
    count: usize,
    /// The largest share that rounding may have changed.
    off: f64,
}

fn rounded(values: impl Iterator<Item = f64>) -> Option<Rounded> {
    let (mut count, mut off, mut first, mut differ) = (0, 0.0f64, None, false);
    for value in values {
        let size = value.abs();
        if size == 0.0 {
            continue;
        }
        let unit = 10f64.powf(size.log10().floor() - 2.0);
        let digits = size / unit;
        // A number of three digits may have come through a unit, such as 1e9.
        if (digits - digits.round()).abs() > 1e-7 * digits {
            return None;
        }
        count += 1;
        off = off.max(0.5 * unit / size);
        differ |= *first.get_or_insert(value) != value;
    }
    (count >= FEWEST && differ).then_some(Rounded { count, off })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, table};
    use crate::data::FindingKind;

    #[test]
    fn three_digits_are_few() {
        let names: Vec<String> = (0..9).map(|index| format!("r{index}")).collect();
        let rows = |scale: f64, digits: f64| {
            let row = |(index, name): (usize, &'_ String)| {
                let n = (100.0 * 1.7f64.powi(index as i32)).round() * scale;
                let n = if n > 1e3 * scale {
                    (n / scale / 1e2).round() * 1e2 * scale
                } else {
                    n
                };
                (
                    name.clone(),
                    n,
                    1.23456e9,
                    None,
                    ((3.0 - 0.1001 * index as f64) * digits).round() / digits,
                )
            };
            names.iter().enumerate().map(row).collect::<Vec<_>>()
        };
        let check = |rows: &[(String, f64, f64, Option<f64>, f64)]| {
            let rows: Vec<_> = rows
                .iter()
                .map(|(name, n, d, step, l)| (name.as_str(), *n, *d, *step, *l))
                .collect();
            found(&table(&rows), FindingKind::FewDigits)
        };
        let finding = check(&rows(1e5, 1e4)).unwrap();
        assert_eq!(finding.runs.len(), 9);
        assert_eq!(
            finding.text,
            "all 9 values of N have at most 3 significant digits, off by up to 0.50 %"
        );
        let finding = check(&rows(1.2345e5, 1e2)).unwrap();
        assert!(finding.text.starts_with("all 9 values of losses"), "{}", finding.text);
        assert_eq!(check(&rows(1.2345e5, 1e4)), None);
        assert_eq!(check(&rows(1e5, 1e4)[..7]), None);
    }
}
