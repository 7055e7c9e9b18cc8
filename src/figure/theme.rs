//! Colours by meaning, light and dark.

use serde::{Deserialize, Serialize};

/// An opaque sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

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
            (ThemeKind::Light, Token::Hairline) => 0xDDDFE3,
            (ThemeKind::Light, Token::Grid) => 0xE6E8EC,
            (ThemeKind::Light, Token::GridMinor) => 0xF1F2F5,
            (ThemeKind::Light, Token::Text) => 0x15181E,
            (ThemeKind::Light, Token::TextMuted) => 0x565C69,
            (ThemeKind::Light, Token::TextFaint) => 0x6F7583,
            (ThemeKind::Light, Token::Accent) => 0x1464D8,
            (ThemeKind::Light, Token::OnAccent) => 0xFFFFFF,
            (ThemeKind::Light, Token::Reference) => 0x8A909C,
            (ThemeKind::Light, Token::Warning) => 0xA85A00,
            (ThemeKind::Light, Token::Error) => 0xB3261E,
            (ThemeKind::Light, Token::Good) => 0x1E7F4F,
            (ThemeKind::Dark, Token::Background) => 0x0F1013,
            (ThemeKind::Dark, Token::Panel) => 0x16181D,
            (ThemeKind::Dark, Token::Raised) => 0x20242B,
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
}
