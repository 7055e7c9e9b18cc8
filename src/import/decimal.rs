//! The decimal mark of a whole column.
//!
//! It is decided from every cell that can only be read one way (`1,5`, `1.234,5`, `25,165,824`), never from the locale of
//! the process. `1,234` alone can be read two ways; see [`Evidence::decide`] for what it becomes.

use crate::data::Role;

/// What a column's cells say about its decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Evidence {
    /// Cells that only make sense with a decimal point.
    pub(super) point: usize,
    /// Cells that only make sense with a decimal comma.
    pub(super) comma: usize,
    /// `1,234`.
    pub(super) either_comma: usize,
    /// `1.234`.
    pub(super) either_point: usize,
    /// A separator of thousands that is neither point nor comma.
    pub(super) other_thousands: Option<char>,
    /// A point or comma that certainly separates thousands.
    sure_thousands: Option<char>,
}

/// Whether every separator is followed by three digits and the first comes after one to three.
fn in_groups(body: &str, separator: char) -> bool {
    let mut groups = body.split(separator);
    groups.next().is_some_and(|first| (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3)
}

/// A column's decimal mark and thousands separator.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Format {
    pub(super) decimal: char,
    pub(super) thousands: Option<char>,
    /// The assumption, where one had to be made.
    pub(super) note: Option<&'static str>,
    /// Nothing in the file decides it.
    pub(super) ambiguous: bool,
}

impl Evidence {
    /// How many cells have said something.
    pub(super) fn cells(&self) -> usize {
        self.point + self.comma + self.either_comma + self.either_point
    }

    /// Takes into account what later cells have said.
    pub(super) fn join(&mut self, later: &Self) {
        self.point += later.point;
        self.comma += later.comma;
        self.either_comma += later.either_comma;
        self.either_point += later.either_point;
        self.other_thousands = self.other_thousands.or(later.other_thousands);
        self.sure_thousands = self.sure_thousands.or(later.sure_thousands);
    }

