//! Points in the making: the columns of a table before they are checked.

use super::table::{QUANTITIES, place, point_of};
use super::{Lines, Numbers, Point, Role};

/// Points whose quantities may still change.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(super) lines: Lines,
    /// The run of each point; empty before they are told.
    pub(super) run_of: Vec<u32>,
    /// In the order of [`QUANTITIES`]; `None` where no point has it.
    pub(super) quantities: [Option<Numbers>; QUANTITIES.len()],
    /// The points that diverged, in order.
    pub(super) diverged: Vec<usize>,
    len: usize,
}

impl Draft {
    /// Points with lines and quantities, of which those of the given indices diverged.
    pub(crate) fn new(
        len: usize,
        lines: Lines,
        quantities: impl IntoIterator<Item = (Role, Numbers)>,
        diverged: Vec<usize>,
    ) -> Self {
        let mut draft = Self {
            len,
            lines,
            diverged,
            ..Self::default()
        };
        for (role, numbers) in quantities {
            draft.set_quantity(role, Some(numbers));
        }
        draft
    }

    /// How many points.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Their lines.
    pub(crate) fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Says which run each point belongs to.
    pub(crate) fn set_runs(&mut self, run_of: Vec<u32>) {
        self.run_of = run_of;
    }

    /// The run of a point.
    pub(crate) fn run(&self, index: usize) -> usize {
        self.run_of.get(index).map_or(0, |run| *run as usize)
    }

    /// Puts a point together.
    pub(crate) fn get(&self, index: usize) -> Point {
        point_of(&self.quantities, index, |point| Point {
            run: self.run(index),
            line: self.lines.get(index),
            diverged: self.diverged.binary_search(&index).is_ok(),
            ..point
        })
    }

    /// Every point in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Point> + Clone {
        (0..self.len).map(|index| self.get(index))
    }

    /// A quantity of all points.
    pub(crate) fn quantity(&self, role: Role) -> Option<&Numbers> {
        self.quantities[place(role)?].as_ref()
    }

    /// Replaces a quantity of all points; nothing happens for a role that is none.
    pub(crate) fn set_quantity(&mut self, role: Role, numbers: Option<Numbers>) {
        if let Some(place) = place(role) {
            self.quantities[place] = numbers;
        }
    }

    /// One value of a quantity, to be changed.
    pub(crate) fn set(&mut self, index: usize, role: Role, value: Option<f64>) {
        let Some(place) = place(role) else { return };
        if self.quantities[place].is_none() && value.is_none() {
            return;
        }
        let numbers = self.quantities[place].get_or_insert_with(|| Numbers::unknown(self.len));
        numbers.kept_mut()[index] = value.filter(|value| value.is_finite()).unwrap_or(Numbers::UNKNOWN);
    }
}
