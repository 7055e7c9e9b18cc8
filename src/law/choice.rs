//! The law of a fit: one of ours, a formula of the user's, or one of ours for several groups.

use super::formula::Formula;
use super::{Grouped, Law, LawKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is fitted. Saved as a word (`chinchilla`) or as an object with the formula in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LawChoice {
    /// A form of the registry.
    Built(LawKind),
    /// A formula of the user's.
    Formula(Formula),
    /// A form of the registry for several groups of runs. It belongs to its runs and is not saved.
    #[serde(skip)]
    Grouped(Arc<Grouped>),
}

impl LawChoice {
    /// The form itself.
    pub fn law(&self) -> &dyn Law {
        match self {
            Self::Built(kind) => kind.law(),
            Self::Formula(formula) => formula,
            Self::Grouped(grouped) => &**grouped,
        }
    }

    /// The form of the registry, where it is one.
    pub fn kind(&self) -> Option<LawKind> {
        match self {
            Self::Built(kind) => Some(*kind),
            Self::Formula(_) | Self::Grouped(_) => None,
        }
    }

    /// The name on the command line; `formula` for one of the user's.
    pub fn name(&self) -> &str {
        self.law().name()
    }

    /// In a word, for lists.
    pub fn short_label(&self) -> &'static str {
        match self {
            Self::Built(kind) => kind.short_label(),
            Self::Formula(_) => "Formula",
            Self::Grouped(_) => "Groups",
        }
    }
}

impl From<LawKind> for LawChoice {
    fn from(kind: LawKind) -> Self {
        Self::Built(kind)
    }
}

impl From<Formula> for LawChoice {
    fn from(formula: Formula) -> Self {
        Self::Formula(formula)
    }
}

impl PartialEq<LawKind> for LawChoice {
    fn eq(&self, kind: &LawKind) -> bool {
        self.kind() == Some(*kind)
    }
}
