//! Published laws by name, and the list of them.

use crate::law::published::{PUBLISHED, PublishedForm, PublishedLaw, by_name};
use crate::units::Flops;
use serde_json::{Value, json};

/// The law of that name, for flags.
pub(super) fn law(name: &str) -> Result<&'static PublishedLaw, String> {
    by_name(name).ok_or_else(|| {
        let names: Vec<&str> = PUBLISHED.iter().map(|law| law.name).collect();
        format!("no published law of that name; there are {}", names.join(", "))
    })
}

/// Every law with its source, for scripts.
pub(super) fn list() -> Value {
    let laws = PUBLISHED.iter().map(|law| {
        json!({
            "name": law.name,
            "label": law.label,
            "source": law.source,
            "params_convention": law.params_convention.description(),
            "flops_convention": law.flops_convention,
            "validity": law.validity,
            "flops_range": law.flops_range,
            "form": match law.form {
                PublishedForm::Additive(_) => "L = E + A/N^alpha + B/D^beta",
                PublishedForm::KaplanJoint(_) => "L = ((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D",
                PublishedForm::Frontier { .. } => "N*(C), D*(C)",
            },
        })
    });
    json!({ "published": laws.collect::<Vec<_>>() })
}

/// The same for people.
pub(super) fn list_words() -> String {
    let law = |law: &PublishedLaw| {
        format!(
            "{}\n  {}\n  N: {}; C: {}\n  runs: {}; C from {} to {}\n",
            law.name,
            law.source,
            law.params_convention.description(),
            law.flops_convention,
            law.validity,
            Flops(law.flops_range.0).short(),
            Flops(law.flops_range.1).short()
        )
    };
    PUBLISHED.iter().map(law).collect::<Vec<_>>().join("\n")
}
