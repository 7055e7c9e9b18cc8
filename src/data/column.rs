//! A column of the file, kept by its own name.

use super::numbers::Numbers;
use super::texts::Texts;

/// A column of the file, kept by its own name: numbers, or text. Clones share their values.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Header in the file.
    pub name: String,
    values: Values,
}

/// One value a point.
#[derive(Debug, Clone, PartialEq)]
enum Values {
    /// Every non-empty cell is a number.
    Numbers(Numbers),
    /// Anything else.
    Texts(Texts),
}

impl Column {
    /// A column of numbers.
    pub fn of_numbers(name: impl Into<String>, numbers: Numbers) -> Self {
        Self {
            name: name.into(),
            values: Values::Numbers(numbers),
        }
    }

    /// A column of text.
    pub fn of_texts<T: AsRef<str>>(name: impl Into<String>, texts: impl IntoIterator<Item = T>) -> Self {
        Self {
            name: name.into(),
            values: Values::Texts(texts.into_iter().collect()),
        }
    }

    /// A column of texts that stand for several points each: the text, and of how many; `len` points in all.
    pub(crate) fn of_stretches<'a>(
        name: impl Into<String>,
        stretches: impl IntoIterator<Item = (&'a str, usize)>,
        len: usize,
    ) -> Self {
        Self {
            name: name.into(),
            values: Values::Texts(Texts::of_stretches(stretches, len)),
        }
    }

    /// Indices of the points, among so many from one on, whose text is another than that of the point before; the first always is.
    pub(crate) fn text_changes(&self, from: usize, count: usize) -> Vec<usize> {
        match &self.values {
            Values::Numbers(_) => vec![from],
            Values::Texts(texts) => texts.changes(from, count),
        }
    }

    /// A column of text in several pieces.
    pub(crate) fn of_pieces(name: impl Into<String>, pieces: Vec<Self>) -> Self {
        let texts: Vec<Texts> = pieces
            .into_iter()
            .filter_map(|piece| match piece.values {
                Values::Texts(texts) => Some(texts),
                Values::Numbers(_) => None,
            })
            .collect();
        Self {
            name: name.into(),
            values: Values::Texts(Texts::joined(&texts)),
        }
    }

    /// A number of the text of a point: where two are the same, the text is.
    pub(crate) fn text_number(&self, point: usize) -> Option<u32> {
        match &self.values {
            Values::Numbers(_) => None,
            Values::Texts(texts) => texts.number(point),
        }
    }

    /// How many values it has, empty ones included.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Numbers(numbers) => numbers.len(),
            Values::Texts(texts) => texts.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every cell that is not empty is a number.
    pub fn is_numeric(&self) -> bool {
        matches!(self.values, Values::Numbers(_))
    }

    /// The numbers of a numeric column.
    pub fn numbers(&self) -> Option<&Numbers> {
        match &self.values {
            Values::Numbers(numbers) => Some(numbers),
            Values::Texts(_) => None,
        }
    }

    /// The number of a point; `None` in a column of text, where the cell is empty, and outside the column.
    pub fn number(&self, point: usize) -> Option<f64> {
        self.numbers()?.get(point)
    }

    /// The text of a point; empty in a column of numbers and outside the column.
    pub fn text(&self, point: usize) -> &str {
        match &self.values {
            Values::Numbers(_) => "",
            Values::Texts(texts) => texts.get(point).unwrap_or(""),
        }
    }

    /// The texts of a column of text, in order; none in a column of numbers.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let texts = match &self.values {
            Values::Numbers(_) => None,
            Values::Texts(texts) => Some(texts.iter()),
        };
        texts.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_answers_for_itself() {
        let numbers = Column::of_numbers("lr", [Some(0.1), None].into_iter().collect());
        assert!(numbers.is_numeric());
        assert_eq!(
            (numbers.len(), numbers.number(0), numbers.number(1)),
            (2, Some(0.1), None)
        );
        assert_eq!((numbers.text(0), numbers.texts().count()), ("", 0));
        let texts = Column::of_texts("state", ["done", "crashed"]);
        assert!(!texts.is_numeric());
        assert_eq!((texts.number(0), texts.text(1), texts.text(2)), (None, "crashed", ""));
        assert_eq!(texts.texts().collect::<Vec<_>>(), ["done", "crashed"]);
    }
}
