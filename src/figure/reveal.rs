//! A figure told in steps, for a room: axes, points, fit, band, frontier, what lies beyond the data, the answer.
//!
//! The axes stand from the first step on and nothing moves: a step only adds marks.

use super::{Dash, Figure, Mark, Symbol};

/// How far a figure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Reveal {
    /// Axes and titles.
    Axes,
    /// The runs.
    Points,
    /// The law where there are runs, and other lines that it has.
    Fit,
    /// Its bands.
    Band,
    /// The best sizes, and references.
    Frontier,
    /// Where there are no runs.
    Beyond,
    /// The star: everything.
    #[default]
    Answer,
}

impl Reveal {
    /// In order.
    pub const ALL: [Self; 7] = [
        Self::Axes,
        Self::Points,
        Self::Fit,
        Self::Band,
        Self::Frontier,
        Self::Beyond,
        Self::Answer,
    ];

    /// For the line that says where one is.
    pub fn label(self) -> &'static str {
        match self {
            Self::Axes => "axes",
            Self::Points => "runs",
            Self::Fit => "law",
            Self::Band => "band",
            Self::Frontier => "frontier",
            Self::Beyond => "beyond the runs",
            Self::Answer => "answer",
        }
    }

    /// The step after this one, or this one.
    #[must_use]
    pub fn next(self) -> Self {
        self.beside(1)
    }

    /// The step before this one, or this one.
    #[must_use]
    pub fn before(self) -> Self {
        self.beside(-1)
    }

    fn beside(self, by: isize) -> Self {
        let place = Self::ALL.iter().position(|step| *step == self).unwrap_or(0);
        let place = place.saturating_add_signed(by).min(Self::ALL.len() - 1);
        Self::ALL[place]
    }
}

/// A figure as far as it is told.
#[must_use]
pub fn revealed(figure: &Figure, reveal: Reveal) -> Figure {
    let shown = |mark: &&Mark| step_of(mark, &figure.marks) <= reveal;
    Figure {
        marks: figure.marks.iter().filter(shown).cloned().collect(),
        legend: if reveal == Reveal::Axes {
            vec![]
        } else {
            figure.legend.clone()
        },
        ..figure.clone()
    }
}

/// The step at which a mark appears.
fn step_of(mark: &Mark, all: &[Mark]) -> Reveal {
    let of_line = |id: &str, dash: Dash| match dash {
        _ if id.starts_with("budget") => Reveal::Answer,
        Dash::Dashed => Reveal::Beyond,
        Dash::Dotted => Reveal::Frontier,
        Dash::Solid if id.starts_with("frontier") || id.starts_with("N*") || id.starts_with("D*") => Reveal::Frontier,
        Dash::Solid => Reveal::Fit,
    };
    match mark {
        Mark::Dots { id, symbol, .. } => match symbol {
            Symbol::Star => Reveal::Answer,
            Symbol::Diamond => Reveal::Frontier,
            _ if id.starts_with("budget") => Reveal::Answer,
            _ => Reveal::Points,
        },
        Mark::Curves { .. } => Reveal::Points,
        Mark::Line { id, dash, .. } => of_line(id, *dash),
        Mark::Band { .. } => Reveal::Band,
        Mark::Hatch { .. } => Reveal::Frontier,
        Mark::Rule { .. } => Reveal::Fit,
        Mark::Note { .. } => Reveal::Answer,
        // What is written at a place belongs to the answer, but for names of runs and the like.
        Mark::Label { importance, .. } => {
            if *importance >= 150 {
                Reveal::Answer
            } else {
                Reveal::Points
            }
        }
        Mark::LineLabel { line, .. } => all
            .iter()
            .find_map(|mark| match mark {
                Mark::Line { id, dash, .. } if id == line => Some(of_line(id, *dash)),
                _ => None,
            })
            .unwrap_or(Reveal::Fit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_to_either_end_and_stay_there() {
        assert_eq!(Reveal::Axes.before(), Reveal::Axes);
        assert_eq!(Reveal::Answer.next(), Reveal::Answer);
        let mut step = Reveal::Axes;
        for expected in Reveal::ALL {
            assert_eq!(step, expected);
            step = step.next();
        }
        assert_eq!(Reveal::default(), Reveal::Answer);
    }
}
