//! The built-in language: endless text whose every next-byte probability is known.
//!
//! Words are drawn independently with Zipf's probabilities, p(r) ∝ r^−s for ranks r = 1 … [`WORDS`], and followed by a space.
//! Each is a distinct string of syllables, longer for larger ranks. With M(prefix) the probability that a word with its space
//! begins with a prefix,
//!
//! P(next byte b | prefix of the present word) = M(prefix b) / M(prefix),
//!
//! so the loss that nothing can beat on a given text is a sum of logarithms: [`Language::oracle`]. Words in alphabetical
//! order make M the difference of two cumulative sums.
//!
//! Why losses follow power laws here: rare words are learned one by one, and what a model or a data set cannot hold is the
//! tail of Zipf's law. Crudely, the excess over the oracle falls as N^−(s−1) and as D^−(s−1)/s. The exponents are a choice
//! of s; there is nothing to learn beyond the word.

use super::streams;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;

/// Words of the language.
const WORDS: usize = 30_000;
/// s.
const EXPONENT: f64 = 1.4;
const CONSONANTS: &[u8] = b"bdfghjklmnprstvz";
const VOWELS: &[u8] = b"aeiou";
const CODAS: &[u8] = b"lnrs";

/// What nothing can beat on the held-out windows of 128 tokens, nats a byte; those of another length differ by their noise.
pub const LANGUAGE_ORACLE: f64 = 0.861_302_651_868_214_2;

/// The words with their probabilities.
#[derive(Debug, Clone)]
pub struct Language {
    /// In alphabetical order, each with its space.
    words: Vec<Vec<u8>>,
    /// Probability of all words before each; one longer than `words`.
    mass: Vec<f64>,
    /// Words by rank, as places in `words`.
    ranked: Vec<u32>,
    /// Probability of all ranks up to and with each.
    cumulative: Vec<f64>,
}

impl Default for Language {
    fn default() -> Self {
        Self::new()
    }
}

impl Language {
    /// The language. There is one, so that losses of different runs compare.
    pub fn new() -> Self {
        let by_rank = words();
        let weights: Vec<f64> = (1..=WORDS).map(|rank| (rank as f64).powf(-EXPONENT)).collect();
        // Smallest first, for the last digits.
        let total: f64 = weights.iter().rev().sum();
        let mut order: Vec<u32> = (0..WORDS as u32).collect();
        order.sort_by(|a, b| by_rank[*a as usize].cmp(&by_rank[*b as usize]));
        let mut ranked = vec![0; WORDS];
        let (mut words, mut mass, mut before) = (vec![], vec![0.0], 0.0);
        for (place, rank) in order.into_iter().enumerate() {
            ranked[rank as usize] = place as u32;
            words.push(by_rank[rank as usize].clone());
            before += weights[rank as usize] / total;
            mass.push(before);
        }
        let cumulative = weights.iter().scan(0.0, |sum, weight| {
            *sum += weight / total;
            Some(*sum)
        });
        Self {
            words,
            mass,
            ranked,
            cumulative: cumulative.collect(),
        }
    }

    /// Fills a window of training text: the end of a word, that is a space, and words from there on. Windows are numbered;
    /// the same number is the same text.
    pub fn training(&self, seed: u64, number: u64, out: &mut [u8]) {
        self.write(seed, streams::WINDOWS + number, out);
    }

    /// Fills a window of held-out text, the same for every seed.
    pub fn held_out(&self, number: u64, out: &mut [u8]) {
        // Seeds of runs are small numbers that people choose; this one is not.
        self.write(u64::MAX - streams::HELD_OUT, streams::WINDOWS + number, out);
    }

