//! N without embeddings where no column has it: by the shape of a family of models.
//!
//! ```text
//! N = N' + (V + T) d      N' = 12 d³/(d/layers)
//! ```
//!
//! N in all, N' without embeddings, V tokens of the vocabulary, T learned positions, d the width. Source: Pearce and Song 2024 (arXiv
//! 2406.12907), section 3. Limits: one aspect for all sizes, embeddings counted once, four d wide feed-forward layers.

use serde::Serialize;

/// The shape of a family of models.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FamilyShape {
    /// V, tokens of the vocabulary.
    pub vocab: f64,
    /// T, learned positions; 0 where there are none.
    pub context: f64,
    /// Width over layers.
    pub aspect: f64,
}

impl FamilyShape {
    /// N' of a total N. Between 0 and N for any positive shape.
    pub fn without_embeddings(&self, total: f64) -> f64 {
        // d³ 12/aspect + (V + T) d rises in d: halved until its last digit.
        let (mut low, mut high) = (0.0_f64, (total * self.aspect / 12.0).cbrt());
        for _ in 0..100 {
            let d = 0.5 * (low + high);
            if 12.0 / self.aspect * d.powi(3) + (self.vocab + self.context) * d > total {
                high = d;
            } else {
                low = d;
            }
        }
        12.0 / self.aspect * low.powi(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_without_its_embeddings() {
        // Pearce and Song: N = N' + omega N'^(1/3) with omega = 47491 for V = 32000 and an aspect of 39.2.
        let shape = FamilyShape {
            vocab: 32000.0,
            context: 0.0,
            aspect: 39.2,
        };
        for total in [1e7, 1e9, 7e10] {
            let inner = shape.without_embeddings(total);
            assert!(
                ((inner + 47491.0 * inner.cbrt()) / total - 1.0).abs() < 1e-3,
                "{total} {inner}"
            );
        }
    }
}
