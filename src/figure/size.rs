//! Sizes of figures as people give them: `1600x900`, `3.25in`, `8.5cm`. 96 px to the inch, as SVG counts.

use super::SIDES;

/// Height over width where only a width is given: near the golden section.
const ASPECT: f64 = 0.62;

/// Width and height in px.
///
/// # Errors
/// A sentence that says what was expected.
pub fn page_size(text: &str) -> Result<[f32; 2], String> {
    let text = text.trim();
    let both = match length(text) {
        Some(width) => Some((width, ASPECT * width)),
        // `px` has an x of its own, so every one is tried.
        None => text
            .match_indices('x')
            .find_map(|(x, _)| Some((length(&text[..x])?, length(&text[x + 1..])?))),
    };
    match both {
        Some((width, height)) => {
            let sides = [width as f32, height as f32];
            let fit = sides.iter().all(|side| (SIDES.0..=SIDES.1).contains(side));
            fit.then_some(sides)
                .ok_or_else(|| format!("both sides must lie between {} and {} px", SIDES.0, SIDES.1))
        }
        None => Err("expected a size such as 1600x900, or a width such as 3.25in (in, cm, mm, pt, px)".to_owned()),
    }
}

fn length(text: &str) -> Option<f64> {
    let text = text.trim();
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let px = match unit.trim() {
        "" | "px" => 1.0,
        "in" => 96.0,
        "cm" => 96.0 / 2.54,
        "mm" => 96.0 / 25.4,
        "pt" => 96.0 / 72.0,
        _ => return None,
    };
    number
        .trim()
        .parse::<f64>()
        .ok()
        .map(|value| value * px)
        .filter(|px| px.is_finite() && *px > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_give_them() {
        assert_eq!(page_size("1600x900"), Ok([1600.0, 900.0]));
        assert_eq!(page_size("3.25in"), Ok([312.0, 193.44]));
        assert_eq!(page_size("2.54cm x 25.4mm"), Ok([96.0, 96.0]));
        assert_eq!(page_size("800px"), Ok([800.0, 496.0]));
        assert_eq!(page_size("800pxx600px"), Ok([800.0, 600.0]));
        assert_eq!(page_size("72pt"), Ok([96.0, 59.52]));
        for wrong in ["", "x", "3 parsecs", "-4in", "1600x", "1e9px", "0.1in", "nan"] {
            assert!(page_size(wrong).is_err(), "{wrong}");
        }
    }
}
