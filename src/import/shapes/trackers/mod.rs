//! What experiment trackers and training libraries export.

pub(super) mod curve_names;
pub(super) mod keras;
pub(super) mod lightning;
pub(super) mod mlflow_metric;
pub(super) mod mlflow_runs;
pub(super) mod run_rows;
pub(super) mod swanlab;
pub(super) mod tensorboard;
pub(super) mod trackio;
pub(super) mod wandb_history;
pub(super) mod wandb_panel;
pub(super) mod wandb_runs;
