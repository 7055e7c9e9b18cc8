//! Headers to roles and units.
//!
//! Names are compared without case, spaces, brackets and `_ - . /`. Every role has a ranked list of names (`aliases`);
//! when several columns claim a role the best-ranked that is not much emptier than the others gets it, the first in the
//! file among equals. The symbols N, D and C rank above every other name.
//! Matches are exact: `loss_scale`, `val/box_loss`, `learning_rate_decay` and `lr_scheduler_steps` mean something else.

use super::aliases::NAMES;
use super::grid::{Known, Meaning};
use super::header::{Unit, compute_unit, fold, loss_unit, split_unit, words};
use super::logarithms::{Logarithm, logarithm};
use super::signs::RELATIVE;
use super::{ImportError, Shape};
use crate::data::Role;

/// Rank of names that match by a pattern, after every listed one.
const PATTERN: usize = 100;
/// Rank of perplexities and bits: used where there is no loss in nats.
const CONVERTED: usize = 200;

/// What became of a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assigned {
    pub(super) role: Option<Role>,
    pub(super) unit: Unit,
    pub(super) why: String,
    /// The user said so.
    pub(super) chosen: bool,
}

struct Claim {
    role: Role,
    rank: usize,
    unit: Unit,
}

/// Gives every column at most one role, and every role at most one column. `filled` counts the cells of each column
/// that hold something; `readable` says whether any of them is a value of the role (`size` may say `small`).
pub(super) fn assign(
    headers: &[String],
    filled: &[usize],
    readable: impl Fn(usize, Role) -> bool,
    chosen: &[(Role, String)],
    known: &[Known],
    shape: Shape,
    notes: &mut Vec<String>,
) -> Result<Vec<Assigned>, ImportError> {
    let mut claims: Vec<Option<Claim>> = headers.iter().map(|name| claim(name, shape)).collect();
    for known in known {
        claims[known.column] = match &known.what {
            Meaning::Role(role) => Some(Claim {
                role: *role,
                rank: 0,
                unit: unit_of(&headers[known.column], *role),
            }),
            Meaning::Name(name) => claim(name, shape),
        };
    }
    // Beside `N_w_emb` a plain `N` is the count without embeddings.
    let with_embeddings = headers
        .iter()
        .any(|name| matches!(fold(name).as_str(), "nwemb" | "nwithemb"));
    if with_embeddings && let Some(plain) = headers.iter().position(|name| name == "N" || name == "n") {
        claims[plain] = Some(Claim {
            role: Role::ParamsNonEmbedding,
            rank: 0,
            unit: Unit::one(),
        });
    }
    let mut assigned: Vec<Assigned> = headers
        .iter()
        .map(|_| Assigned {
            role: None,
            unit: Unit::one(),
            why: "kept by its name".to_owned(),
            chosen: false,
        })
        .collect();
    for (column, slot) in claims.iter_mut().enumerate() {
        if let Some(claim) = slot.take_if(|claim| filled[column] > 0 && !readable(column, claim.role)) {
            assigned[column].why = format!("named like {}, but no cell can be read as that", claim.role.name());
        }
    }
    let mut taken = Vec::new();
    for (role, name) in chosen {
        let column = find_column(headers, name)?;
        for other in &mut assigned {
            if other.role == Some(*role) && *role != Role::Ignore {
                other.role = None;
                "another column was chosen".clone_into(&mut other.why);
            }
        }
        assigned[column] = Assigned {
            role: Some(*role),
            unit: unit_for(&headers[column], *role, notes),
            why: "chosen".to_owned(),
            chosen: true,
        };
        taken.push(*role);
    }
    for (role, _) in NAMES {
        let claimants: Vec<usize> = (0..headers.len())
            .filter(|&column| {
                !assigned[column].chosen && claims[column].as_ref().is_some_and(|claim| claim.role == role)
            })
            .collect();
        let most = claimants.iter().map(|&column| filled[column]).max().unwrap_or(0);
        let rank = |column: usize| claims[column].as_ref().map_or(usize::MAX, |claim| claim.rank);
        let best = claimants
            .iter()
            .copied()
            .filter(|_| !taken.contains(&role))
            .min_by_key(|&column| (filled[column] * 2 < most, rank(column), column));
        for &column in &claimants {
            let Some(claim) = &claims[column] else { continue };
            if Some(column) != best {
                let winner = best.map_or("another column was chosen".to_owned(), |best| {
                    let fuller = filled[column] * 2 < most && rank(column) < rank(best);
                    let reason = if fuller { ", which has fewer blanks" } else { "" };
                    format!("`{}` is the {}{reason}", headers[best], role.name())
                });
                assigned[column].why = winner;
                continue;
            }
            let others: Vec<String> = claimants
                .iter()
                .filter(|&&other| other != column)
                .map(|&other| format!("`{}`", headers[other]))
                .collect();
            let renamed = with_embeddings && role == Role::ParamsNonEmbedding && fold(&headers[column]) == "n";
            let known = known.iter().find(|known| known.column == column);
            let mut why = match known {
                Some(known) => known.why.to_owned(),
                None if renamed => "N beside a count with embeddings".to_owned(),
                None => "alias".to_owned(),
            };
            if !others.is_empty() {
                let more = match others.len().saturating_sub(3) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                why = format!("{why}, before {}{more}", others[..others.len().min(3)].join(", "));
            }
            if let Some(note) = claim.unit.note(&headers[column]) {
                notes.push(note);
            }
            assigned[column] = Assigned {
                role: Some(role),
                unit: claim.unit.clone(),
                why,
                chosen: false,
            };
        }
    }
    loss_stand_ins(headers, &mut assigned, shape, notes);
    Ok(assigned)
}

