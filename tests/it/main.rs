//! One test binary; each module is announced here.
#![allow(clippy::unwrap_used)]

/// Formulas against NIST's certified values.
mod certified;
/// The rest of them, through the command line.
mod certified_cli;
/// Which loss, checkpoints, sizes and names count.
mod choices;
/// The command line against its contract.
mod cli;
/// What users write on figures, several on one page, looks under a name.
mod compose;
/// Plans by other counts, for serving, and in GPU-hours.
mod costs;
/// How often intervals hold the truth.
mod coverage;
/// Learning curves as a figure.
mod curves;
/// Tables kept by hand.
mod dirt;
/// Data that are kept in the project.
mod embedded;
/// Figures as text snapshots.
mod examples;
mod figures;
/// Laws tried by hand in the window.
mod fit_inspector;
/// Fits against certified values and invariances.
mod fitting;
/// Look-alikes of what trackers and trainers write, with their points.
mod fixtures;
/// Handles of the law on the plots, and views that are zoomed together.
mod handles;
/// Hands on the plots, the run table, rules and the palette.
mod hands;
/// The import sheet and the ways in, clicked through.
mod import_sheet;
/// Files into runs.
mod importing;
/// What the architecture forbids, as far as grep can see.
mod invariants;
/// Sweeps that are killed and taken up again.
mod kills;
/// Every form fitted to what it was simulated from.
mod laws;
/// IsoFLOP parabolas and envelopes against known truths.
mod methods;
/// Damaged files.
mod mutations;
/// Where overfitting begins, and what a loss takes.
mod overfitting;
/// Budgets into decisions, against golden tables.
mod plan_inspector;
mod planning;
/// Presenting, by its keys.
mod presenting;
/// Projects saved, opened, moved, and of earlier versions.
mod projects;
/// Files that hold no runs.
mod refusals;
/// `isoloss report` against its contract.
mod reports;
/// What a saved project knows beside its choices.
mod saves;
/// The window as it is painted, against pictures of earlier.
#[cfg(feature = "window-pictures")]
mod screens;
/// Lists of actions on the session.
mod sessions;
/// Real files of other people, where the environment names their folder.
mod shared;
/// An earlier save compared with what is open.
mod since;
/// Workbooks and packed files.
mod spreadsheets;
/// Trainings in the window: chosen, planned, watched, interrupted.
mod train_tab;
/// The trainer against PyTorch, and runs against themselves.
mod training;
/// `isoloss train` and `isoloss eval` against their contract.
mod trainings;
/// Other choices, left-out runs, other laws and the fit card.
mod trust;
/// The window, clicked through its AccessKit labels.
mod window;
/// Figures as PNG, PDF and CSV.
mod writers;
