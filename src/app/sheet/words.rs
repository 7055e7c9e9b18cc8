//! What roles, layouts and marks are called in the sheet.

use crate::data::Role;

/// Name of a role in a menu.
pub(super) fn role(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Run) => "Run name",
        Some(Role::Group) => "Group",
        Some(Role::Params) => "N, parameters",
        Some(Role::ParamsNonEmbedding) => "N, no embeddings",
        Some(Role::Tokens) => "D, tokens",
        Some(Role::UniqueTokens) => "U, unique tokens",
        Some(Role::Flops) => "C, compute",
        Some(Role::Loss) => "L, held-out loss",
        Some(Role::TrainLoss) => "Training loss",
        Some(Role::Step) => "Step",
        Some(Role::Epoch) => "Epoch",
        Some(Role::Batch) => "Batch size",
        Some(Role::SeqLen) => "Sequence length",
        Some(Role::Lr) => "Learning rate",
        Some(Role::Ignore) | None => "No role",
    }
}

/// What a role means, with its unit.
pub(super) fn meaning(role: Role) -> &'static str {
    match role {
        Role::Run => "Rows that share a name are checkpoints of one run",
        Role::Group => "Recipe, data set or family that a run belongs to",
        Role::Params => "Number of parameters, all of them or of unstated convention",
        Role::ParamsNonEmbedding => "Number of parameters without embeddings",
        Role::Tokens => "Training tokens seen, repeats included",
        Role::UniqueTokens => "Distinct training tokens",
        Role::Flops => "Training compute in FLOP",
        Role::Loss => "Loss on held-out data, nats per token",
        Role::TrainLoss => "Loss on the training data, nats per token",
        Role::Step => "Optimiser step",
        Role::Epoch => "Passes over the data",
        Role::Batch => "Batch size",
        Role::SeqLen => "Sequence length in tokens",
        Role::Lr => "Learning rate",
        Role::Ignore => "Kept by its name for filters, and nothing else",
    }
}

/// Name of a delimiter.
pub(super) fn delimiter(mark: &str) -> &str {
    match mark {
        "\t" => "tab",
        "," => "comma",
        ";" => "semicolon",
        "|" => "bar",
        " " => "space",
        other => other,
    }
}
