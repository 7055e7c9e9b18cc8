//! One test binary; each module is announced here.
#![allow(clippy::unwrap_used)]

/// The command line against its contract.
mod cli;
/// Figures as text snapshots.
mod figures;
/// Fits against certified values and invariances.
mod fitting;
/// Look-alikes of what trackers and trainers write, with their points.
mod fixtures;
/// Files into runs.
mod importing;
/// What the architecture forbids, as far as grep can see.
mod invariants;
/// Budgets into decisions, against golden tables.
mod planning;
/// Lists of actions on the session.
mod sessions;
/// Real files of other people, where the environment names their folder.
mod shared;
/// The window, clicked through its AccessKit labels.
mod window;
