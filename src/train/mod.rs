//! Small transformers trained on this machine, to add real points to a scaling law.
//!
//! Decoder-only, pre-norm, d_ff = 4 d, tied head: N = 12 L d² without embeddings, exactly. Written on plain arrays with its
//! derivatives by hand; matrix products are `product`'s, everything else is a loop over slices. Losses are in nats per token,
//! and tokens are bytes.
//!
//! ```text
//! Corpus ──windows──> Shard: forward, backward ──gradients──> Optimiser ──> parameters
//!    └───held out──────────────> evaluate ──> Curve, Measured ──> whoever watches
//! ```
//!
//! This room knows no clock, no file and no thread of its own: it runs on the pool it is called from, and tells whoever
//! called it of every step. Same configuration, same text: same bits, for any number of threads.

mod attention;
mod batch;
pub mod checkpoint;
mod corpus;
mod curve;
mod evaluate;
mod gelu;
mod head;
mod kernel;
mod lanes;
mod language;
mod linear;
mod model;
mod norm;
mod optimiser;
mod packed;
mod product;
mod real;
mod run;
mod sample;
pub mod scaling;
mod schedule;
mod shape;
mod streams;
mod tensors;

pub use batch::Batch;
pub use corpus::{Corpus, CorpusError, HELD_OUT_TOKENS, HeldOut, Windows};
pub use curve::{Measured, Point, Trouble};
pub use evaluate::{Evaluation, evaluate};
pub use language::{LANGUAGE_ORACLE, Language};
pub use model::Shard;
pub use optimiser::{AdamW, Optimiser};
pub use packed::Packed;
pub use real::Real;
pub use run::{Ended, Progress, State, Step, TrainConfig, TrainError, Trainer};
pub use sample::sample;
pub use schedule::Schedule;
pub use shape::{BYTES, Shape, ShapeError};
pub use tensors::{Tensor, Tensors};

#[cfg(test)]
mod tests;
