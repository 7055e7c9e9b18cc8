//! Consoles of trainers, line by line.

pub(super) mod console;
pub(super) mod llmc;
pub(super) mod megatron;
pub(super) mod nanochat;
pub(super) mod nanogpt;
pub(super) mod nanotron;
pub(super) mod olmo;
pub(super) mod rows;
pub(super) mod torchtitan;
