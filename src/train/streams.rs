//! Which random numbers serve which purpose: streams of one generator under one seed, so that none depends on how many
//! another has drawn.

/// What a model begins with.
pub(super) const INITIAL: u64 = 1;
/// The words of the built-in language.
pub(super) const WORDS: u64 = 2;
/// Its held-out text.
pub(super) const HELD_OUT: u64 = 3;
/// What is drawn from a model.
pub(super) const SAMPLE: u64 = 4;
/// Training windows of the language: this and up, one each.
pub(super) const WINDOWS: u64 = 1 << 32;
