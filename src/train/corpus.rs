//! Text as tokens: bytes, of the built-in language or of the user's files; what is trained on and what is held out.
//!
//! A run sees numbered windows of T + 1 bytes, the last T of which it is to predict. Where there is only so much text, or
//! the user allows only so many unique tokens, windows are gone through in epochs: each once, in an order of the epoch's
//! own. Which window a number stands for is computed, not remembered, so a resumed run goes on where it was.
//!
//! The last tenth of a user's text is held out; the language has held-out windows of its own, which begin with a word, so
//! that a model can know all that the oracle knows.

use super::Language;
use std::sync::Arc;

/// Where text comes from.
#[derive(Debug, Clone)]
pub enum Corpus {
    /// The built-in language.
    Language(Arc<Language>),
    /// Bytes of the user's.
    Text(Arc<[u8]>),
}

/// Why a corpus cannot be trained on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorpusError {
    /// Too little text.
    #[error("{bytes} bytes of text are too few: a context of {context} tokens needs at least {needed}")]
    Short {
        /// Bytes to train on, or to hold out.
        bytes: usize,
        /// T.
        context: usize,
        /// What would do.
        needed: usize,
    },
    /// Too few unique tokens.
    #[error("{unique} unique tokens are fewer than one window of {context}")]
    Unique {
        /// As asked.
        unique: u64,
        /// T.
        context: usize,
    },
}

impl Corpus {
    /// The built-in language.
    pub fn language() -> Self {
        Self::Language(Arc::new(Language::new()))
    }

    /// Where the held-out part of a text begins: nine tenths in, as nanoGPT splits.
    pub fn split(bytes: usize) -> usize {
        (bytes as u128 * 9 / 10) as usize
    }
}

/// Training windows of a corpus.
#[derive(Debug, Clone)]
pub struct Windows {
    corpus: Corpus,
    context: usize,
    seed: u64,
    /// Windows of one epoch; none for endless text.
    count: Option<u64>,
}

impl Windows {
    /// Windows of `context` tokens; `unique` limits the text to so many tokens.
    ///
    /// # Errors
    /// When there is less text than one window, or than one for the held-out part.
    pub fn new(corpus: Corpus, context: usize, unique: Option<u64>, seed: u64) -> Result<Self, CorpusError> {
        if unique.is_some_and(|unique| unique < context as u64) {
            let unique = unique.unwrap_or(0);
            return Err(CorpusError::Unique { unique, context });
        }
        let count = match &corpus {
            Corpus::Language(_) => unique.map(|unique| unique / context as u64),
            Corpus::Text(text) => {
                let training = Corpus::split(text.len());
                if training <= context || text.len() - training < 2 {
                    return Err(CorpusError::Short {
                        bytes: text.len(),
                        context,
                        needed: ((context + 1) * 10).div_ceil(9).max(20),
                    });
                }
                let targets = (training - 1) as u64;
                Some(unique.map_or(targets, |unique| unique.min(targets)) / context as u64)
            }
        };
        Ok(Self {
            corpus,
            context,
            seed,
            count,
        })
    }

    /// Tokens of one epoch; none for endless text.
    pub fn unique_tokens(&self) -> Option<u64> {
        self.count.map(|count| count * self.context as u64)
    }

    /// Fills `out`, T + 1 bytes, with the window of this number.
    pub fn fill(&self, number: u64, out: &mut [u8]) {
        let place = self.count.map_or(number, |count| {
            shuffled(
                number % count,
                count,
                self.seed ^ (number / count).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            )
        });
        match &self.corpus {
            Corpus::Language(language) => language.training(self.seed, place, out),
            Corpus::Text(text) => out.copy_from_slice(&text[place as usize * self.context..][..self.context + 1]),
        }
    }
}

/// Where a number goes in a shuffle of 0 … count − 1, without the others: a Feistel network over the next power of four,
/// walked until it ends below `count`.
fn shuffled(number: u64, count: u64, key: u64) -> u64 {
    let half_bits = (64 - count.saturating_sub(1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1 << half_bits) - 1;
    let mut value = number;
    loop {
        let (mut left, mut right) = (value >> half_bits, value & mask);
        for round in 0..6_u64 {
            (left, right) = (right, left ^ (mixed(right ^ mixed(key.wrapping_add(round))) & mask));
        }
        value = left << half_bits | right;
        if value < count {
            return value;
        }
    }
}

/// SplitMix64's finaliser: every bit depends on every other.
fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Held-out text in windows.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// T.
    pub context: usize,
    /// Inputs, `[windows, T]`.
    pub inputs: Vec<u8>,
    /// Their successors, `[windows, T]`.
    pub targets: Vec<u8>,
    /// Targets of each window that count, from its first on; less than T only where text ends.
    pub counted: Vec<usize>,
    /// −ln P of every target, where it is known.
    pub oracle: Option<Vec<f64>>,
    /// −Σ p ln p of the counted bytes: what a model has learned that knows how often each byte occurs, and no more.
    pub unigram_entropy: f64,
}

/// Held-out tokens that are scored at most: with a spread of 2 nats a token this is a standard error of 0.004.
pub const HELD_OUT_TOKENS: usize = 1 << 18;