/// Where there is no held-out loss, the training loss stands in; bits per byte never do.
fn loss_stand_ins(headers: &[String], assigned: &mut [Assigned], shape: Shape, notes: &mut Vec<String>) {
    if shape == Shape::Isoloss {
        return;
    }
    let mut per_byte = Vec::new();
    for (name, column) in headers.iter().zip(assigned.iter_mut()) {
        if column.role.is_none() && loss_unit(name).is_some_and(|unit| unit.per_byte) {
            "bits per byte are no nats per token".clone_into(&mut column.why);
            per_byte.push(name);
        }
    }
    if let Some(first) = per_byte.first() {
        let (more, are) = match per_byte.len() - 1 {
            0 => (String::new(), "is"),
            more => (format!(" and {more} more"), "are"),
        };
        notes.push(format!(
            "`{first}`{more} {are} in bits per byte, not read as a loss in nats per token; given the role `loss` it is taken as bits × ln 2"
        ));
    }
    if assigned.iter().all(|column| column.role != Some(Role::Loss))
        && let Some(column) = assigned
            .iter()
            .position(|column| column.role == Some(Role::TrainLoss) && !column.chosen)
    {
        assigned[column].role = Some(Role::Loss);
        "the only loss there is".clone_into(&mut assigned[column].why);
        notes.push(format!(
            "no held-out loss: the training loss `{}` stands for it",
            headers[column]
        ));
    }
}

/// A column by its name, or by its folded name where only one fits.
pub(super) fn find_column(headers: &[String], name: &str) -> Result<usize, ImportError> {
    if let Some(column) = headers.iter().position(|header| header == name.trim()) {
        return Ok(column);
    }
    let folded = fold(name);
    let mut near = (0..headers.len()).filter(|&column| fold(&headers[column]) == folded);
    match (near.next(), near.next()) {
        (Some(column), None) => Ok(column),
        _ => Err(ImportError::Options {
            message: format!("no column `{name}`; found {}", list(headers)),
        }),
    }
}

/// Names for a message: all of a narrow table, the first of a wide one.
pub(super) fn list(headers: &[String]) -> String {
    const SHOWN: usize = 24;
    const LENGTH: usize = 60;
    let shorten = |name: &String| match name.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("`{}…`", &name[..end]),
        None => format!("`{name}`"),
    };
    let shown: Vec<String> = headers.iter().take(SHOWN).map(shorten).collect();
    match headers.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The unit that a header implies for a role that it does not name.
fn unit_of(header: &str, role: Role) -> Unit {
    if let Some(found) = logarithm(header).filter(|found| is_logged(found, role)) {
        return unit_of(found.of, role).logged(found.base);
    }
    match role {
        Role::Loss | Role::TrainLoss => loss_unit(header).unwrap_or_else(|| split_unit(header, role).1),
        Role::Flops => compute_unit(header).unwrap_or_else(|| split_unit(header, role).1),
        _ => split_unit(header, role).1,
    }
}

/// The same for a role that the user chose.
fn unit_for(header: &str, role: Role, notes: &mut Vec<String>) -> Unit {
    let unit = unit_of(header, role);
    notes.extend(unit.note(header));
    unit
}

/// Whether a header with a logarithm in it means one for a role. `log loss` is another name of the cross-entropy.
fn is_logged(found: &Logarithm, role: Role) -> bool {
    match role {
        Role::Params | Role::ParamsNonEmbedding | Role::Tokens | Role::UniqueTokens | Role::Flops => true,
        Role::Loss | Role::TrainLoss => found.base.is_some(),
        _ => false,
    }
}

