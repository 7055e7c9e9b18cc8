//! Colours by meaning, light and dark.
//!
//! Contrast is WCAG 2's (L1 + 0.05)/(L2 + 0.05) with relative luminances: text reaches 4.5:1 on the ground and on side
//! panels, lines and markers 3:1 on the ground, in both themes. The tests hold every token to it.
//!
//! The sequential ramp follows viridis's hues from violet through teal to yellow, with lightness (OKLab L) evenly
//! spaced over the part of the scale that stands out from the ground: 0.29 to 0.66 on light, 0.50 to 0.93 on dark.

use super::Paint;
use serde::{Deserialize, Serialize};

/// An opaque sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    const fn hex(hex: u32) -> Self {
        Self((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
    }

    /// Relative luminance, 0 (black) to 1 (white).
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast ratio with another colour, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour `share` (0 to 1) of the way to another.
    pub fn mix(self, other: Self, share: f64) -> Self {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}

/// Violet to olive: the lightest tenth of viridis would vanish on white.
const RAMP_LIGHT: [u32; 11] = [
    0x45_0355, 0x42_1B6B, 0x37_3376, 0x27_4778, 0x0F_5975, 0x02_696D, 0x02_7765, 0x04_8556, 0x22_9331, 0x61_9803,
    0x8E_9A04,
];

/// Mauve to yellow: the darkest tenth of viridis would vanish on black.
const RAMP_DARK: [u32; 11] = [
    0x7C_4C9F, 0x71_61AF, 0x64_79B7, 0x59_8FB7, 0x51_A4B2, 0x4C_B7AA, 0x50_CA9C, 0x68_DA83, 0x94_E662, 0xCB_EB39,
    0xFF_EB4D,
];

/// Okabe and Ito's categories (2008) without black, the ones that stand out from both grounds first.
const CATEGORIES: [u32; 7] = [
    0x00_72B2, 0xD5_5E00, 0x00_9E73, 0xCC_79A7, 0xE6_9F00, 0x56_B4E9, 0xF0_E442,
];

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeKind {
    /// Dark on white: slides and paper.
    #[default]
    Light,
    /// Light on near-black.
    Dark,
}

/// Meanings that have a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    /// Ground of plots and of the board.
    Background,
    /// Ground of side panels and bars.
    Panel,
    /// Ground of a hovered or selected row.
    Raised,
    /// Ground of buttons and fields.
    Control,
    /// The same under the pointer.
    ControlHovered,
    /// Hairlines between zones.
    Hairline,
    /// Major grid.
    Grid,
    /// Minor grid.
    GridMinor,
    /// First text.
    Text,
    /// Second text: labels, units, ticks.
    TextMuted,
    /// Third text: hints, disabled.
    TextFaint,
    /// The user's fit, its star, whatever can be dragged.
    Accent,
    /// Text on the accent.
    OnAccent,
    /// Reference curves.
    Reference,
    /// Overfitting, warnings.
    Warning,
    /// Errors.
    Error,
    /// Done, good.
    Good,
}

/// A set of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Theme {
    /// Which.
    pub kind: ThemeKind,
}

impl Theme {
    /// Colour of a meaning.
    pub fn token(self, token: Token) -> Rgb {
        let hex: u32 = match (self.kind, token) {
            (ThemeKind::Light, Token::Background) => 0xFCFCFD,
            (ThemeKind::Light, Token::Panel) => 0xF2F3F5,
            (ThemeKind::Light, Token::Raised) => 0xFFFFFF,
            (ThemeKind::Light, Token::Control) => 0xE6E8EC,
            (ThemeKind::Light, Token::ControlHovered) => 0xD9DDE3,
            (ThemeKind::Light, Token::Hairline) => 0xDDDFE3,
            (ThemeKind::Light, Token::Grid) => 0xE6E8EC,
            (ThemeKind::Light, Token::GridMinor) => 0xF1F2F5,
            (ThemeKind::Light, Token::Text) => 0x15181E,
            (ThemeKind::Light, Token::TextMuted) => 0x565C69,
            (ThemeKind::Light, Token::TextFaint) => 0x666C7A,
            (ThemeKind::Light, Token::Accent) => 0x1464D8,
            (ThemeKind::Light, Token::OnAccent) => 0xFFFFFF,
            (ThemeKind::Light, Token::Reference) => 0x8A909C,
            (ThemeKind::Light, Token::Warning) => 0xA85A00,
            (ThemeKind::Light, Token::Error) => 0xB3261E,
            (ThemeKind::Light, Token::Good) => 0x1E7F4F,
            (ThemeKind::Dark, Token::Background) => 0x0F1013,
            (ThemeKind::Dark, Token::Panel) => 0x16181D,
            (ThemeKind::Dark, Token::Raised) => 0x20242B,
            (ThemeKind::Dark, Token::Control) => 0x262A32,
            (ThemeKind::Dark, Token::ControlHovered) => 0x333944,
            (ThemeKind::Dark, Token::Hairline) => 0x2A2E36,
            (ThemeKind::Dark, Token::Grid) => 0x262A31,
            (ThemeKind::Dark, Token::GridMinor) => 0x191C21,
            (ThemeKind::Dark, Token::Text) => 0xF0F2F5,
            (ThemeKind::Dark, Token::TextMuted) => 0xA9AFBA,
            (ThemeKind::Dark, Token::TextFaint) => 0x878E9A,
            (ThemeKind::Dark, Token::Accent) => 0x4C9BFF,
            (ThemeKind::Dark, Token::OnAccent) => 0x08111F,
            (ThemeKind::Dark, Token::Reference) => 0x7C8490,
            (ThemeKind::Dark, Token::Warning) => 0xF0A941,
            (ThemeKind::Dark, Token::Error) => 0xFF7A70,
            (ThemeKind::Dark, Token::Good) => 0x4CC38A,
        };
        Rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
    }
    /// Colour of a paint, for lines, markers and fills.
    pub fn paint(self, paint: Paint) -> Rgb {
        match paint {
            Paint::Token(token) => self.token(token),
            Paint::Ramp(at) => self.ramp(at),
            Paint::Category(index) => self.legible(Rgb::hex(CATEGORIES[index % CATEGORIES.len()]), 3.0),
        }
    }

