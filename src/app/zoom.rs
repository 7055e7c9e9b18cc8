//! Views that are over the same quantity are panned and zoomed together: N of the map is N of the valleys.
//!
//! A view that is moved by hand says so, an axis at a time; every other view with that quantity on the same kind of axis takes the
//! range up in the next frame. A double click lets all of them go back to their own.

use crate::figure::{Axis, Scale};
use std::collections::HashMap;

/// Ranges in the coordinates of the plots.
type Range = (f64, f64);

/// What views share.
#[derive(Clone)]
pub(super) struct Zoom {
    /// Views move together.
    pub(super) on: bool,
    /// The runs that it is about.
    data: u64,
    said: Vec<Said>,
    serial: u64,
    /// How far each view's x and y have heard.
    heard: HashMap<(String, Side), u64>,
    /// What each view showed last.
    before: HashMap<String, [Range; 2]>,
}

impl Default for Zoom {
    fn default() -> Self {
        Self {
            on: true,
            data: 0,
            said: vec![],
            serial: 0,
            heard: HashMap::new(),
            before: HashMap::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    X,
    Y,
}

/// What a view said of a quantity last.
#[derive(Clone)]
struct Said {
    quantity: (String, Scale),
    to: Told,
    by: String,
    serial: u64,
}

/// What an axis is to show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Told {
    /// These values.
    Range(Range),
    /// Its own again.
    Own,
}

/// What the hand did to a view in this frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hand {
    /// Nothing.
    Still,
    /// It panned or zoomed.
    Moved,
    /// It asked for all of it again.
    Reset,
}

impl Zoom {
    /// Forgets everything where the runs are others.
    pub(super) fn about(&mut self, data: u64) {
        if self.data != data {
            *self = Self {
                on: self.on,
                data,
                ..Self::default()
            };
        }
    }

    /// What x and y of a view are to show, where another has said something that it has not heard.
    pub(super) fn told(&mut self, view: &str, x: &Axis, y: &Axis) -> [Option<Told>; 2] {
        if !self.on {
            self.said.clear();
        }
        [(Side::X, x), (Side::Y, y)].map(|(side, axis)| {
            let said = self.said.iter().find(|said| same(&said.quantity, axis))?;
            let heard = self.heard.entry((view.to_owned(), side)).or_default();
            let news = said.serial > *heard && said.by != view;
            *heard = said.serial;
            news.then_some(said.to)
        })
    }

    /// A view as it is shown, and what the hand did to it. Tells whether there is something for others to hear.
    pub(super) fn shown(&mut self, view: &str, axes: [&Axis; 2], ranges: [Range; 2], hand: Hand) -> bool {
        let before = self.before.insert(view.to_owned(), ranges);
        if !self.on || hand == Hand::Still {
            return false;
        }
        let mut news = false;
        for (index, (axis, range)) in axes.into_iter().zip(ranges).enumerate() {
            let to = match hand {
                Hand::Reset => Told::Own,
                _ if before.is_none_or(|before| before[index] == range) => continue,
                _ => Told::Range(range),
            };
            self.serial += 1;
            let quantity = (axis.label.clone(), axis.scale);
            self.said.retain(|said| said.quantity != quantity);
            self.said.push(Said {
                quantity,
                to,
                by: view.to_owned(),
                serial: self.serial,
            });
            news = true;
        }
        news
    }
}

fn same((label, scale): &(String, Scale), axis: &Axis) -> bool {
    *label == axis.label && *scale == axis.scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::TickFormat;

    fn axis(label: &str) -> Axis {
        Axis {
            label: label.to_owned(),
            scale: Scale::Log,
            format: TickFormat::Count,
            range: (1e6, 1e9),
            second: None,
        }
    }

    #[test]
    fn a_range_is_told_once_to_every_other_view_of_the_quantity() {
        let (n, d, l) = (axis("N"), axis("D"), axis("L"));
        let mut zoom = Zoom::default();
        zoom.about(7);
        let own = [(6.0, 9.0), (7.0, 12.0)];
        assert!(
            !zoom.shown("map", [&n, &d], own, Hand::Moved),
            "nothing was shown before"
        );
        let moved = [(7.0, 8.0), own[1]];
        assert!(!zoom.shown("map", [&n, &d], moved, Hand::Still));
        assert!(zoom.shown("map", [&n, &d], [(7.5, 8.0), own[1]], Hand::Moved));
        // Only N was moved, and who moved it does not hear of it.
        assert_eq!(zoom.told("map", &n, &d), [None, None]);
        assert_eq!(zoom.told("valleys", &n, &l), [Some(Told::Range((7.5, 8.0))), None]);
        assert_eq!(zoom.told("valleys", &n, &l), [None, None]);
        // Where D is on the other axis it is heard there.
        assert!(zoom.shown("map", [&n, &d], own, Hand::Reset));
        assert_eq!(zoom.told("frontier", &d, &n), [Some(Told::Own), Some(Told::Own)]);
        // Other runs have other ranges.
        assert!(zoom.shown("map", [&n, &d], moved, Hand::Moved));
        zoom.about(8);
        assert_eq!(zoom.told("valleys", &n, &l), [None, None]);
        zoom.on = false;
        zoom.shown("map", [&n, &d], own, Hand::Still);
        assert!(!zoom.shown("map", [&n, &d], moved, Hand::Moved));
    }
}