    fn write(&self, seed: u64, stream: u64, out: &mut [u8]) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        let mut filled = 0;
        if let Some(first) = out.first_mut() {
            *first = b' ';
            filled = 1;
        }
        while filled < out.len() {
            let draw: f64 = rng.random();
            let rank = self.cumulative.partition_point(|sum| *sum <= draw).min(WORDS - 1);
            let word = &self.words[self.ranked[rank] as usize];
            let take = word.len().min(out.len() - filled);
            out[filled..][..take].copy_from_slice(&word[..take]);
            filled += take;
        }
    }

    /// −ln P of every byte after the first, given those before; `text` begins with a space. Infinite from the first
    /// byte on that the language cannot say.
    pub fn oracle(&self, text: &[u8]) -> Vec<f64> {
        let whole = (0, WORDS);
        let (mut range, mut length) = (whole, 0);
        let next = |byte: &u8| {
            let (low, high) = range;
            let among = &self.words[low..high];
            let at = |word: &Vec<u8>| word.get(length).copied();
            let begin = low + among.partition_point(|word| at(word) < Some(*byte));
            let end = low + among.partition_point(|word| at(word) <= Some(*byte));
            let probability = (self.mass[end] - self.mass[begin]) / (self.mass[high] - self.mass[low]);
            (range, length) = if *byte == b' ' {
                (whole, 0)
            } else {
                ((begin, end), length + 1)
            };
            if begin == end { f64::INFINITY } else { -probability.ln() }
        };
        text.iter().skip(1).map(next).collect()
    }

    /// Nats per byte of endless text: the entropy of a word over its mean length.
    pub fn entropy(&self) -> f64 {
        let (mut entropy, mut length) = (0.0, 0.0);
        for (word, mass) in self.words.iter().zip(self.mass.windows(2)) {
            let probability = mass[1] - mass[0];
            entropy -= probability * probability.ln();
            length += probability * word.len() as f64;
        }
        entropy / length
    }
}

/// Words by rank, each with its space.
fn words() -> Vec<Vec<u8>> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    rng.set_stream(streams::WORDS);
    let (mut words, mut known) = (vec![], HashSet::new());
    while words.len() < WORDS {
        let rank = words.len() as f64 + 1.0;
        // One syllable for the first few, two for hundreds, three for the rest, with some chance of one more.
        let mut syllables = 1 + (rank.ln() / 60.0_f64.ln()).floor() as usize + usize::from(rng.random::<f64>() < 0.3);
        loop {
            let mut word = vec![];
            for _ in 0..syllables {
                word.push(CONSONANTS[rng.random_range(0..CONSONANTS.len())]);
                word.push(VOWELS[rng.random_range(0..VOWELS.len())]);
                if rng.random::<f64>() < 0.3 {
                    word.push(CODAS[rng.random_range(0..CODAS.len())]);
                }
            }
            word.push(b' ');
            if known.insert(word.clone()) {
                words.push(word);
                break;
            }
            // Short words run out.
            syllables += usize::from(rng.random::<f64>() < 0.1);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_of_the_next_byte_add_up_to_one() {
        let language = Language::new();
        let mut text = [0; 200];
        language.training(7, 0, &mut text);
        for end in [1, 2, 3, 5, 40, 150] {
            let mut total = 0.0;
            for byte in 0..=255 {
                let mut tried = text[..end].to_vec();
                tried.push(byte);
                total += (-language.oracle(&tried).last().unwrap()).exp();
            }
            assert!((total - 1.0).abs() < 1e-9, "{end}: {total}");
        }
    }

    #[test]
    fn the_oracle_of_much_text_is_the_entropy() {
        let language = Language::new();
        let mut text = vec![0; 400_001];
        language.held_out(0, &mut text);
        let losses = language.oracle(&text);
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        assert!(
            (mean - language.entropy()).abs() < 0.01,
            "{mean} {}",
            language.entropy()
        );
    }

    #[test]
    fn the_oracle_of_the_held_out_windows_is_known() {
        let corpus = super::super::Corpus::language();
        let held_out = super::super::HeldOut::new(&corpus, 128).unwrap();
        let oracle = held_out.oracle_loss(held_out.windows()).unwrap();
        assert!((oracle - LANGUAGE_ORACLE).abs() < 1e-12, "{oracle}");
    }

    #[test]
    fn windows_are_their_own_text() {
        let language = Language::new();
        let window = |seed, number| {
            let mut text = [0; 64];
            language.training(seed, number, &mut text);
            text
        };
        assert_eq!(window(1, 5), window(1, 5));
        assert_ne!(window(1, 5), window(1, 6));
        assert_ne!(window(1, 5), window(2, 5));
        assert_eq!(window(1, 5)[0], b' ');
        assert_eq!(language.oracle(b" qx")[0], f64::INFINITY);
    }
}
