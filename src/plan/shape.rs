//! How parameters and FLOP are counted, for a family of transformers of one shape.
//!
//! ```text
//! layers = d/aspect        N without embeddings = 12 layers d²        with head: + V d        total: + (V + T) d
//!
//! FLOP per training token     6ND        6 N, N as counted
//!                             kaplan     6 N + 6 layers T d, N without embeddings
//!                             attention  6 N + 12 layers T d, N as counted
//!                             deepseek   72 layers d² + 12 layers d T
//! ```
//!
//! d the width, V the vocabulary, T the context, all of them numbers; layers need not be whole. Every count is a polynomial in
//! d of the third degree without a constant.
//!
//! Sources: Kaplan et al. 2020 (arXiv 2001.08361), table 1 and eq. 2.2; Pearce and Song 2024 (arXiv 2406.12907) for the
//! family of one aspect; Chowdhery et al. 2022 (arXiv 2204.02311), appendix B; DeepSeek LLM 2024 (arXiv 2401.02954), eq. 2.
//! Limits: tied head, learned positions, four times the width within a block; other architectures count otherwise.

use serde::{Deserialize, Serialize};

/// Models that differ in their width alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Family {
    /// V.
    pub vocab: f64,
    /// T, tokens.
    pub context: f64,
    /// d/layers.
    pub aspect: f64,
}

impl Family {
    /// What is taken where nothing is said: a usual vocabulary, context and form.
    pub const USUAL: Self = Self {
        vocab: 32_000.0,
        context: 2048.0,
        aspect: 128.0,
    };
}

/// Which parameters N counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Convention {
    /// All of them.
    Total,
    /// Without embeddings and positions.
    NonEmbedding,
    /// With the head's matrix, which costs FLOP, and no other embedding.
    WithHead,
}

impl Convention {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Total => "total parameters",
            Self::NonEmbedding => "parameters without embeddings",
            Self::WithHead => "parameters with the head, without other embeddings",
        }
    }
}

/// What a training token costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlopsRule {
    /// 6 N, with N as it is counted.
    #[serde(rename = "6nd")]
    SixNd,
    /// Kaplan's, with attention over half of the context.
    Kaplan,
    /// 6 N and attention over the whole context.
    Attention,
    /// DeepSeek's M.
    Deepseek,
}

impl FlopsRule {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::SixNd => "C = 6 N D",
            Self::Kaplan => "C = (6 N + 6 layers T d) D",
            Self::Attention => "C = (6 N + 12 layers T d) D",
            Self::Deepseek => "C = (72 layers d² + 12 layers T d) D",
        }
    }
}

/// A count as c1 d + c2 d² + c3 d³.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Count([f64; 3]);

impl Count {
    /// At the logarithm of a width: ln of the count, and its slope over ln d, which lies between 1 and 3.
    pub(super) fn at(self, ln_width: f64) -> (f64, f64) {
        let width = ln_width.exp();
        let [linear, square, cube] = self.0;
        let terms = [linear * width, square * width.powi(2), cube * width.powi(3)];
        let sum: f64 = terms.iter().sum();
        (sum.ln(), (terms[0] + 2.0 * terms[1] + 3.0 * terms[2]) / sum)
    }

    /// The logarithm of the width that has a count, from the logarithm of that.
    pub(super) fn ln_width(self, ln_count: f64) -> f64 {
        // ln of the count is convex in ln d with slopes of 1 to 3: Newton's steps end where they should from anywhere.
        let mut ln_width = ln_count / 3.0;
        for _ in 0..100 {
            let (value, slope) = self.at(ln_width);
            let step = (ln_count - value) / slope;
            ln_width += step;
            if step.abs() <= 4.0 * f64::EPSILON * ln_width.abs().max(1.0) {
                break;
            }
        }
        ln_width
    }
}

impl Family {
    /// N.
    pub(super) fn params(self, convention: Convention) -> Count {
        let embedding = match convention {
            Convention::Total => self.vocab + self.context,
            Convention::NonEmbedding => 0.0,
            Convention::WithHead => self.vocab,
        };
        Count([embedding, 0.0, 12.0 / self.aspect])
    }

