//! Small least-squares problems, from which laws make their starts.

/// p, q > 0 for `p u + q v ≈ y`, from rows of u, v, y with y > 0, each row weighted by 1/y: the relative error counts.
///
/// A term that least squares would rather subtract is given a thousandth of y, because a search in ln p needs p > 0.
/// `None` where there is no row, or a sum leaves the range of numbers.
pub(super) fn two_terms(rows: impl Iterator<Item = [f64; 3]>) -> Option<[f64; 2]> {
    let (mut n, mut uu, mut uv, mut vv, mut u1, mut v1) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for [u, v, y] in rows {
        let (u, v) = (u / y, v / y);
        n += 1.0;
        uu += u * u;
        uv += u * v;
        vv += v * v;
        u1 += u;
        v1 += v;
    }
    // Columns of length one: a power of N and a power of D may lie a hundred decades apart.
    let (u_length, v_length) = (f64::sqrt(uu), f64::sqrt(vv));
    let (cosine, u1, v1) = (uv / (u_length * v_length), u1 / u_length, v1 / v_length);
    let rest = 1.0 - cosine * cosine;
    let (mut p, mut q) = ((u1 - cosine * v1) / rest, (v1 - cosine * u1) / rest);
    if rest.is_nan() || rest <= 1e-12 || p.min(q) < 0.0 {
        let alone = u1 > v1;
        p = if alone { u1 } else { 0.0 };
        q = if alone { 0.0 } else { v1 };
    }
    let least = 1e-3 * f64::sqrt(n);
    let found = [p.max(least) / u_length, q.max(least) / v_length];
    found.iter().all(|c| c.is_finite() && *c > 0.0).then_some(found)
}

/// Intercept and slope of the line through points (x, y) by least squares; `None` where x does not vary or there is a
/// value that is no number.
pub(super) fn line(points: impl Iterator<Item = [f64; 2]> + Clone) -> Option<[f64; 2]> {
    let n = points.clone().count() as f64;
    let [x_mean, y_mean] = points.clone().fold([0.0; 2], |[a, b], [x, y]| [a + x / n, b + y / n]);
    let (xx, xy) = points.fold((0.0, 0.0), |(xx, xy), [x, y]| {
        (xx + (x - x_mean).powi(2), xy + (x - x_mean) * (y - y_mean))
    });
    let slope = xy / xx;
    let found = [y_mean - slope * x_mean, slope];
    found.iter().all(|c| c.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_terms_are_recovered_far_apart_in_scale() {
        let rows = [1.0, 2.0, 5.0, 9.0].map(|t: f64| {
            let (u, v) = (1e-60 * t.powf(-0.7), 1e40 / t);
            [u, v, 3e60 * u + 5e-41 * v]
        });
        let [p, q] = two_terms(rows.into_iter()).unwrap();
        assert!((p / 3e60 - 1.0).abs() < 1e-10 && (q / 5e-41 - 1.0).abs() < 1e-10);
    }

    #[test]
    fn a_term_that_would_be_negative_is_small_instead() {
        let rows = [1.0, 2.0, 4.0].map(|t: f64| [t, 1.0, t * t]);
        let [p, q] = two_terms(rows.into_iter()).unwrap();
        assert!(p > 1.0 && q > 0.0 && q < 0.1, "{p} {q}");
        assert_eq!(two_terms(std::iter::empty()), None);
    }

    #[test]
    fn a_line_and_none() {
        let [intercept, slope] = line([[1.0, 5.0], [3.0, 9.0], [4.0, 11.0]].into_iter()).unwrap();
        assert!((intercept - 3.0).abs() < 1e-12 && (slope - 2.0).abs() < 1e-12);
        assert_eq!(line([[1.0, 5.0], [1.0, 9.0]].into_iter()), None);
    }
}
