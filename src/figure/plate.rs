//! Several figures on one page, as papers have them: side by side, lettered, under one title and over one footer.
//!
//! What the panels have in common is said once. Panels stand as high as each other, whatever is written over them.

use super::layout::{Layout, layout_heading, layout_panel, layout_parts};
use super::page::{MARGIN, PlacedText};
use super::{Figure, Parts};

/// What is written over and under several figures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heading {
    /// The finding.
    pub title: String,
    /// Data and method; may be empty.
    pub subtitle: String,
    /// The law with its numbers, then their errors, a line each.
    pub equation: Vec<String>,
    /// Small lines under the panels.
    pub footer: Vec<String>,
}

/// A page: one figure, or several under a heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Plate {
    /// Of several.
    pub heading: Option<Heading>,
    /// From left to right; never empty.
    pub panels: Vec<Figure>,
}

impl From<Figure> for Plate {
    fn from(figure: Figure) -> Self {
        Self {
            heading: None,
            panels: vec![figure],
        }
    }
}

/// Panels beside each other are set so much smaller than one figure on the page.
const SMALLER: f64 = 0.84;

impl Plate {
    /// Puts figures beside each other. `title` and `subtitle` are said over all of them; without a subtitle what
    /// the panels' own begin with is.
    pub fn of(title: String, subtitle: Option<String>, mut panels: Vec<Figure>) -> Self {
        let subtitle = subtitle.unwrap_or_else(|| shared(&panels));
        // The first line says n, law and objective, with the band where one is drawn: the longest says it for all.
        let first = panels.iter().filter_map(|panel| panel.footer.first());
        let mut footer: Vec<String> = first
            .max_by_key(|line| line.chars().count())
            .cloned()
            .into_iter()
            .collect();
        for line in panels.iter().flat_map(|panel| panel.footer.iter().skip(1)) {
            if !footer.contains(line) {
                footer.push(line.clone());
            }
        }
        let equations = panels.iter_mut().map(|panel| std::mem::take(&mut panel.equation));
        let equation = equations.max_by_key(Vec::len).unwrap_or_default();
        for (letter, panel) in ('a'..='z').zip(&mut panels) {
            panel.title = format!("{letter}\u{2002}{}", panel.title);
            panel.subtitle.clear();
            panel.footer.clear();
        }
        Self {
            heading: Some(Heading {
                title,
                subtitle,
                equation,
                footer,
            }),
            panels,
        }
    }

    /// What it shows.
    pub fn title(&self) -> &str {
        Sheet::from(self).title()
    }

    /// Why there is nothing to see, where no panel has anything.
    pub fn empty(&self) -> Option<&str> {
        let mut why = self.panels.iter().map(|panel| panel.empty.as_deref());
        why.clone().all(|why| why.is_some()).then(|| why.next().flatten())?
    }

    /// The lines at its foot.
    pub fn footer_mut(&mut self) -> Option<&mut Vec<String>> {
        match &mut self.heading {
            Some(heading) => Some(&mut heading.footer),
            None => self.panels.first_mut().map(|panel| &mut panel.footer),
        }
    }
}

/// What the subtitles of all panels begin with, by their parts.
fn shared(panels: &[Figure]) -> String {
    const PARTED: &str = " · ";
    let mut parts: Vec<&str> = panels
        .first()
        .map_or(vec![], |first| first.subtitle.split(PARTED).collect());
    for panel in panels {
        let same = parts
            .iter()
            .zip(panel.subtitle.split(PARTED))
            .take_while(|(a, b)| **a == *b);
        let count = same.count();
        parts.truncate(count);
    }
    parts.join(PARTED)
}

/// A page as the writers take it.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    pub(super) heading: Option<&'a Heading>,
    pub(super) panels: &'a [Figure],
}

impl<'a> From<&'a Figure> for Sheet<'a> {
    fn from(figure: &'a Figure) -> Self {
        Self {
            heading: None,
            panels: std::slice::from_ref(figure),
        }
    }
}

impl<'a> From<&'a Plate> for Sheet<'a> {
    fn from(plate: &'a Plate) -> Self {
        Self {
            heading: plate.heading.as_ref(),
            panels: &plate.panels,
        }
    }
}

/// A panel with its left edge and top on the page.
pub(super) struct PlacedPanel<'a> {
    pub(super) figure: &'a Figure,
    pub(super) corner: [f64; 2],
    pub(super) layout: Layout<'a>,
}

impl<'a> Sheet<'a> {
    /// What it shows.
    pub(super) fn title(&self) -> &'a str {
        match self.heading {
            Some(heading) => &heading.title,
            None => self.panels.first().map_or("", |panel| &panel.title),
        }
    }

    /// What else it says, in words.
    pub(super) fn words(&self) -> Vec<&'a str> {
        let mut words: Vec<&str> = vec![];
        if let Some(heading) = self.heading {
            words.push(&heading.subtitle);
            words.extend(heading.equation.iter().map(String::as_str));
            words.extend(self.panels.iter().map(|panel| panel.title.as_str()));
            words.extend(heading.footer.iter().map(String::as_str));
        }
        for panel in self.panels {
            words.push(&panel.subtitle);
            words.extend(panel.equation.iter().map(String::as_str));
            words.extend(panel.footer.iter().map(String::as_str));
            words.extend(panel.empty.as_deref());
        }
        words.retain(|line| !line.is_empty());
        words
    }

    /// Everything at its place on a page of a size in points.
    pub(super) fn placed(
        &self,
        [width, height]: [f64; 2],
        text_scale: f64,
        parts: Parts,
    ) -> (Vec<PlacedText>, Vec<PlacedPanel<'a>>) {
        let Some(heading) = self.heading else {
            let place = |figure| PlacedPanel {
                figure,
                corner: [0.0, 0.0],
                layout: layout_parts(figure, [width, height], text_scale, parts),
            };
            return (vec![], self.panels.iter().map(place).collect());
        };
        let (texts, [top, bottom]) = layout_heading(heading, [width, height], text_scale, parts);
        let scale = text_scale * SMALLER;
        // The margin of a smaller panel is smaller; the first one begins under the heading all the same.
        let inset = (1.0 - SMALLER) * MARGIN * text_scale;
        let across = (width - 2.0 * inset) / self.panels.len().max(1) as f64;
        let size = [across, (bottom - top).max(30.0)];
        let highest = self
            .panels
            .iter()
            .filter(|panel| panel.empty.is_none())
            .map(|panel| layout_panel(panel, size, scale, parts, 0.0).frame.plot.top)
            .fold(0.0, f64::max);
        let place = |(index, figure)| PlacedPanel {
            figure,
            corner: [inset + index as f64 * across, top],
            layout: layout_panel(figure, size, scale, parts, highest),
        };
        (texts, self.panels.iter().enumerate().map(place).collect())
    }
}
