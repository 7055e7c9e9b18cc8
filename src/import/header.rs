//! Units in headers: `Tokens (B)`, `total_gflops`, `compute_pf_days`, `val_ppl`, `loss (bits)`.
//!
//! Logarithms are units as well: `log10_N` is 10^x ([`super::logarithms`] reads such headers).
//!
//! A rate is not an amount: `tflops` alone is taken for TFLOP/s, and anything per token, step or GPU is left alone.

use crate::data::Role;
use crate::units::{FLOPS_PER_PF_DAY, Flops, parse_number};
use std::f64::consts::LN_2;

/// What a logarithm is taken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Two,
    E,
    Ten,
}

impl Base {
    /// What undoes it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Two => "2^x",
            Self::E => "e^x",
            Self::Ten => "10^x",
        }
    }

    fn power(self, value: f64) -> f64 {
        match self {
            Self::Two => value.exp2(),
            Self::E => value.exp(),
            // Whole powers of ten are exact when parsed.
            Self::Ten if value.fract() == 0.0 => format!("1e{value}").parse().unwrap_or(f64::NAN),
            Self::Ten => 10f64.powf(value),
        }
    }
}

/// From a column's unit to ours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unit {
    /// Multiplies the value, after a power has undone a logarithm.
    factor: f64,
    /// The value is a logarithm, of a base that may not be known yet.
    power: Option<Option<Base>>,
    /// The value is a perplexity.
    logarithm: bool,
    /// The result is nats per byte, not per token.
    pub(super) per_byte: bool,
    /// As the report shows it.
    pub(super) label: String,
}

impl Unit {
    /// The column is in our unit already.
    pub(super) fn one() -> Self {
        Self::times(1.0, "1".to_owned())
    }

    /// Whether a value is in our unit already.
    pub(super) fn is_one(&self) -> bool {
        *self == Self::one()
    }

    fn times(factor: f64, label: String) -> Self {
        Self {
            factor,
            power: None,
            logarithm: false,
            per_byte: false,
            label,
        }
    }

    fn count(factor: f64) -> Self {
        match factor {
            1.0 => Self::one(),
            factor => Self::times(factor, format!("{factor:e}")),
        }
    }

    fn flop(factor: f64) -> Self {
        match factor {
            1.0 => Self::one(),
            factor => Self::times(factor, format!("{factor:e} FLOP")),
        }
    }

    fn perplexity() -> Self {
        Self {
            logarithm: true,
            ..Self::times(1.0, "ln".to_owned())
        }
    }

    fn bits(per_byte: bool) -> Self {
        Self {
            per_byte,
            ..Self::times(LN_2, "ln 2".to_owned())
        }
    }

    /// The same unit under a logarithm.
    pub(super) fn logged(self, base: Option<Base>) -> Self {
        let mut unit = Self {
            power: Some(base),
            ..self
        };
        if let Some(base) = base {
            unit.settle(base);
        }
        unit
    }

    /// The value is a logarithm of a base that the header does not name.
    pub(super) fn base_unknown(&self) -> bool {
        self.power == Some(None)
    }

    /// Decides the base.
    pub(super) fn settle(&mut self, base: Base) {
        self.power = Some(Some(base));
        self.label = match self.label.as_str() {
            "1" => base.label().to_owned(),
            rest => format!("{} × {rest}", base.label()),
        };
    }

    /// Whether a loss changes its kind, which a reader must be told.
    pub(super) fn converts(&self) -> bool {
        self.logarithm || self.power.is_some() || self.factor == LN_2
    }

    /// The value in our unit; `None` where it has none, such as the logarithm of zero.
    pub(super) fn apply(&self, value: f64) -> Option<f64> {
        let value = match self.power {
            Some(base) => base.unwrap_or(Base::Ten).power(value),
            None => value,
        };
        let value = if self.logarithm {
            value.ln()
        } else {
            value * self.factor
        };
        value.is_finite().then_some(value)
    }

    /// What to tell about a conversion of this column.
    pub(super) fn note(&self, header: &str) -> Option<String> {
        if let Some(base) = self.power {
            base.map(|base| format!("`{header}` is a logarithm: its values are read as {}", base.label()))
        } else if self.logarithm {
            Some(format!("`{header}` is a perplexity: the loss is its natural logarithm"))
        } else if self.per_byte {
            Some(format!(
                "`{header}` is in bits per byte: the loss is in nats per byte (× ln 2), not per token"
            ))
        } else if self.factor == LN_2 {
            Some(format!("`{header}` is in bits: the loss is in nats (× ln 2)"))
        } else {
            None
        }
    }
}

