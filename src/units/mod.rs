//! The four quantities of a scaling law, as they are written and read by people.
//!
//! | type | symbol | unit |
//! |---|---|---|
//! | [`Params`] | N | parameters |
//! | [`Tokens`] | D | tokens |
//! | [`Flops`]  | C | floating-point operations (1 PF-day = 8.64e19) |
//! | [`Loss`]   | L | nats per token |
//!
//! Each reads the notation of the field (`70B`, `1.4T`, `3.4e20`, `19.6 PF-days`, `32.0K`) with [`std::str::FromStr`]
//! and writes itself in two ways: [`std::fmt::Display`] is lossless (what it prints parses back to the same bits),
//! `short()` has three significant digits, for axes and headlines.
//!
//! Sources: 1 PF-day = 10^15 · 86400 FLOP (Kaplan et al. 2020, section 1.3).

mod number;

pub use number::{NumberError, Scanned, digits_of, format_significant, parse_number, scan, superscript};

use serde::{Deserialize, Serialize};

/// Floating-point operations in one petaflop/s-day.
pub const FLOPS_PER_PF_DAY: f64 = 8.64e19;

/// Why a text is not a quantity: what was read, what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The number itself cannot be read.
    #[error("{0}")]
    Number(#[from] NumberError),
    /// A number was read, but what follows it is no unit of this quantity.
    #[error("`{text}`: `{unit}` is no unit of {quantity}; expected {expected}")]
    Unit {
        /// The whole text.
        text: String,
        /// The part that was not understood.
        unit: String,
        /// What was being read.
        quantity: &'static str,
        /// The units that would do.
        expected: &'static str,
    },
    /// The number is outside what the quantity can be.
    #[error("`{text}`: {quantity} must be {expected}")]
    Range {
        /// The whole text.
        text: String,
        /// What was being read.
        quantity: &'static str,
        /// The range that would do.
        expected: &'static str,
    },
}

/// Suffixes of counts, upper case or lower; `G` and `bn` are 10^9 as in spreadsheets.
fn count_multiplier(suffix: &str) -> Option<f64> {
    Some(match suffix {
        "" => 1.0,
        "k" | "K" => 1e3,
        "m" | "M" => 1e6,
        "b" | "B" | "bn" | "Bn" | "BN" | "g" | "G" => 1e9,
        "t" | "T" | "tn" | "Tn" => 1e12,
        "p" | "P" | "q" | "Q" => 1e15,
        "e" | "E" => 1e18,
        _ => return None,
    })
}

fn flops_multiplier(unit: &str) -> Option<f64> {
    let folded: String = unit
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '_' | '/'))
        .collect::<String>()
        .to_ascii_lowercase();
    match folded.as_str() {
        "pfd" | "pfday" | "pfdays" | "pflopsday" | "pflopsdays" | "petaflopsday" | "petaflopsdays" => {
            return Some(FLOPS_PER_PF_DAY);
        }
        "" | "flop" | "flops" => return Some(1.0),
        _ => {}
    }
    let stem = folded
        .strip_suffix("flops")
        .or_else(|| folded.strip_suffix("flop"))
        .unwrap_or(&folded);
    Some(match stem {
        "k" => 1e3,
        "m" => 1e6,
        "b" | "g" => 1e9,
        "t" => 1e12,
        "p" => 1e15,
        "e" => 1e18,
        "z" => 1e21,
        "y" => 1e24,
        _ => return None,
    })
}

