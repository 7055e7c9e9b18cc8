//! Laws that others published, with their sources, conventions and validity.
//!
//! Constants stand as their sources print them, and unrounded where a source gives more digits: rounding Hoffmann's beta
//! from .2849 to .28 moves N* by a fifth. Units: N in parameters, D in tokens, C in FLOP, L in nats per token of the
//! source's own tokenizer. Losses of two sources are therefore not comparable; their exponents are.
//!
//! [`PublishedLaw::flops_range`] is what the runs behind a law cover, never what the authors extrapolate to.

mod power_law;

pub use power_law::PowerLaw;

use super::{Additive, KaplanJoint};
use crate::units::FLOPS_PER_PF_DAY;

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

impl ParamsConvention {
    /// For captions: `total parameters`.
    pub fn description(self) -> &'static str {
        match self {
            Self::Total => "total parameters",
            Self::NonEmbedding => "non-embedding parameters",
            Self::FlopsPerToken => "non-embedding FLOP per token",
        }
    }
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

/// L(N) = (8.8e13/N)^.076, N without embeddings, data in plenty, trained to convergence (Kaplan et al. 2020, eq. 1.1).
pub const KAPLAN_LOSS_OF_PARAMS: PowerLaw = PowerLaw::decay(8.8e13, 0.076);

/// L(D) = (5.4e13/D)^.095, large models stopped early (Kaplan et al. 2020, eq. 1.2).
pub const KAPLAN_LOSS_OF_TOKENS: PowerLaw = PowerLaw::decay(5.4e13, 0.095);

/// L(C_min) = (3.1e8 PF-days/C_min)^.050, compute corrected to small batches (Kaplan et al. 2020, eq. 1.3).
pub const KAPLAN_LOSS_OF_COMPUTE: PowerLaw = PowerLaw::decay(3.1e8 * FLOPS_PER_PF_DAY, 0.050);