/// Lower case without spaces, brackets and `_ - . /`, for comparing names.
pub(super) fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '.' | '/' | '(' | ')' | '[' | ']'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Lower-case words between spaces, punctuation and brackets.
pub(super) fn words(name: &str) -> Vec<String> {
    name.split(|c: char| c.is_whitespace() || matches!(c, '_' | '-' | '.' | '/' | '(' | ')' | '[' | ']' | ','))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Takes a unit off the end of a header: `Tokens (B)` and `params_millions`. Without one, the whole header and no unit.
pub(super) fn split_unit(header: &str, role: Role) -> (&str, Unit) {
    let trimmed = header.trim();
    let bracket = trimmed.strip_suffix([')', ']']).and_then(|inside| {
        inside
            .rfind(['(', '['])
            .map(|open| (&inside[..open], &inside[open + 1..]))
    });
    if let Some((base, inside)) = bracket
        && let Some(unit) = unit_text(inside.trim(), role)
    {
        return (base.trim_end(), unit);
    }
    let last = trimmed.rfind([' ', '_', ',']);
    if let Some(at) = last
        && role_counts(role)
        && let (base, word) = (trimmed[..at].trim_end(), &trimmed[at + 1..])
        && let Some(factor) = magnitude(word)
    {
        let base = base
            .strip_suffix("_in")
            .or_else(|| base.strip_suffix(" in"))
            .unwrap_or(base);
        // `d_k` and `n_b` are not counts in thousands or billions.
        if word.len() > 2 || base.len() > 1 {
            return (base, Unit::count(factor));
        }
    }
    if let Some(base) = trimmed.strip_suffix("_bits").or_else(|| trimmed.strip_suffix(" bits"))
        && matches!(role, Role::Loss | Role::TrainLoss)
    {
        return (base.trim_end_matches("_in").trim_end_matches(" in"), Unit::bits(false));
    }
    if let Some(base) = trimmed.strip_suffix("_nats").or_else(|| trimmed.strip_suffix(" nats"))
        && matches!(role, Role::Loss | Role::TrainLoss)
    {
        return (base, Unit::one());
    }
    (trimmed, Unit::one())
}

fn role_counts(role: Role) -> bool {
    matches!(
        role,
        Role::Params | Role::ParamsNonEmbedding | Role::Tokens | Role::UniqueTokens
    )
}

/// Words and letters for powers of a thousand.
fn magnitude(word: &str) -> Option<f64> {
    Some(match word.to_lowercase().as_str() {
        "k" | "thousand" | "thousands" => 1e3,
        "m" | "million" | "millions" | "mm" => 1e6,
        "b" | "bn" | "billion" | "billions" => 1e9,
        "t" | "tn" | "trillion" | "trillions" => 1e12,
        _ => return None,
    })
}

/// The text in brackets after a name.
fn unit_text(text: &str, role: Role) -> Option<Unit> {
    let text = text.strip_prefix("in ").unwrap_or(text).trim();
    let number = || parse_number(text.trim_start_matches(['x', 'X', '×', '*', '·']).trim_start()).ok();
    if role_counts(role) {
        let words = words(text);
        let known = |word: &str| matches!(word, "params" | "parameters" | "tokens" | "n" | "d" | "count");
        return match words.as_slice() {
            [word] if known(word) => Some(Unit::one()),
            [word] => magnitude(word).or_else(number).map(Unit::count),
            [word, what] if known(what) => magnitude(word).map(Unit::count),
            _ => number().map(Unit::count),
        };
    }
    match role {
        Role::Flops if text.contains("/s") => None,
        Role::Flops if matches!(text, "C" | "FLOP" | "FLOPs" | "FLOPS") => Some(Unit::one()),
        Role::Flops => number()
            .or_else(|| text.parse::<Flops>().ok().map(|v| v.0))
            .or_else(|| format!("1 {text}").parse::<Flops>().ok().map(|v| v.0))
            .filter(|factor| *factor > 0.0)
            .map(Unit::flop),
        Role::Loss | Role::TrainLoss => match fold(text).as_str() {
            "nats" | "nat" | "natstoken" | "natspertoken" | "val" | "validation" | "eval" | "l" => Some(Unit::one()),
            "bits" | "bit" | "bitstoken" | "bitspertoken" => Some(Unit::bits(false)),
            "bitsbyte" | "bitsperbyte" | "bpb" => Some(Unit::bits(true)),
            "ppl" | "perplexity" => Some(Unit::perplexity()),
            _ => None,
        },
        _ => None,
    }
}

/// The unit of a header that names an amount of compute: `total_gflops`, `compute_pf_days`, `total train ZFLOPs`.
pub(super) fn compute_unit(header: &str) -> Option<Unit> {
    if header.contains("/s") || header.contains('%') {
        return None;
    }
    let words = words(header);
    let context = [
        "total",
        "train",
        "training",
        "throughput",
        "compute",
        "cumulative",
        "model",
        "budget",
        "used",
        "in",
    ];
    let (factor, rest) = match words.as_slice() {
        [rest @ .., pf, days]
            if matches!(
                pf.as_str(),
                "pf" | "pflop" | "pflops" | "petaflop" | "petaflops" | "petaflop/s"
            ) && matches!(days.as_str(), "day" | "days") =>
        {
            (FLOPS_PER_PF_DAY, rest)
        }
        [rest @ .., pf] if matches!(pf.as_str(), "pfdays" | "pfday" | "pfd") => (FLOPS_PER_PF_DAY, rest),
        [rest @ .., unit] => {
            let stem = unit.strip_suffix("flops").or_else(|| unit.strip_suffix("flop"))?;
            let factor = match stem {
                "" => 1.0,
                "z" | "zetta" => 1e21,
                "e" | "exa" => 1e18,
                "y" | "yotta" => 1e24,
                // Below exa- a bare unit is a rate as often as an amount.
                _ if rest.iter().all(|word| matches!(word.as_str(), "throughput" | "model")) => return None,
                "k" | "kilo" => 1e3,
                "m" | "mega" => 1e6,
                "g" | "giga" => 1e9,
                "t" | "tera" => 1e12,
                "p" | "peta" => 1e15,
                _ => return None,
            };
            (factor, rest)
        }
        [] => return None,
    };
    rest.iter()
        .all(|word| context.contains(&word.as_str()))
        .then(|| Unit::flop(factor))
}

/// The unit of a header that names a loss in something other than nats.
pub(super) fn loss_unit(header: &str) -> Option<Unit> {
    let words = words(header);
    let folded = fold(header);
    let last = words.last()?.as_str();
    if folded.contains("bitsperbyte") || folded.contains("bitsbyte") || folded.contains("bitsperchar") {
        return Some(Unit::bits(true));
    }
    match last {
        "bpb" | "bpc" => Some(Unit::bits(true)),
        "ppl" | "perplexity" => Some(Unit::perplexity()),
        "bpt" => Some(Unit::bits(false)),
        _ if folded.ends_with("bitspertoken") || folded == "bits" => Some(Unit::bits(false)),
        "bits" if words.iter().any(|word| word == "loss") => Some(Unit::bits(false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compute() {
        let factor = |header: &str| compute_unit(header).map(|unit| unit.factor);
        assert_eq!(factor("throughput/total_gflops"), Some(1e9));
        assert_eq!(factor("total train ZFLOPs"), Some(1e21));
        assert_eq!(factor("ZFLOPs"), Some(1e21));
        assert_eq!(factor("compute_pf_days"), Some(8.64e19));
        assert_eq!(factor("Compute (PF-days)"), Some(8.64e19));
        for rate in [
            "tflops",
            "throughput/tflops",
            "HW TFLOP/s/GPU",
            "flops_per_token",
            "FLOPs / update",
            "% FLOPS attn",
        ] {
            assert_eq!(factor(rate), None, "{rate}");
        }
    }

    #[test]
    fn counts_and_losses() {
        let split = |header, role| {
            let (base, unit) = split_unit(header, role);
            (base.to_owned(), unit.label)
        };
        assert_eq!(split("Tokens (B)", Role::Tokens), ("Tokens".into(), "1e9".into()));
        assert_eq!(split("params_millions", Role::Params), ("params".into(), "1e6".into()));
        assert_eq!(split("n_params [1e6]", Role::Params), ("n_params".into(), "1e6".into()));
        assert_eq!(split("d_k", Role::Tokens), ("d_k".into(), "1".into()));
        assert_eq!(
            split("compute (1e21 FLOP)", Role::Flops),
            ("compute".into(), "1e21 FLOP".into())
        );
        assert_eq!(split("C [EFLOP]", Role::Flops), ("C".into(), "1e18 FLOP".into()));
        assert_eq!(split("loss (bits)", Role::Loss), ("loss".into(), "ln 2".into()));
        assert_eq!(loss_unit("val_bpb").map(|unit| unit.per_byte), Some(true));
        assert_eq!(loss_unit("C4 Eval PPL").and_then(|unit| unit.apply(1.0)), Some(0.0));
        assert_eq!(loss_unit("ppl").and_then(|unit| unit.apply(0.0)), None);
        assert_eq!(loss_unit("habits"), None);
    }
}