fn loss_in_nats(number: &Scanned<'_>) -> Option<f64> {
    let value = number.times(1.0);
    Some(match number.unit.to_ascii_lowercase().as_str() {
        "" | "nat" | "nats" | "nats/token" => value,
        "bit" | "bits" | "bits/token" => value * std::f64::consts::LN_2,
        "ppl" => value.ln(),
        _ => return None,
    })
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $range:literal, $convert:expr, $valid:expr, $display:expr, $short:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl $name {
            /// Three significant digits with a suffix: for axes, tables and headlines.
            pub fn short(self) -> String {
                let short: fn(f64) -> String = $short;
                short(self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnitError;

            fn from_str(text: &str) -> Result<Self, UnitError> {
                let scanned = scan(text, '.')?;
                let unit = scanned.unit;
                let convert: fn(&Scanned<'_>) -> Option<f64> = $convert;
                let value = convert(&scanned).ok_or_else(|| UnitError::Unit {
                    text: text.trim().to_owned(),
                    unit: unit.to_owned(),
                    quantity: $what,
                    expected: $expected,
                })?;
                let valid: fn(f64) -> bool = $valid;
                if valid(value) {
                    Ok(Self(value))
                } else {
                    Err(UnitError::Range { text: text.trim().to_owned(), quantity: $what, expected: $range })
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let display: fn(f64) -> String = $display;
                f.pad(&display(self.0))
            }
        }
    };
}

fn positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

quantity!(
    /// A number of model parameters, N.
    Params, "a parameter count", "K, M, B, T or none, as in 70B", "a positive finite number",
    |number| {
        let stem = number.unit.trim_end_matches("parameters").trim_end_matches("params").trim_end();
        count_multiplier(stem).map(|m| number.times(m))
    },
    positive, number::with_suffix, number::short_with_suffix
);

quantity!(
    /// A number of training tokens, D.
    Tokens, "a token count", "K, M, B, T or none, as in 1.4T", "a positive finite number",
    |number| {
        let stem = number.unit.trim_end_matches("tokens").trim_end_matches("tok").trim_end();
        count_multiplier(stem).map(|m| number.times(m))
    },
    positive, number::with_suffix, number::short_with_suffix
);

quantity!(
    /// Training compute, C, in floating-point operations.
    Flops, "compute", "FLOP, GFLOP … ZFLOP, PF-days or none, as in 3.4e20 or 19.6 PF-days", "a positive finite number",
    |number| flops_multiplier(number.unit).map(|m| number.times(m)),
    positive, |value| format!("{value:e}"), number::short_power
);

quantity!(
    /// Cross-entropy, L, in nats per token. Negative values are allowed: a relative loss can be one.
    Loss, "a loss", "nats, bits, ppl or none, as in 2.31", "a finite number",
    loss_in_nats, f64::is_finite, |value| format!("{value}"), |value| format_significant(value, 4)
);

impl Flops {
    /// Compute in petaflop/s-days.
    pub fn pf_days(self) -> f64 {
        self.0 / FLOPS_PER_PF_DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: std::str::FromStr<Err = UnitError> + Into<f64>>(cases: &[(&str, f64)]) {
        for (text, expected) in cases {
            match text.parse::<T>() {
                Ok(value) => assert_eq!(value.into(), *expected, "{text}"),
                Err(error) => panic!("{text}: {error}"),
            }
        }
    }

    impl From<Params> for f64 {
        fn from(value: Params) -> Self {
            value.0
        }
    }
    impl From<Tokens> for f64 {
        fn from(value: Tokens) -> Self {
            value.0
        }
    }
    impl From<Flops> for f64 {
        fn from(value: Flops) -> Self {
            value.0
        }
    }
    impl From<Loss> for f64 {
        fn from(value: Loss) -> Self {
            value.0
        }
    }

    #[test]
    fn reads_the_notation_of_the_field() {
        check::<Params>(&[
            ("70B", 70e9),
            ("32.0K", 32e3),
            ("1.2 bn", 1.2e9),
            ("210M params", 210e6),
            ("1,024", 1024.0),
            ("25_165_824", 25_165_824.0),
        ]);
        check::<Tokens>(&[("1.4T", 1.4e12), ("300 B tokens", 300e9), ("2e9", 2e9)]);
        check::<Flops>(&[
            ("3.4e20", 3.4e20),
            ("19.6 PF-days", 19.6 * 8.64e19),
            ("19.6PFd", 19.6 * 8.64e19),
            ("30 EFLOP", 3e19),
            ("6·10^19", 6e19),
            ("6·10¹⁹", 6e19),
            ("0.5 ZFLOPs", 5e20),
        ]);
        check::<Loss>(&[
            ("2.31", 2.31),
            ("2 bits", 2.0 * std::f64::consts::LN_2),
            ("-0.02", -0.02),
            ("1 nats", 1.0),
        ]);
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |text: &str| text.parse::<Params>().unwrap_err().to_string();
        assert_eq!(
            error("70X"),
            "`70X`: `X` is no unit of a parameter count; expected K, M, B, T or none, as in 70B"
        );
        assert_eq!(error(""), "empty: expected a number");
        assert_eq!(
            error("-3B"),
            "`-3B`: a parameter count must be a positive finite number"
        );
        assert_eq!(
            error("1e999"),
            "`1e999`: a parameter count must be a positive finite number"
        );
        assert_eq!(error("about 3"), "`about 3` is not a number");
        assert_eq!(
            "5 parsecs".parse::<Flops>().unwrap_err().to_string(),
            "`5 parsecs`: `parsecs` is no unit of compute; expected FLOP, GFLOP … ZFLOP, PF-days or none, as in 3.4e20 or 19.6 PF-days"
        );
    }

    #[test]
    fn short_forms_have_three_digits() {
        assert_eq!(Params(2.778_46e9).short(), "2.78B");
        assert_eq!(Params(72.2487e9).short(), "72.2B");
        assert_eq!(Params(999.9e6).short(), "1.00B");
        assert_eq!(Params(768.0).short(), "768");
        assert_eq!(Tokens(1.409e12).short(), "1.41T");
        assert_eq!(Tokens(3.2e16).short(), "32,000T");
        assert_eq!(Flops(5.76e23).short(), "5.76·10²³");
        assert_eq!(Flops(1e21).short(), "10²¹");
        assert_eq!(Loss(1.974_441).short(), "1.974");
    }

    #[test]
    fn prints_losslessly() {
        assert_eq!(Params(70e9).to_string(), "70B");
        assert_eq!(Params(32_000.0).to_string(), "32K");
        assert_eq!(Params(6_795_600_349.289_497).to_string(), "6.795600349289497B");
        assert_eq!(Tokens(0.1).to_string(), "0.1");
        assert_eq!(Flops(3.4e20).to_string(), "3.4e20");
        assert_eq!(Loss(2.305_529).to_string(), "2.305529");
    }

    proptest::proptest! {
        #[test]
        fn display_round_trips_to_the_bit(bits in 1e-30f64..1e40) {
            proptest::prop_assert_eq!(Params(bits).to_string().parse::<Params>().unwrap(), Params(bits));
            proptest::prop_assert_eq!(Tokens(bits).to_string().parse::<Tokens>().unwrap(), Tokens(bits));
            proptest::prop_assert_eq!(Flops(bits).to_string().parse::<Flops>().unwrap(), Flops(bits));
            proptest::prop_assert_eq!(Loss(bits).to_string().parse::<Loss>().unwrap(), Loss(bits));
        }

        #[test]
        fn never_panics(text in "\\PC*") {
            text.parse::<Params>().ok();
            text.parse::<Flops>().ok();
            text.parse::<Loss>().ok();
        }
    }
}