/// The role that a header alone asks for in a table of runs.
pub(super) fn role_of(header: &str) -> Option<Role> {
    claim(header, Shape::RunsTable).map(|claim| claim.role)
}

/// The role that a header asks for.
fn claim(header: &str, shape: Shape) -> Option<Claim> {
    let exact = |name: &str| {
        NAMES
            .iter()
            .find_map(|(role, names)| names.iter().position(|known| *known == name).map(|rank| (*role, rank)))
    };
    let folded = fold(header);
    if shape == Shape::Isoloss {
        return Role::of_name(header).map(|role| Claim {
            role,
            rank: 0,
            unit: Unit::one(),
        });
    }
    if header == "L" {
        return Some(Claim {
            role: Role::Loss,
            rank: PATTERN - 1,
            unit: Unit::one(),
        });
    }
    if matches!(header, "N" | "D" | "C")
        && let Some((role, _)) = exact(&folded)
    {
        // The symbols themselves leave nothing to guess.
        return Some(Claim {
            role,
            rank: 0,
            unit: Unit::one(),
        });
    }
    if let Some((role, rank)) = exact(&folded) {
        return Some(Claim {
            role,
            rank: rank + 1,
            unit: Unit::one(),
        });
    }
    for role in [
        Role::Params,
        Role::ParamsNonEmbedding,
        Role::Tokens,
        Role::UniqueTokens,
        Role::Flops,
        Role::Loss,
        Role::TrainLoss,
    ] {
        let (base, unit) = split_unit(header, role);
        if base.len() < header.len()
            && let Some((found, rank)) = exact(&fold(base))
            && found == role
        {
            let rank = if unit.converts() { CONVERTED + rank } else { rank };
            return Some(Claim { role, rank, unit });
        }
    }
    if let Some(unit) = compute_unit(header) {
        return Some(Claim {
            role: Role::Flops,
            rank: PATTERN,
            unit,
        });
    }
    if let Some(found) = logarithm(header) {
        // Where the plain quantity stands beside its logarithm, the plain one is used.
        let claim = claim(found.of, shape).filter(|claim| is_logged(&found, claim.role))?;
        return Some(Claim {
            role: claim.role,
            rank: CONVERTED + claim.rank,
            unit: claim.unit.logged(found.base),
        });
    }
    loss_pattern(header)
}