    /// Colour of a paint, for text: the same hue, moved away from the ground until it reads.
    pub fn text_paint(self, paint: Paint) -> Rgb {
        self.legible(self.paint(paint), 4.5)
    }

    /// The sequential ramp at 0 to 1; outside, its ends. NaN is the low end.
    pub fn ramp(self, at: f64) -> Rgb {
        let table = match self.kind {
            ThemeKind::Light => &RAMP_LIGHT,
            ThemeKind::Dark => &RAMP_DARK,
        };
        let last = table.len() - 1;
        let at = if at.is_nan() { 0.0 } else { at.clamp(0.0, 1.0) } * last as f64;
        let low = (at as usize).min(last - 1);
        Rgb::hex(table[low]).mix(Rgb::hex(table[low + 1]), at - low as f64)
    }

    /// A colour, moved away from the ground as far as this contrast with it asks for.
    pub fn legible(self, colour: Rgb, ratio: f64) -> Rgb {
        let ground = self.token(Token::Background);
        let away = match self.kind {
            ThemeKind::Light => Rgb(0, 0, 0),
            ThemeKind::Dark => Rgb(255, 255, 255),
        };
        (0..20)
            .map(|step| colour.mix(away, f64::from(step) / 20.0))
            .find(|c| c.contrast(ground) >= ratio)
            .unwrap_or(away)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEMES: [Theme; 2] = [Theme { kind: ThemeKind::Light }, Theme { kind: ThemeKind::Dark }];

    #[test]
    fn text_reads_and_lines_show_on_both_themes() {
        for theme in THEMES {
            let ground = theme.token(Token::Background);
            for text in [
                Token::Text,
                Token::TextMuted,
                Token::TextFaint,
                Token::Accent,
                Token::Warning,
                Token::Error,
            ] {
                for ground in [Token::Background, Token::Panel, Token::Raised] {
                    let ratio = theme.token(text).contrast(theme.token(ground));
                    assert!(ratio >= 4.5, "{:?} {text:?} on {ground:?}: {ratio:.2}", theme.kind);
                }
            }
            assert!(theme.token(Token::OnAccent).contrast(theme.token(Token::Accent)) >= 4.5);
            assert!(theme.token(Token::Reference).contrast(ground) >= 3.0);
            for index in 0..9 {
                assert!(theme.paint(Paint::Category(index)).contrast(ground) >= 3.0, "{index}");
            }
            for step in 0..=100 {
                let paint = Paint::Ramp(f64::from(step) / 100.0);
                assert!(theme.paint(paint).contrast(ground) >= 3.0, "{:?} {step}", theme.kind);
                assert!(
                    theme.text_paint(paint).contrast(ground) >= 4.5,
                    "{:?} {step}",
                    theme.kind
                );
            }
        }
    }

    #[test]
    fn the_ramp_is_ordered_in_greyscale() {
        for theme in THEMES {
            let light: Vec<f64> = (0..=50).map(|i| theme.ramp(f64::from(i) / 50.0).luminance()).collect();
            assert!(light.windows(2).all(|w| w[0] < w[1]), "{:?}", theme.kind);
        }
    }

    /// CIE L*a*b* (D65) of a colour as someone without green cones sees it (Machado et al. 2009, doi:10.1109/TVCG.2009.113,
    /// table 1, severity 1).
    fn without_green(colour: Rgb) -> [f64; 3] {
        let linear = [colour.0, colour.1, colour.2].map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        });
        let times = |rows: [[f64; 3]; 3], v: [f64; 3]| rows.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
        let seen = times(
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
            linear,
        );
        let [x, y, z] = times(
            [
                [0.412_456_4, 0.357_576_1, 0.180_437_5],
                [0.212_672_9, 0.715_152_2, 0.072_175_0],
                [0.019_333_9, 0.119_192_0, 0.950_304_1],
            ],
            seen.map(|c| c.clamp(0.0, 1.0)),
        );
        let f = |t: f64| {
            if t > 216.0 / 24_389.0 {
                t.cbrt()
            } else {
                (24_389.0 / 27.0 * t + 16.0) / 116.0
            }
        };
        let (x, y, z) = (f(x / 0.950_47), f(y), f(z / 1.088_83));
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn categories_differ_to_eyes_without_green() {
        for theme in THEMES {
            let lab = |index: usize| without_green(theme.paint(Paint::Category(index)));
            for index in 0..CATEGORIES.len() {
                let (a, b) = (lab(index), lab(index + 1));
                let apart = (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt();
                // 2.3 is what an eye can just tell apart side by side.
                assert!(
                    apart > 15.0,
                    "{:?}: {index} and the next differ by {apart:.1}",
                    theme.kind
                );
            }
        }
    }

    #[test]
    fn the_ramp_takes_any_number() {
        for theme in THEMES {
            assert_eq!(theme.ramp(f64::NAN), theme.ramp(0.0));
            assert_eq!(theme.ramp(f64::INFINITY), theme.ramp(1.0));
            assert_eq!(theme.ramp(-3.0), theme.ramp(0.0));
        }
    }
}
