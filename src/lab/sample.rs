//! Text from the model of a run's folder.

use super::run::corpus_of;
use super::{CorpusChoice, LabError};
use crate::train::checkpoint::read_model;
use crate::train::sample as draw;
use std::path::Path;

/// Draws `count` bytes from the model in a run's folder, as text: what is no UTF-8 and what is no letter to be shown
/// becomes `·`. Same folder, same seed: same text.
///
/// # Errors
/// When the folder holds no model.
pub fn sample(folder: &Path, count: usize, seed: u64) -> Result<String, LabError> {
    let path = folder.join("model.safetensors");
    let unreadable = |reason: String| LabError::Read {
        path: path.clone(),
        reason,
    };
    let bytes = std::fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
    let model = read_model(&bytes).map_err(|error| unreadable(error.to_string()))?;
    // Texts begin with a line, the language with a word.
    let start = match corpus_of(folder)? {
        Some(CorpusChoice::Path(_)) => b"\n",
        Some(CorpusChoice::Language) | None => b" ",
    };
    let drawn = draw(&model, start, count, 1.0, seed);
    let shown = |c: char| match c {
        '\n' | '\t' => ' ',
        c if c.is_control() || c == char::REPLACEMENT_CHARACTER => '·',
        c => c,
    };
    Ok(String::from_utf8_lossy(&drawn).chars().map(shown).collect())
}
