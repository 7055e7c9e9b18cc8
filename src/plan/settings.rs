//! Batch and learning rate that studies suggest for a training, and Kaplan's critical batch.
//!
//! | source | learning rate | batch, tokens | their runs |
//! |---|---|---|---|
//! | Step Law, Li et al. 2025 (arXiv 2503.04715) | 1.79 N^-0.713 D^0.307 | 0.58 D^0.571 | N 6e7–1e9, D 2e9–1e11 |
//! | DeepSeek LLM 2024 (arXiv 2401.02954, eq. 1) | 0.3118 C^-0.1250 | 0.2920 C^0.3271 | C 1e17–2e19 |
//! | Porian et al. 2024 (arXiv 2406.19146) | 3.7 N^-0.36 | 2048 · 0.00037 N^0.703 | N 5e6–9e8 |
//!
//! ```text
//! B_crit(L) = B_* / L^(1/alpha_B)        B_* = 2.1e8 tokens, alpha_B = 0.21        (Kaplan et al. 2020, eq. 5.3)
//! S_min = S / (1 + B_crit/B)             at B = B_crit a run takes 2 S_min steps and 2 E_min tokens
//! ```
//!
//! N in parameters, without embeddings in Step Law; D in tokens, C in FLOP, L in nats per token.
//!
//! Limits: each holds for its authors' data, tokenizer, optimiser and schedule; beyond their runs it is an extrapolation.
//! Kaplan's B_* and L belong to WebText2.

use super::Optimum;

/// Kaplan's B_* in tokens and alpha_B.
const CRITICAL_SCALE: f64 = 2.1e8;
const CRITICAL_EXPONENT: f64 = 0.21;

/// What a study suggests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Which study.
    pub source: &'static str,
    /// Where it was published, and over what it was fitted.
    pub about: &'static str,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Batch in tokens.
    pub batch: f64,
    /// The training lies within their runs.
    pub within: bool,
}

/// What the studies suggest for a training.
pub fn settings(optimum: &Optimum) -> [Setting; 3] {
    let (n, d, c) = (optimum.equivalent_params().0, optimum.tokens.0, optimum.flops.0);
    [
        Setting {
            source: "Step Law",
            about: "Li et al. 2025, arXiv 2503.04715: 60M to 1B parameters without embeddings on 2B to 100B tokens",
            learning_rate: 1.79 * n.powf(-0.713) * d.powf(0.307),
            batch: 0.58 * d.powf(0.571),
            within: (6e7..=1.1e9).contains(&n) && (2e9..=1e11).contains(&d),
        },
        Setting {
            source: "DeepSeek",
            about: "DeepSeek LLM 2024, arXiv 2401.02954: budgets of 1e17 to 2e19 FLOP",
            learning_rate: 0.3118 * c.powf(-0.125),
            batch: 0.292 * c.powf(0.3271),
            within: (1e17..=2e19).contains(&c),
        },
        Setting {
            source: "Porian et al.",
            about: "Porian et al. 2024, arXiv 2406.19146: 5M to 901M parameters, twenty tokens each",
            learning_rate: 3.7 * n.powf(-0.36),
            batch: 2048.0 * 0.00037 * n.powf(0.703),
            within: (5e6..=9.1e8).contains(&n),
        },
    ]
}

/// B_crit at a loss, in tokens.
pub fn critical_batch(loss: f64) -> f64 {
    CRITICAL_SCALE / loss.powf(1.0 / CRITICAL_EXPONENT)
}

/// S_min: the fewest steps, with batches far above the critical one, of a training that takes D tokens at the critical batch.
pub fn fewest_steps(tokens: f64, loss: f64) -> f64 {
    0.5 * tokens / critical_batch(loss)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::SizeQuantity;
    use crate::units::{Flops, Params, Tokens};

    #[test]
    fn kaplans_critical_batch() {
        for (loss, batch) in [
            (2.0, 7.740e6),
            (2.5, 2.675e6),
            (3.0, 1.1226e6),
            (4.0, 2.8528e5),
            (5.0, 9.858e4),
        ] {
            assert!((critical_batch(loss) / batch - 1.0).abs() < 1e-3, "{loss}");
        }
        // At B_crit a run takes twice the fewest steps.
        let steps = 1e11 / critical_batch(2.5);
        assert!((steps / fewest_steps(1e11, 2.5) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_studies_agree_within_their_runs_and_say_where_that_ends() {
        let optimum = |n: f64, d: f64| Optimum {
            flops: Flops(6.0 * n * d),
            params: Params(n),
            tokens: Tokens(d),
            loss: None,
            size: SizeQuantity::Params,
        };
        // N = 1.08e8: Porian's rule of thumb is .0047 and 160 sequences of 2048 tokens.
        let small = settings(&optimum(1.08e8, 2.2e9));
        assert!((small[2].learning_rate / 0.0047 - 1.0).abs() < 0.03);
        assert!((small[2].batch / (160.0 * 2048.0) - 1.0).abs() < 0.08);
        assert!(small.iter().all(|setting| setting.within));
        assert!(
            small
                .iter()
                .all(|setting| (5e-4..1e-2).contains(&setting.learning_rate))
        );
        let large = settings(&optimum(7e10, 1.4e12));
        assert!(large.iter().all(|setting| !setting.within));
    }
}
