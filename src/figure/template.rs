//! Templates: how figures are to look wherever they go, under a name.

use super::{FigurePage, SvgStyle, Theme, ThemeKind};
use serde::{Deserialize, Serialize};

/// What is drawn beside the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The title.
    pub title: bool,
    /// The subtitle.
    pub subtitle: bool,
    /// The law with its numbers and their errors.
    pub equation: bool,
    /// The legend.
    pub legend: bool,
    /// The grid.
    pub grid: bool,
    /// The lines at the foot.
    pub footer: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            title: true,
            subtitle: true,
            equation: true,
            legend: true,
            grid: true,
            footer: true,
        }
    }
}

/// A look of figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// As the user calls it.
    pub name: String,
    /// Width and height in px of 96 to the inch.
    pub size: [f32; 2],
    /// Factor on text, lines and markers together; 1 suits the size.
    pub text_scale: f32,
    /// Colours.
    pub theme: ThemeKind,
    /// Pixels of a PNG to a px of the size.
    pub pixels: f32,
    /// What is drawn beside the data.
    #[serde(default)]
    pub parts: Parts,
}

impl Default for Template {
    fn default() -> Self {
        Self::of(FigurePage::Slide)
    }
}

/// Factors on text that a template may have.
pub const TEXT_SCALES: (f32, f32) = (0.5, 3.0);
/// Sides that a template may have, in px.
pub const SIDES: (f32, f32) = (50.0, 20_000.0);
/// Pixels to a px that a template may have.
pub const PIXELS: (f32, f32) = (0.5, 8.0);

impl Template {
    /// The plain one for a page.
    pub fn of(page: FigurePage) -> Self {
        Self {
            name: page.label().to_owned(),
            size: page.size(),
            text_scale: 1.0,
            theme: ThemeKind::Light,
            pixels: 2.0,
            parts: Parts::default(),
        }
    }

    /// The ones that are always there.
    pub fn built_in() -> impl Iterator<Item = Self> {
        FigurePage::ALL.into_iter().map(Self::of)
    }

    /// The same look on another page.
    #[must_use]
    pub fn on(&self, page: FigurePage) -> Self {
        Self {
            size: page.size(),
            ..self.clone()
        }
    }

    /// For the writers.
    pub fn style(&self) -> SvgStyle {
        let [width, height] = self.size;
        let mut style = SvgStyle::new(width, height, Theme { kind: self.theme });
        style.text_scale *= self.text_scale;
        style.parts = self.parts;
        style
    }

    /// With every number within its bounds, as one from a file might not be.
    #[must_use]
    pub fn sound(mut self) -> Self {
        let within = |value: f32, (low, high): (f32, f32), usual: f32| {
            if value.is_finite() {
                value.clamp(low, high)
            } else {
                usual
            }
        };
        let usual = Self::default();
        self.size = [0, 1].map(|side| within(self.size[side], SIDES, usual.size[side]));
        self.text_scale = within(self.text_scale, TEXT_SCALES, usual.text_scale);
        self.pixels = within(self.pixels, PIXELS, usual.pixels);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_of_a_template_breaks_a_writer() {
        let wild = Template {
            size: [f32::NAN, -3.0],
            text_scale: 1e9,
            pixels: f32::INFINITY,
            ..Template::default()
        };
        let sound = wild.sound();
        assert_eq!((sound.size, sound.text_scale, sound.pixels), ([1600.0, 50.0], 3.0, 2.0));
        let own = Template::of(FigurePage::Column);
        assert_eq!(own.clone().sound(), own);
    }

    #[test]
    fn a_look_stays_the_same_on_another_page() {
        let dark = Template {
            theme: ThemeKind::Dark,
            text_scale: 1.25,
            ..Template::default()
        };
        let column = dark.on(FigurePage::Column);
        assert_eq!(
            (column.size, column.theme, column.text_scale),
            (FigurePage::Column.size(), ThemeKind::Dark, 1.25)
        );
        // Text follows the size, and the user's factor stands on it.
        let plain = Template::of(FigurePage::Column).style().text_scale;
        assert!((column.style().text_scale / plain - 1.25).abs() < 1e-6);
    }
}