/// Losses named after what they were measured on: `C4 Eval Loss`, `eval/c4/loss`, `eval/paloma/macro_loss`, `val_ppl`.
fn loss_pattern(header: &str) -> Option<Claim> {
    let words = words(header);
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    let held_out = has(&[
        "eval",
        "val",
        "validation",
        "valid",
        "test",
        "dev",
        "heldout",
        "evaluation",
    ]);
    let train = has(&["train", "training"]);
    if has(&["min", "max", "std", "stderr", "se", "scale", "weight", "spike"]) || has(&RELATIVE) {
        return None;
    }
    if let Some(unit) = loss_unit(header) {
        // In bits per byte it needs the tokenizer to become nats per token.
        let role = if train { Role::TrainLoss } else { Role::Loss };
        return (!unit.per_byte).then_some(Claim {
            role,
            rank: CONVERTED + usize::from(!held_out),
            unit,
        });
    }
    let segments: Vec<String> = header.split('/').map(fold).collect();
    let last = segments.last()?;
    let cross_entropy = matches!(
        last.as_str(),
        "crossentropyloss" | "crossentropy" | "celoss" | "lmloss" | "macroloss"
    );
    let of_a_set = segments.len() > 1 && (cross_entropy || last == "loss");
    let in_words = words.len() > 1
        && words.last().is_some_and(|word| word == "loss")
        && matches!(
            words[words.len() - 2].as_str(),
            "eval" | "val" | "validation" | "valid" | "test" | "macro" | "heldout"
        );
    let role = match (held_out, train) {
        (true, false) if of_a_set || in_words => Role::Loss,
        (false, true) if of_a_set => Role::TrainLoss,
        _ if last == "macroloss" => Role::Loss,
        _ => return None,
    };
    Some(Claim {
        role,
        // A mean over sets stands for them all.
        rank: PATTERN + usize::from(last != "macroloss"),
        unit: Unit::one(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles_of(headers: &[&str]) -> Vec<Option<Role>> {
        let headers: Vec<String> = headers.iter().map(|&name| name.to_owned()).collect();
        let filled = vec![10; headers.len()];
        assign(
            &headers,
            &filled,
            |_, _| true,
            &[],
            &[],
            Shape::RunsTable,
            &mut Vec::new(),
        )
        .unwrap()
        .into_iter()
        .map(|column| column.role)
        .collect()
    }

    #[test]
    fn aliases() {
        let cases = [
            (
                Role::Params,
                "N params parameters n_params num_params parameter_count params_total Model_Size model-size size N_w_emb params_active_precise",
            ),
            (
                Role::ParamsNonEmbedding,
                "N_no_emb non_embedding_params params_transformer N_(non-embedding) total_non-emb_params params_non_embedding",
            ),
            (
                Role::Tokens,
                "D tokens tokens_trained train_tokens consumed_tokens total_tokens throughput/total_tokens optim/n_tokens num_input_tokens_seen token_num",
            ),
            (
                Role::Flops,
                "C flops FLOPs flops_budget budget compute_budget Training_FLOP compute_pf_days total_gflops throughput/total_gflops ZFLOPs total_train_ZFLOPs total_flos C_6ND",
            ),
            (
                Role::Loss,
                "loss val_loss eval/loss eval_loss final_loss smooth_loss loss_AVG loss_mean avg_loss lm_loss tel L C4_Eval_Loss eval/paloma/macro_loss eval/c4_en-validation/CrossEntropyLoss ppl val_ppl",
            ),
            (Role::TrainLoss, "Avg_Train_Loss training_loss"),
            (Role::UniqueTokens, "unique_tokens"),
            (Role::Step, "_step Step iteration global_step"),
            (Role::Run, "Name run_name exp_name"),
            (Role::Lr, "lr learning_rate optimizer.learning_rate"),
            (Role::SeqLen, "seq_len block_size"),
        ];
        for (role, names) in cases {
            for name in names.split(' ') {
                let expected = if role == Role::TrainLoss { Role::Loss } else { role };
                assert_eq!(roles_of(&[name]), [Some(expected)], "{name}");
            }
        }
        assert_eq!(
            roles_of(&["train/CrossEntropyLoss", "loss"]),
            [Some(Role::TrainLoss), Some(Role::Loss)]
        );
        assert_eq!(
            roles_of(&["total train ZFLOPs", "goal train tokens"]),
            [Some(Role::Flops), Some(Role::Tokens)]
        );
    }

    #[test]
    fn near_misses_have_no_role() {
        for name in [
            "loss_scale",
            "val/box_loss",
            "learning_rate_decay",
            "lr_scheduler_steps",
            "HW TFLOP/s/GPU",
            "FLOPs / update",
            "% FLOPS attn",
            "Body FLOPs",
            "tok / sec",
            "tok / batch",
            "tokens_per_second",
            "flops_per_token",
            "tflops",
            "val_bpb",
            "bits per byte",
            "params / layer",
            "total emb params",
            "n_layers",
            "d_model",
            "Est C",
            "loss_std",
            "run - lm_loss__MIN",
            "total steps",
            "batch_loss_weight",
            "Max Train Loss",
            "l",
            "token_ids",
            "index",
        ] {
            assert_eq!(roles_of(&[name]), [None], "{name}");
        }
    }

    #[test]
    fn one_column_a_role_and_the_reason_is_told() {
        let headers: Vec<String> = [
            "Params",
            "N",
            "N_w_emb",
            "C4 Eval PPL",
            "C4 Eval Loss",
            "Wiki Eval Loss",
            "C_6ND",
            "C",
        ]
        .map(str::to_owned)
        .to_vec();
        let filled = [2, 20, 20, 20, 20, 20, 20, 20];
        let got = assign(
            &headers,
            &filled,
            |_, _| true,
            &[],
            &[],
            Shape::RunsTable,
            &mut Vec::new(),
        )
        .unwrap();
        let roles: Vec<_> = got.iter().map(|column| column.role).collect();
        let expected = [
            None,
            Some(Role::ParamsNonEmbedding),
            Some(Role::Params),
            None,
            Some(Role::Loss),
            None,
            None,
            Some(Role::Flops),
        ];
        assert_eq!(roles, expected);
        assert_eq!(got[4].why, "alias, before `C4 Eval PPL`, `Wiki Eval Loss`");
        assert_eq!(got[3].why, "`C4 Eval Loss` is the loss");
        let chosen = [(Role::Loss, "Wiki Eval Loss".to_owned())];
        let got = assign(
            &headers,
            &filled,
            |_, _| true,
            &chosen,
            &[],
            Shape::RunsTable,
            &mut Vec::new(),
        )
        .unwrap();
        assert_eq!((got[5].why.as_str(), got[4].role), ("chosen", None));
        let chosen = [(Role::Loss, "nope".to_owned())];
        let error = assign(
            &headers,
            &filled,
            |_, _| true,
            &chosen,
            &[],
            Shape::RunsTable,
            &mut Vec::new(),
        )
        .unwrap_err();
        assert!(error.to_string().starts_with("no column `nope`; found `Params`, `N`"));
    }
}
