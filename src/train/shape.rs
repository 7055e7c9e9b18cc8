//! The shape of a model, what it counts and what a token costs.
//!
//! | symbol | here | nanoGPT |
//! |---|---|---|
//! | V | `vocab` | `vocab_size` |
//! | T | `context` | `block_size` |
//! | d | `width` | `n_embd` |
//! | L | `layers` | `n_layer` |
//! | h | `heads` | `n_head` |
//!
//! N = 12 L d² is Kaplan's non-embedding count (arXiv 2001.08361, table 1 with d_attn = d, d_ff = 4 d), exact here because
//! there are no biases and gains are left out.
//!
//! Training FLOPs per token, forward times three: 6 N for the matrices of the blocks; 6 L T d for attention that looks at
//! half of the context on average (Kaplan's equation 2.2: C_forward = 2 N + 2 L T d); 6 V d for the head. Embeddings are
//! looked up, and norms and activations are not counted, as is usual.

use serde::{Deserialize, Serialize};

/// The largest vocabulary: every byte.
pub const BYTES: usize = 256;

/// The shape of a decoder-only transformer with d_ff = 4 d and a tied head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// V, tokens in the vocabulary; at most 256.
    pub vocab: usize,
    /// T, tokens a window.
    pub context: usize,
    /// d, the residual stream.
    pub width: usize,
    /// L, blocks.
    pub layers: usize,
    /// h, attention heads a block.
    pub heads: usize,
}

/// Why there is no such model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// Something is none at all.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    /// Heads share the width evenly.
    #[error("a width of {width} does not divide by {heads} heads")]
    Heads {
        /// d.
        width: usize,
        /// h.
        heads: usize,
    },
    /// Tokens are bytes.
    #[error("a vocabulary of {0} is more than the 256 bytes there are")]
    Vocab(usize),
    /// More parameters than this trainer is for, or than memory can hold.
    #[error("{params} parameters are more than this trainer takes (1 billion)")]
    Large {
        /// All parameters.
        params: u128,
    },
}

impl Shape {
    /// Whether there is such a model.
    ///
    /// # Errors
    /// When something is zero, heads do not divide the width, or the vocabulary is larger than 256.
    pub fn check(&self) -> Result<(), ShapeError> {
        let counts = [
            (self.vocab, "vocab"),
            (self.context, "context"),
            (self.width, "width"),
            (self.layers, "layers"),
            (self.heads, "heads"),
        ];
        if let Some((_, name)) = counts.iter().find(|(count, _)| *count == 0) {
            return Err(ShapeError::Zero(name));
        }
        if !self.width.is_multiple_of(self.heads) {
            return Err(ShapeError::Heads {
                width: self.width,
                heads: self.heads,
            });
        }
        if self.vocab > BYTES {
            return Err(ShapeError::Vocab(self.vocab));
        }
        let [v, t, d, l] = [self.vocab, self.context, self.width, self.layers].map(|count| count as u128);
        let params = l
            .checked_mul(d)
            .and_then(|ld| ld.checked_mul(d))
            .and_then(|ldd| ldd.checked_mul(12))
            .and_then(|n| n.checked_add((v + t) * d));
        match params {
            Some(params) if params <= 1_000_000_000 => Ok(()),
            params => Err(ShapeError::Large {
                params: params.unwrap_or(u128::MAX),
            }),
        }
    }

    /// Width of a head, d / h.
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// N = 12 L d².
    pub fn params_non_embedding(&self) -> usize {
        12 * self.layers * self.width * self.width
    }

    /// Every trained number: N, embeddings of tokens and positions, gains.
    pub fn params_total(&self) -> usize {
        self.params_non_embedding() + (self.vocab + self.context + 2 * self.layers + 1) * self.width
    }

    /// Training FLOPs per token, 6 N + 6 L T d: Kaplan's exact count, the one that runs report.
    pub fn flops_per_token(&self) -> f64 {
        6.0 * self.params_non_embedding() as f64 + 6.0 * (self.layers * self.context * self.width) as f64
    }

    /// Training FLOPs per token of every matrix product, 6 N + 6 L T d + 6 V d: what the machine does.
    pub fn flops_per_token_with_head(&self) -> f64 {
        self.flops_per_token() + 6.0 * (self.vocab * self.width) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Shape = Shape {
        vocab: 256,
        context: 128,
        width: 64,
        layers: 2,
        heads: 4,
    };

    #[test]
    fn counts_are_kaplans() {
        assert_eq!(SMALL.params_non_embedding(), 98_304);
        assert_eq!(SMALL.params_total(), 98_304 + 256 * 64 + 128 * 64 + 5 * 64);
        assert_eq!(SMALL.flops_per_token(), 6.0 * (98_304.0 + 2.0 * 128.0 * 64.0));
        assert_eq!(
            SMALL.flops_per_token_with_head(),
            6.0 * (98_304.0 + 2.0 * 128.0 * 64.0 + 256.0 * 64.0)
        );
    }

    #[test]
    fn says_what_is_no_model() {
        let text = |shape: Shape| shape.check().unwrap_err().to_string();
        assert_eq!(
            text(Shape { heads: 5, ..SMALL }),
            "a width of 64 does not divide by 5 heads"
        );
        assert_eq!(text(Shape { layers: 0, ..SMALL }), "layers must be at least 1");
        assert!(text(Shape { vocab: 257, ..SMALL }).contains("256 bytes"));
        let width = 1 << 40;
        assert!(
            Shape {
                width,
                heads: 1,
                ..SMALL
            }
            .check()
            .is_err()
        );
        assert_eq!(SMALL.check(), Ok(()));
    }
}
