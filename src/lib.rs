//! Isoloss explores neural scaling laws: run tables in, power laws fitted, compute budgets answered.
//!
//! The rooms, from the ground up; each uses only rooms listed before it (ARCHITECTURE.md has the map and the reasons):
//!
//! - [`units`]: parameters, tokens, FLOPs, loss, as people write them
//! - [`data`]: what was measured
//! - [`import`]: bytes to runs
//! - [`law`]: functional forms and published constants
//! - [`fit`]: a law and runs to a fit report
//! - [`plan`]: a law and a budget to a decision
//! - [`method`]: compute-optimal sizes without a law: isoFLOP parabolas, the envelope of curves
//! - [`validation`]: how far a fit can be trusted: other choices, left-out runs, other laws, the fit card
//! - [`figure`]: plain-data figures and their writers
//! - [`report`]: a fit, its figures and its card on one page
//! - [`train`]: a transformer on plain arrays, from text to held-out losses
//! - [`lab`]: trainings on disk
//! - [`session`]: everything the user chose, the one way to change it, and what was computed from it
//! - [`app`]: the window
//! - [`cli`]: the same without one

pub mod units;

pub mod data;

pub mod import;

pub mod law;

pub mod fit;

pub mod plan;

pub mod method;

pub mod validation;

pub mod figure;

pub mod report;

pub mod train;

pub mod lab;

pub mod session;

pub mod app;

pub mod cli;
