//! Models that people know, by size and training tokens: marks to find one's way by, never data of a fit.
//!
//! N in parameters, embeddings included; D in tokens seen, as the source states them. Only dense models, of which N is one
//! number, and only those whose report states D: that of GPT-2 does not.

use crate::units::{Params, Tokens};

/// A model that people know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownModel {
    /// As people call it.
    pub name: &'static str,
    /// N.
    pub params: Params,
    /// D.
    pub tokens: Tokens,
    /// Authors, year, arXiv number.
    pub source: &'static str,
}

/// Some known models, oldest first.
pub const REFERENCE_MODELS: [KnownModel; 11] = [
    model("GPT-3", 175e9, 300e9, "Brown et al. 2020, arXiv 2005.14165, Table 2.1"),
    model("Gopher", 280e9, 300e9, "Rae et al. 2021, arXiv 2112.11446"),
    model("MT-NLG", 530e9, 270e9, "Smith et al. 2022, arXiv 2201.11990"),
    model("Chinchilla", 70e9, 1.4e12, "Hoffmann et al. 2022, arXiv 2203.15556"),
    model("PaLM", 540e9, 780e9, "Chowdhery et al. 2022, arXiv 2204.02311"),
    model(
        "LLaMA 7B",
        6.7e9,
        1.0e12,
        "Touvron et al. 2023, arXiv 2302.13971, Table 2",
    ),
    model(
        "LLaMA 13B",
        13.0e9,
        1.0e12,
        "Touvron et al. 2023, arXiv 2302.13971, Table 2",
    ),
    model(
        "LLaMA 33B",
        32.5e9,
        1.4e12,
        "Touvron et al. 2023, arXiv 2302.13971, Table 2",
    ),
    model(
        "LLaMA 65B",
        65.2e9,
        1.4e12,
        "Touvron et al. 2023, arXiv 2302.13971, Table 2",
    ),
    model(
        "Llama 2 70B",
        70e9,
        2.0e12,
        "Touvron et al. 2023, arXiv 2307.09288, Table 1",
    ),
    model("Llama 3 405B", 405e9, 15.6e12, "Llama team 2024, arXiv 2407.21783"),
];

const fn model(name: &'static str, params: f64, tokens: f64, source: &'static str) -> KnownModel {
    KnownModel {
        name,
        params: Params(params),
        tokens: Tokens(tokens),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compute_is_what_the_papers_say_of_it() {
        let flops = |name: &str| {
            let model = REFERENCE_MODELS.iter().find(|model| model.name == name).unwrap();
            6.0 * model.params.0 * model.tokens.0
        };
        // Brown et al., Table D.1: 3.14e23; Hoffmann et al., Table 3: 5.76e23 for both, by their own count; Llama team: 3.8e25.
        for (name, published) in [
            ("GPT-3", 3.14e23),
            ("Gopher", 5.76e23),
            ("Chinchilla", 5.76e23),
            ("Llama 3 405B", 3.8e25),
        ] {
            assert!(
                (flops(name) / published - 1.0).abs() < 0.15,
                "{name}: {:e}",
                flops(name)
            );
        }
    }
}
