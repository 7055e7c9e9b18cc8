//! Laws that others published, with their sources, conventions and validity.

use super::{Additive, KaplanJoint};

/// How a law counts N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamsConvention {
    /// All parameters, embeddings included.
    Total,
    /// Without embeddings.
    NonEmbedding,
    /// Not N but M, non-embedding FLOPs per token (DeepSeek).
    FlopsPerToken,
}

/// `coefficient · x^exponent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    /// Value at x = 1.
    pub coefficient: f64,
    /// Slope in logs.
    pub exponent: f64,
}

/// What a source gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PublishedForm {
    /// A whole surface L(N, D).
    Additive(Additive),
    /// Kaplan et al. 2020, eq. 1.5: L = [(N_c/N)^(alpha_N/alpha_D) + D_c/D]^alpha_D.
    KaplanJoint(KaplanJoint),
    /// Only the optimum as power laws of C in FLOP; what is `None` follows from C = 6ND or is not given (loss).
    Frontier {
        /// N*(C).
        params: Option<PowerLaw>,
        /// D*(C).
        tokens: Option<PowerLaw>,
        /// L*(C).
        loss: Option<PowerLaw>,
    },
}

/// A published law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PublishedLaw {
    /// As on the command line: `epoch`.
    pub name: &'static str,
    /// For legends: `Besiroglu 2024`.
    pub label: &'static str,
    /// Authors, year, arXiv number, where in it.
    pub source: &'static str,
    /// How N is counted.
    pub params_convention: ParamsConvention,
    /// How C is counted, in words.
    pub flops_convention: &'static str,
    /// Where it was measured, in words: sizes, tokens, tokenizer.
    pub validity: &'static str,
    /// Compute range of the runs behind it, in FLOP.
    pub flops_range: (f64, f64),
    /// The constants.
    pub form: PublishedForm,
}

/// Every published law, oldest first.
pub const PUBLISHED: &[PublishedLaw] = &[];

/// The law of that name.
pub fn by_name(name: &str) -> Option<&'static PublishedLaw> {
    PUBLISHED.iter().find(|law| law.name == name)
}
