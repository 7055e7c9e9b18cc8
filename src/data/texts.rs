//! A column of text: every different value once, and which of them stands where.
//!
//! Names of runs, states and recipes repeat a thousandfold. A column whose values hardly repeat gives up looking for
//! namesakes and then costs its text and a few bytes a value. Clones share everything.

use std::collections::HashMap;
use std::sync::Arc;

/// So many different values are looked up before a column counts as one that does not repeat.
const DICTIONARY: usize = 1 << 12;

/// Texts, one a point.
#[derive(Clone)]
pub(super) struct Texts(Arc<Inner>);

#[derive(Clone, Default)]
struct Inner {
    /// All words, one after another.
    words: String,
    /// Where each word ends.
    ends: Vec<usize>,
    /// Which word stands where.
    numbers: Vec<u32>,
}

impl Inner {
    fn word(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.words[start..self.ends[number]]
    }
}

impl Texts {
    pub(super) fn len(&self) -> usize {
        self.0.numbers.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        self.0.numbers.get(index).map(|number| self.0.word(*number))
    }

    /// A number of the text at an index: two of the same number are the same text.
    pub(super) fn number(&self, index: usize) -> Option<u32> {
        self.0.numbers.get(index).copied()
    }

    /// Indices, among so many from one on, at which another text begins than at the index before; the first always is one.
    pub(super) fn changes(&self, from: usize, count: usize) -> Vec<usize> {
        let numbers = self.0.numbers.get(from..from + count).unwrap_or_default();
        let inner = numbers.windows(2).enumerate().filter(|(_, pair)| pair[0] != pair[1]);
        let inner = inner.map(|(place, _)| from + place + 1);
        numbers.first().map(|_| from).into_iter().chain(inner).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.numbers.iter().map(|number| self.0.word(*number))
    }
}

/// A column in the making.
#[derive(Default)]
struct Builder {
    inner: Inner,
    known: HashMap<Box<str>, u32>,
}

impl Builder {
    /// The number of a word, which is added where it is new.
    fn number(&mut self, word: &str) -> u32 {
        let Self { inner, known } = self;
        if let Some(last) = inner.numbers.last()
            && inner.word(*last) == word
        {
            return *last;
        }
        if let Some(number) = known.get(word) {
            return *number;
        }
        let number = u32::try_from(inner.ends.len()).expect("four billion words do not fit into memory");
        inner.words.push_str(word);
        inner.ends.push(inner.words.len());
        if known.len() < DICTIONARY {
            known.insert(word.into(), number);
        }
        number
    }

    fn finish(mut self) -> Texts {
        self.inner.words.shrink_to_fit();
        self.inner.ends.shrink_to_fit();
        Texts(Arc::new(self.inner))
    }
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut builder = Builder::default();
        for text in texts {
            let number = builder.number(text.as_ref());
            builder.inner.numbers.push(number);
        }
        builder.finish()
    }
}

impl Texts {
    /// A column of texts that stand for several points each: the text, and of how many.
    pub(super) fn of_stretches<'a>(stretches: impl IntoIterator<Item = (&'a str, usize)>, len: usize) -> Self {
        let mut builder = Builder::default();
        builder.inner.numbers.reserve_exact(len);
        for (text, count) in stretches {
            let number = builder.number(text);
            builder.inner.numbers.extend(std::iter::repeat_n(number, count));
        }
        builder.finish()
    }

    /// One column of several pieces.
    pub(super) fn joined(pieces: &[Self]) -> Self {
        let mut builder = Builder::default();
        builder.inner.numbers.reserve_exact(pieces.iter().map(Self::len).sum());
        for Self(piece) in pieces {
            let mut last = None;
            let mut numbers: Vec<Option<u32>> = vec![None; piece.ends.len()];
            for &old in &piece.numbers {
                let new = match last {
                    Some((known, new)) if known == old => new,
                    _ => *numbers[old as usize].get_or_insert_with(|| builder.number(piece.word(old))),
                };
                last = Some((old, new));
                builder.inner.numbers.push(new);
            }
        }
        builder.finish()
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_repeat_are_kept_once() {
        let texts: Texts = ["a", "a", "", "bc", "a", ""].into_iter().collect();
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["a", "a", "", "bc", "a", ""]);
        assert_eq!((texts.0.words.as_str(), texts.0.ends.len()), ("abc", 3));
        assert_eq!((texts.get(3), texts.get(6)), (Some("bc"), None));
        assert_eq!(
            (texts.changes(0, 6), texts.changes(1, 2)),
            (vec![0, 2, 3, 4, 5], vec![1, 2])
        );
        let stretches = [("a", 2), ("", 1), ("bc", 1), ("a", 1), ("", 1)];
        assert_eq!(Texts::of_stretches(stretches, 6), texts);
        let twice = Texts::joined(&[texts.clone(), texts]);
        assert_eq!((twice.len(), twice.get(9), twice.0.ends.len()), (12, Some("bc"), 3));
    }

    #[test]
    fn values_that_hardly_repeat_are_kept_as_they_come() {
        let names: Vec<String> = (0..3 * DICTIONARY).map(|index| format!("run {}", index / 2)).collect();
        let texts: Texts = names.iter().chain(&names).collect();
        assert!(texts.iter().eq(names.iter().chain(&names)));
        let pieces: Vec<Texts> = [&names, &names].map(|names| names.iter().collect()).into();
        assert_eq!(texts, Texts::joined(&pieces));
    }
}
