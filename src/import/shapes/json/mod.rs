//! JSON: records, series, and what trainers write in it.

pub(super) mod lines;
pub(super) mod lm_eval;
pub(super) mod nested;
pub(super) mod records;
pub(super) mod text;
pub(super) mod trainer_state;
