//! What was found of a fit's trust, as the inspector shows it: made once a revision, drawn in every frame.

use super::strip::Strip;
use crate::session::TrustFound;
use crate::units::{Params, format_significant};
use crate::validation::{Answers, Comparison, LeaveOut};

/// Rows of a table here; the command line has them all.
const SHOWN: usize = 8;

/// An answer in words and numbers.
#[derive(Debug)]
pub(super) struct Trust {
    /// In a sentence.
    pub(super) summary: String,
    /// What stands under it.
    pub(super) detail: Detail,
}

/// What stands under the sentence.
#[derive(Debug)]
pub(super) enum Detail {
    /// Universes along a number.
    Strip(Strip),
    /// A table, and lines under it.
    Table {
        /// Names of its columns.
        head: [&'static str; 4],
        /// Cells, and what is said where the pointer rests.
        rows: Vec<([String; 4], String)>,
        /// What it leaves out.
        below: Vec<String>,
    },
}

impl Trust {
    pub(super) fn of(found: &TrustFound) -> Self {
        Self {
            summary: found.summary().to_owned(),
            detail: match found {
                TrustFound::Multiverse(found) => Detail::Strip(Strip::of(found)),
                TrustFound::LeaveOut(found) => leave_out(found),
                TrustFound::Comparison(found) => comparison(found),
            },
        }
    }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

fn per_cent(share: f64) -> String {
    format!("{} %", format_significant(100.0 * share, 2))
}

fn params(answers: &Answers) -> String {
    or_dash(answers.params.map(|params| Params(params).short()))
}

fn ratio(answers: &Answers) -> String {
    or_dash(answers.tokens_per_param.map(|ratio| format_significant(ratio, 3)))
}

fn leave_out(found: &LeaveOut) -> Detail {
    let all = [
        "nothing".to_owned(),
        or_dash(None),
        params(&found.all),
        ratio(&found.all),
    ];
    let groups = found.groups.iter().take(SHOWN).map(|group| {
        let answers = group.fit.as_ref().map(|fit| &fit.answers);
        let cells = [
            group.name.clone(),
            or_dash(group.prediction.map(|prediction| per_cent(prediction.rmse_log))),
            or_dash(answers.map(params)),
            or_dash(answers.map(ratio)),
        ];
        (cells, group.why.clone().unwrap_or_default())
    });
    let more = found.groups.len().saturating_sub(SHOWN);
    Detail::Table {
        head: ["without", "error", "N*", "D/N"],
        rows: std::iter::once((all, String::new())).chain(groups).collect(),
        below: match more {
            0 => vec![],
            more => vec![format!("and {more} more, which move the answer less")],
        },
    }
}

fn comparison(found: &Comparison) -> Detail {
    let rows = found.ranked.iter().map(|ranked| {
        let cells = [
            format!("{} {}", ranked.rank, ranked.law),
            or_dash(
                ranked
                    .out_of_range
                    .as_ref()
                    .map(|out| per_cent(out.prediction.rmse_log)),
            ),
            or_dash(ranked.delta_aicc.map(|delta| format!("{delta:.1}"))),
            params(&ranked.answers),
        ];
        (cells, ranked.notes.join("; "))
    });
    let others = found.not_compared.iter();
    Detail::Table {
        head: ["law", "error", "ΔAICc", "N*"],
        rows: rows.collect(),
        below: others.map(|other| format!("{}: {}", other.law, other.reason)).collect(),
    }
}