/// Every published law, oldest first.
pub const PUBLISHED: &[PublishedLaw] = &[
    PublishedLaw {
        name: "kaplan",
        label: "Kaplan 2020",
        source: "Kaplan et al. 2020, arXiv 2001.08361: N*(C_min) and D*(C_min) of Table 6 and section 6, L(C_min) of eq. 1.3",
        params_convention: ParamsConvention::NonEmbedding,
        flops_convention: "6 N D, corrected to training far below the critical batch size (C_min)",
        validity: "Transformers of 768 to 1.5B non-embedding parameters on WebText2, 50,257 BPE tokens, context 1024; \
                   D* is one epoch and stands as printed: 6 N* D* is not C",
        // Conservative: the paper prints no range for this fit. Below, the N* that its 768-parameter models would be;
        // above, the C_min whose N* is its largest model, 1.5e9. Its runs reach 1.2e21 = 6 · 1.5e9 · 2.5e5 steps · 2^19
        // tokens, but those are far past the optimum.
        flops_range: (2.6e11, 1.05e20),
        form: PublishedForm::Frontier {
            params: Some(PowerLaw::of_pf_days(1.3e9, 0.73)),
            tokens: Some(PowerLaw::of_pf_days(2e10, 0.27)),
            loss: Some(KAPLAN_LOSS_OF_COMPUTE),
        },
    },
    PublishedLaw {
        name: "kaplan-joint",
        label: "Kaplan 2020 joint",
        source: "Kaplan et al. 2020, arXiv 2001.08361: eq. 1.5, Table 2; the optimum is derived here, not theirs",
        params_convention: ParamsConvention::NonEmbedding,
        flops_convention: "6 N D",
        validity: "Models of 768 to 1.5B non-embedding parameters trained until they overfit, with 10 % dropout, on 2.1e7 to \
                   2.29e10 tokens of WebText2, 50,257 BPE tokens; the smallest data sets leave the fit",
        // Conservative: one pass of the smallest model over the smallest data set to one pass of the largest over the
        // whole corpus. The runs themselves took many passes.
        flops_range: (9.7e10, 2.06e20),
        form: PublishedForm::KaplanJoint(KaplanJoint::TABLE_2),
    },
    PublishedLaw {
        name: "chinchilla",
        label: "Hoffmann 2022",
        source: "Hoffmann et al. 2022, arXiv 2203.15556: Approach 3, eq. 10, with the digits of the paper's LaTeX source \
                 (ln A = 6.0073404, ln B = 6.0179186, ln E = 0.5267228)",
        params_convention: ParamsConvention::Total,
        flops_convention: "every operation counted (appendix F), within 10 % of 6 N D",
        validity: CHINCHILLA_RUNS,
        flops_range: CHINCHILLA_FLOPS,
        form: PublishedForm::Additive(Additive {
            floor: 1.693_373_680_998_952_8,
            params_coefficient: 406.401_017_519_473_7,
            tokens_coefficient: 410.722_826_945_039_8,
            params_exponent: 0.339_170_84,
            tokens_exponent: 0.284_908_3,
        }),
    },
    PublishedLaw {
        name: "chinchilla-rounded",
        label: "Hoffmann, rounded",
        source: "Hoffmann et al. 2022, arXiv 2203.15556: Approach 3, eq. 10 as printed. For comparison: the rounding alone moves \
                 N* by a fifth",
        params_convention: ParamsConvention::Total,
        flops_convention: "every operation counted (appendix F), within 10 % of 6 N D",
        validity: CHINCHILLA_RUNS,
        flops_range: CHINCHILLA_FLOPS,
        form: PublishedForm::Additive(Additive {
            floor: 1.69,
            params_coefficient: 406.4,
            tokens_coefficient: 410.7,
            params_exponent: 0.34,
            tokens_exponent: 0.28,
        }),
    },
    PublishedLaw {
        name: "muennighoff",
        label: "Muennighoff 2023",
        source: "Muennighoff et al. 2023, arXiv 2305.16264: single-epoch constants from the released fitting notebook \
                 (ln A = 6.255414, ln B = 7.3049974, ln E = 0.6254804, alpha = beta tied)",
        params_convention: ParamsConvention::Total,
        flops_convention: "6 N D",
        validity: "Refitted to 54 points traced from Hoffmann's isoFLOP profiles on C4; data seen once",
        // Conservative: the budgets of the C4 profiles stand only in a figure. These two decades lie inside those of
        // the MassiveText profiles, 6e18 to 3e21.
        flops_range: (1e19, 1e21),
        form: PublishedForm::Additive(Additive {
            floor: 1.869_143_678_405_485_8,
            params_coefficient: 520.824_951_659_918_7,
            tokens_coefficient: 1_487.716_093_782_861,
            params_exponent: 0.352_659_6,
            tokens_exponent: 0.352_659_6,
        }),
    },
    PublishedLaw {
        name: "deepseek",
        label: "DeepSeek 2024",
        source: "DeepSeek-AI 2024, arXiv 2401.02954: section 3.2, eq. 4",
        params_convention: ParamsConvention::FlopsPerToken,
        flops_convention: "M D with M = 72 layers d² + 12 layers d context: attention counted, vocabulary not",
        validity: "Eight isoFLOP budgets from 1e17 to 3e20 on the authors' own bilingual corpus; the exponent moves with data \
                   quality (.450 to .578)",
        flops_range: (1e17, 3e20),
        form: PublishedForm::Frontier {
            params: Some(PowerLaw::new(0.1715, 0.5243)),
            tokens: Some(PowerLaw::new(5.8316, 0.4757)),
            loss: None,
        },
    },
    PublishedLaw {
        name: "epoch",
        label: "Besiroglu 2024",
        source: "Besiroglu, Erdil, Barnett, You 2024, arXiv 2404.10102: Approach 3 refitted, constants as printed",
        params_convention: ParamsConvention::Total,
        flops_convention: "as in the figure of Hoffmann et al.; D = C/(6 N)",
        validity: "240 of the 245 points traced from figure 4 of Hoffmann et al. 2022 (the five highest losses left out), losses \
                   known to about .01",
        flops_range: CHINCHILLA_FLOPS,
        form: PublishedForm::Additive(Additive {
            floor: 1.8172,
            params_coefficient: 482.01,
            tokens_coefficient: 2085.43,
            params_exponent: 0.3478,
            tokens_exponent: 0.3658,
        }),
    },
    PublishedLaw {
        name: "llama3",
        label: "Llama 3 2024",
        source: "Llama team 2024, arXiv 2407.21783: section 3.2.1, D* = .299 C^.537 (its N*(C) is a number of tokens; the text \
                 rounds to .29 and .53)",
        params_convention: ParamsConvention::Total,
        flops_convention: "not stated in the paper; 6 N D reproduces its 402B parameters at 3.8e25 within 4 %",
        validity: "Models of 40M to 16B parameters at budgets from 6e18 to 1e22 on the authors' own corpus, 128K-token vocabulary",
        flops_range: (6e18, 1e22),
        form: PublishedForm::Frontier {
            params: None,
            tokens: Some(PowerLaw::new(0.299, 0.537)),
            loss: None,
        },
    },
];