    /// Takes one more cell into account.
    pub(super) fn add(&mut self, cell: &str) {
        let text = cell.trim().trim_start_matches(['+', '-', '−']);
        if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',')) {
            return;
        }
        let end = text
            .find(|c: char| {
                !(c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’' | '_' | ' ' | '\u{a0}' | '\u{202f}'))
            })
            .unwrap_or(text.len());
        let (body, rest) = (text[..end].trim_end(), &text[end..]);
        if rest.len() > 16 {
            return;
        }
        if let Some(separator) = body.chars().find(|c| !(c.is_ascii_digit() || matches!(c, '.' | ','))) {
            self.other_thousands.get_or_insert(separator);
        }
        let exponent = rest.starts_with(['e', 'E', '·', '×', '*', '⋅']);
        if !exponent && rest.bytes().any(|b| b.is_ascii_digit()) {
            return;
        }
        let marks = |mark: char| body.matches(mark).count();
        match (marks('.'), marks(',')) {
            (0, 0) => {}
            (0, 1) => self.one(body, ',', exponent),
            (1, 0) => self.one(body, '.', exponent),
            // Dates and versions have several points too.
            (0, _) if in_groups(body, ',') => self.thousands(','),
            (_, 0) if in_groups(body, '.') => self.thousands('.'),
            (1, _) if body.rfind('.') > body.rfind(',') => self.thousands(','),
            (_, 1) if body.rfind(',') > body.rfind('.') => self.thousands('.'),
            _ => {}
        }
    }

    fn thousands(&mut self, separator: char) {
        self.sure_thousands.get_or_insert(separator);
        if separator == ',' {
            self.point += 1;
        } else {
            self.comma += 1;
        }
    }

    fn one(&mut self, body: &str, mark: char, exponent: bool) {
        let (before, after) = body.split_once(mark).unwrap_or((body, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let ambiguous = (1..=3).contains(&before.len())
            && after.len() == 3
            && digits(before)
            && digits(after)
            && !before.starts_with('0')
            && !exponent;
        match (mark, ambiguous) {
            (',', true) => self.either_comma += 1,
            (',', false) => self.comma += 1,
            (_, true) => self.either_point += 1,
            (_, false) => self.point += 1,
        }
    }

    /// The column's format. `comma_elsewhere` says that the file's other columns have decimal commas and none has a
    /// point; `delimiter_is_comma` that a decimal comma would have needed quotes.
    ///
    /// A lone `1,234` reads as thousands, except where that is absurd or unlikely: in a loss when the file's delimiter
    /// leaves the comma free, and beside columns that certainly use decimal commas, unless the column counts things.
    pub(super) fn decide(&self, role: Option<Role>, comma_elsewhere: bool, delimiter_is_comma: bool) -> Format {
        let counts = matches!(
            role,
            Some(
                Role::Params
                    | Role::ParamsNonEmbedding
                    | Role::Tokens
                    | Role::UniqueTokens
                    | Role::Step
                    | Role::Batch
                    | Role::SeqLen
            )
        );
        let small = matches!(role, Some(Role::Loss | Role::TrainLoss | Role::Lr));
        let mut note = None;
        let decimal = if self.comma > self.point {
            ','
        } else if self.point > 0 {
            '.'
        } else if self.either_comma > 0 && self.either_point == 0 {
            let as_decimal = if small {
                !delimiter_is_comma || comma_elsewhere
            } else {
                comma_elsewhere && !counts
            };
            note = Some(if as_decimal {
                "values such as `1,234` could be thousands: read as decimals, with a comma"
            } else {
                "values such as `1,234` could be decimals: read as thousands"
            });
            if as_decimal { ',' } else { '.' }
        } else if self.either_point > 0 && comma_elsewhere && !small {
            note = Some("values such as `1.234` could be decimals: read as thousands, as the file has decimal commas");
            ','
        } else if comma_elsewhere && self.either_point == 0 {
            ','
        } else {
            '.'
        };
        let ambiguous_thousands = match decimal {
            '.' if self.either_comma > 0 => Some(','),
            ',' if self.either_point > 0 => Some('.'),
            _ => None,
        };
        Format {
            decimal,
            thousands: self
                .sure_thousands
                .filter(|separator| *separator != decimal)
                .or(ambiguous_thousands)
                .or(self.other_thousands),
            note,
            ambiguous: note.is_some(),
        }
    }
}

impl Format {
    /// The mark that the user chose, which leaves nothing to guess.
    pub(super) fn choose(&mut self, decimal: char) {
        self.decimal = decimal;
        self.thousands = self.thousands.filter(|separator| *separator != decimal);
        self.note = None;
        self.ambiguous = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(cells: &[&str], role: Option<Role>, comma_elsewhere: bool) -> (char, bool) {
        let mut evidence = Evidence::default();
        cells.iter().for_each(|cell| evidence.add(cell));
        let format = evidence.decide(role, comma_elsewhere, false);
        (format.decimal, format.note.is_some())
    }

    #[test]
    fn decimal_mark_is_decided_a_column_at_a_time() {
        assert_eq!(decided(&["1,23", "1.001,2"], None, false), (',', false));
        assert_eq!(decided(&["3.21", "1,500.30"], None, true), ('.', false));
        assert_eq!(decided(&["25.165.824"], Some(Role::Params), false), (',', false));
        assert_eq!(decided(&["3,4E+20"], Some(Role::Flops), false), (',', false));
        assert_eq!(decided(&["0,123", "1,234"], None, false), (',', false));
        assert_eq!(decided(&["1.234"], None, false), ('.', false));
        for text in ["01.02.2024", "1.2.3", "1,2B-20T"] {
            let mut evidence = Evidence::default();
            evidence.add(text);
            assert_eq!(evidence, Evidence::default(), "{text}");
        }
    }

    #[test]
    fn one_comma_before_three_digits_reads_as_thousands_with_a_note() {
        assert_eq!(decided(&["1,234", "2"], Some(Role::Params), true), ('.', true));
        assert_eq!(decided(&["1,234"], None, false), ('.', true));
        assert_eq!(decided(&["1,234"], None, true), (',', true));
        // A loss of 3,123 nats does not exist.
        assert_eq!(decided(&["3,123"], Some(Role::Loss), false), (',', true));
        assert_eq!(decided(&["1.234"], Some(Role::Tokens), true), (',', true));
        let mut evidence = Evidence::default();
        evidence.add("1,000");
        assert_eq!(evidence.decide(Some(Role::Loss), false, true).decimal, '.');
    }
}