    /// FLOP per training token.
    pub(super) fn flops(self, rule: FlopsRule, convention: Convention) -> Count {
        let attention = self.context / self.aspect;
        let (counted, squares) = match rule {
            FlopsRule::SixNd => (convention, 0.0),
            FlopsRule::Kaplan => (Convention::NonEmbedding, 6.0 * attention),
            FlopsRule::Attention => (convention, 12.0 * attention),
            FlopsRule::Deepseek => (Convention::NonEmbedding, 12.0 * attention),
        };
        let Count([linear, _, cube]) = self.params(counted);
        Count([6.0 * linear, squares, 6.0 * cube])
    }

    /// N without embeddings of a total N. Between 0 and N for any positive shape.
    pub fn without_embeddings(self, total: f64) -> f64 {
        let (all, inner) = (self.params(Convention::Total), self.params(Convention::NonEmbedding));
        inner.at(all.ln_width(total.ln())).0.exp()
    }

    /// Layers of a width.
    pub fn layers(self, width: f64) -> f64 {
        width / self.aspect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpt2_small_has_its_parameters() {
        // 12 layers of width 768: 85M without embeddings, 124M in all (radford et al.; gains and biases left out).
        let family = Family {
            vocab: 50_257.0,
            context: 1024.0,
            aspect: 64.0,
        };
        let count = |convention| family.params(convention).at(768_f64.ln()).0.exp();
        assert!((count(Convention::NonEmbedding) / 84_934_656.0 - 1.0).abs() < 1e-12);
        assert!((count(Convention::Total) - count(Convention::NonEmbedding) - 51_281.0 * 768.0).abs() < 1e-3);
        assert!((family.layers(768.0) - 12.0).abs() < 1e-12);
    }

    #[test]
    fn the_width_of_a_count() {
        for convention in [Convention::Total, Convention::NonEmbedding, Convention::WithHead] {
            for rule in [
                FlopsRule::SixNd,
                FlopsRule::Kaplan,
                FlopsRule::Attention,
                FlopsRule::Deepseek,
            ] {
                for count in [Family::USUAL.params(convention), Family::USUAL.flops(rule, convention)] {
                    for ln_width in [-3.0, 0.5, 4.0, 9.3, 15.0] {
                        let found = count.ln_width(count.at(ln_width).0);
                        assert!(
                            (found - ln_width).abs() < 1e-12 * ln_width.abs().max(1.0),
                            "{found} {ln_width}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_family_without_its_embeddings() {
        // Pearce and Song: N = N' + omega N'^(1/3) with omega = 47491 for V = 32000 and an aspect of 39.2.
        let family = Family {
            vocab: 32_000.0,
            context: 0.0,
            aspect: 39.2,
        };
        for total in [1e7, 1e9, 7e10] {
            let inner = family.without_embeddings(total);
            let again = inner + 47_491.0 * inner.cbrt();
            assert!((again / total - 1.0).abs() < 1e-3, "{total} {inner}");
        }
    }

    #[test]
    fn costs_of_a_token_by_every_rule() {
        let family = Family {
            vocab: 256.0,
            context: 256.0,
            aspect: 32.0,
        };
        // d = 64, two layers: attention adds two thirds (Kaplan adds half of what the full context does).
        let cost = |rule| family.flops(rule, Convention::NonEmbedding).at(64_f64.ln()).0.exp();
        let n = 12.0 * 2.0 * 64.0 * 64.0;
        let exact = |rule, value: f64| assert!((cost(rule) / value - 1.0).abs() < 1e-12, "{rule:?}");
        exact(FlopsRule::SixNd, 6.0 * n);
        exact(FlopsRule::Kaplan, 6.0 * n * (1.0 + 256.0 / (12.0 * 64.0)));
        exact(FlopsRule::Attention, 6.0 * n * (1.0 + 256.0 / (6.0 * 64.0)));
        exact(FlopsRule::Deepseek, 6.0 * n * (1.0 + 256.0 / (6.0 * 64.0)));
    }
}