const CHINCHILLA_RUNS: &str = "More than 400 models of 70M to 16B parameters on 5B to 500B tokens of MassiveText, cosine schedule \
                               matched to the run";

/// Smallest and largest compute among the 245 points traced from figure 4 of Hoffmann et al. by Besiroglu et al. 2024.
const CHINCHILLA_FLOPS: (f64, f64) = (1.397e18, 1.296e22);

/// The law of that name.
pub fn by_name(name: &str) -> Option<&'static PublishedLaw> {
    PUBLISHED.iter().find(|law| law.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64, relative: f64) {
        assert!((value / expected - 1.0).abs() < relative, "{value} is not {expected}");
    }

    #[test]
    fn names_are_unique_and_found() {
        for (index, law) in PUBLISHED.iter().enumerate() {
            assert!(
                PUBLISHED[..index]
                    .iter()
                    .all(|other| other.name != law.name && other.label != law.label)
            );
            assert_eq!(by_name(law.name).map(|found| found.label), Some(law.label));
            assert!(law.flops_range.0 < law.flops_range.1);
        }
        assert_eq!(by_name("gopher"), None);
    }

    #[test]
    fn coefficients_are_the_exponentials_that_the_sources_print() {
        for (name, ln_a, ln_b, ln_e) in [
            ("chinchilla", 6.007_340_4_f64, 6.017_918_6_f64, 0.526_722_8_f64),
            ("muennighoff", 6.255_414, 7.304_997_4, 0.625_480_4),
        ] {
            let Some(PublishedForm::Additive(law)) = by_name(name).map(|law| law.form) else {
                panic!("{name} is a surface")
            };
            near(law.params_coefficient, ln_a.exp(), 1e-14);
            near(law.tokens_coefficient, ln_b.exp(), 1e-14);
            near(law.floor, ln_e.exp(), 1e-14);
        }
    }

    #[test]
    fn one_variable_laws_of_kaplan() {
        for (law, x, loss) in [
            (KAPLAN_LOSS_OF_PARAMS, 1e6, 4.015_880),
            (KAPLAN_LOSS_OF_PARAMS, 1e9, 2.375_640),
            (KAPLAN_LOSS_OF_PARAMS, 1.5e9, 2.303_551),
            (KAPLAN_LOSS_OF_TOKENS, 1e9, 2.815_642),
            (KAPLAN_LOSS_OF_TOKENS, 2.29e10, 2.091_188),
            (KAPLAN_LOSS_OF_COMPUTE, FLOPS_PER_PF_DAY, 2.658_080),
            (KAPLAN_LOSS_OF_COMPUTE, 10.0 * FLOPS_PER_PF_DAY, 2.369_016),
            (KAPLAN_LOSS_OF_COMPUTE, 1e3 * FLOPS_PER_PF_DAY, 1.881_777),
        ] {
            near(law.at(x), loss, 3e-7);
            near(law.inverse(law.at(x)), x, 1e-11);
        }
    }
}