impl HeldOut {
    /// At most [`HELD_OUT_TOKENS`] of a corpus, spread evenly over what is held out.
    ///
    /// # Errors
    /// When nothing is held out.
    pub fn new(corpus: &Corpus, context: usize) -> Result<Self, CorpusError> {
        let mut held_out = Self {
            context,
            inputs: vec![],
            targets: vec![],
            counted: vec![],
            oracle: None,
            unigram_entropy: 0.0,
        };
        let most = HELD_OUT_TOKENS.div_ceil(context);
        match corpus {
            Corpus::Language(language) => {
                let (mut window, mut oracle) = (vec![0; context + 1], vec![]);
                for number in 0..most {
                    language.held_out(number as u64, &mut window);
                    oracle.extend(language.oracle(&window));
                    held_out.push(&window);
                }
                held_out.oracle = Some(oracle);
            }
            Corpus::Text(text) => {
                let text = &text[Corpus::split(text.len())..];
                if text.len() < 2 {
                    return Err(CorpusError::Short {
                        bytes: text.len(),
                        context,
                        needed: 2,
                    });
                }
                let windows = (text.len() - 1).div_ceil(context);
                for chosen in 0..windows.min(most) {
                    let number = chosen * windows / windows.min(most);
                    let end = ((number + 1) * context + 1).min(text.len());
                    held_out.push(&text[number * context..end]);
                }
            }
        }
        held_out.unigram_entropy = held_out.entropy_of_bytes();
        Ok(held_out)
    }

    fn push(&mut self, window: &[u8]) {
        let counted = window.len() - 1;
        self.counted.push(counted);
        let padded = |bytes: &[u8]| {
            bytes
                .iter()
                .copied()
                .chain(std::iter::repeat_n(0, self.context - counted))
                .collect::<Vec<_>>()
        };
        let (inputs, targets) = (padded(&window[..counted]), padded(&window[1..]));
        self.inputs.extend(inputs);
        self.targets.extend(targets);
    }

    fn entropy_of_bytes(&self) -> f64 {
        let (mut counts, mut total) = ([0_u64; 256], 0.0);
        for (window, counted) in self.targets.chunks_exact(self.context).zip(&self.counted) {
            for byte in &window[..*counted] {
                counts[usize::from(*byte)] += 1;
                total += 1.0;
            }
        }
        let shares = counts
            .iter()
            .filter(|count| **count > 0)
            .map(|count| *count as f64 / total);
        -shares.map(|share| share * share.ln()).sum::<f64>()
    }

    /// Windows.
    pub fn windows(&self) -> usize {
        self.counted.len()
    }

    /// Tokens that count.
    pub fn tokens(&self) -> usize {
        self.counted.iter().sum()
    }

    /// Mean of the oracle's losses over its first `windows` windows.
    pub fn oracle_loss(&self, windows: usize) -> Option<f64> {
        let oracle = &self.oracle.as_ref()?[..windows * self.context];
        Some(oracle.iter().sum::<f64>() / oracle.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_visits_everything_once() {
        for count in [1, 2, 3, 10, 64, 1000] {
            let mut places: Vec<u64> = (0..count).map(|number| shuffled(number, count, 9)).collect();
            assert!(count < 10 || !places.is_sorted());
            places.sort_unstable();
            assert!(places.into_iter().eq(0..count));
        }
        assert_ne!(shuffled(1, 1000, 1), shuffled(1, 1000, 2));
    }

    #[test]
    fn every_held_out_byte_after_the_first_counts_once() {
        let text: Arc<[u8]> = (0..1000_u32).map(|i| (i * i % 251) as u8).collect();
        let held_out = HeldOut::new(&Corpus::Text(text.clone()), 32).unwrap();
        assert_eq!(held_out.tokens(), 99);
        let mut targets = vec![];
        for (window, counted) in held_out.targets.chunks_exact(32).zip(&held_out.counted) {
            targets.extend_from_slice(&window[..*counted]);
        }
        assert_eq!(targets, text[901..]);
    }

    #[test]
    fn epochs_go_through_the_same_windows_in_another_order() {
        let text: Arc<[u8]> = (0..4000_u32).map(|i| (i * i % 251) as u8).collect();
        let corpora = [Corpus::Text(text), Corpus::language()];
        for corpus in corpora {
            let windows = Windows::new(corpus, 16, Some(1600), 3).unwrap();
            assert_eq!(windows.unique_tokens(), Some(1600));
            let epoch = |begin| {
                let fill = |number| {
                    let mut window = [0; 17];
                    windows.fill(number, &mut window);
                    window
                };
                (begin..begin + 100).map(fill).collect::<Vec<_>>()
            };
            let (mut first, mut second) = (epoch(0), epoch(100));
            assert_ne!(first, second);
            first.sort_unstable();
            second.sort_unstable();
            assert_eq!(first, second);
        }
    }

    #[test]
    fn too_little_text_is_an_error() {
        let text = Corpus::Text(Arc::from(&b"too short"[..]));
        assert!(Windows::new(text.clone(), 128, None, 0).is_err());
        assert!(HeldOut::new(&text, 128).is_err());
        assert!(Windows::new(Corpus::language(), 128, Some(5), 0).is_err());
    }
}
