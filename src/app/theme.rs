//! The look: typeface, type scale, spacing and colours of the window. Colours come from the figure's tokens, so that
//! the window and its exported pictures agree.

use crate::figure::{Paint, Pixels, Rgb, Theme, ThemeKind, Token};
use eframe::egui::{
    self, Color32, ColorImage, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Id, Stroke,
    TextStyle, Visuals, vec2,
};
use std::sync::Arc;

/// Bold text; the numbers of the answer are written in it.
pub(super) const BOLD: &str = "bold";

/// Text sizes in points.
pub(super) mod size {
    /// Numbers of the answer.
    pub(in crate::app) const ANSWER: f32 = 30.0;
    /// Figure titles and the project's name.
    pub(in crate::app) const TITLE: f32 = 14.0;
    /// Everything that is read.
    pub(in crate::app) const BODY: f32 = 13.0;
    /// Ticks, units, hints.
    pub(in crate::app) const SMALL: f32 = 11.5;
}

/// The grid: every distance is a multiple of half of it.
pub(super) const GRID: f32 = 8.0;

/// A painted figure as an image of the window's.
pub(super) fn image(pixels: &Pixels) -> ColorImage {
    ColorImage::from_rgba_premultiplied([pixels.width, pixels.height], &pixels.rgba)
}

/// Installs fonts and both themes.
pub(super) fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    read_in_a_room(ctx, false);
    ctx.all_styles_mut(|style| {
        let font = |size: f32| FontId::new(size, FontFamily::Proportional);
        style.text_styles = [
            (TextStyle::Heading, bold(size::TITLE)),
            (TextStyle::Body, font(size::BODY)),
            (TextStyle::Button, font(size::BODY)),
            (TextStyle::Small, font(size::SMALL)),
            (TextStyle::Monospace, font(size::BODY)),
        ]
        .into();
        style.spacing.item_spacing = vec2(GRID, GRID * 0.75);
        style.spacing.button_padding = vec2(GRID, GRID * 0.5);
        style.spacing.interact_size = vec2(32.0, 24.0);
        style.spacing.slider_rail_height = 4.0;
        style.spacing.combo_width = 120.0;
        // A menu shows all its entries: the laws are thirteen. The area that holds it must be as high, and a little more.
        style.spacing.combo_height = 480.0;
        style.spacing.default_area_size = vec2(600.0, 500.0);
        style.spacing.tooltip_width = 320.0;
        // A floating bar would cover the numbers at the right edge of a panel.
        style.spacing.scroll = egui::style::ScrollStyle {
            bar_width: 6.0,
            ..egui::style::ScrollStyle::solid()
        };
        style.interaction.tooltip_delay = 0.35;
    });
}

/// Makes everything stand out as far as the back of a room needs, or as usual.
pub(super) fn read_in_a_room(ctx: &Context, room: bool) {
    ctx.data_mut(|data| data.insert_temp(Id::unique(ROOM), room));
    for of in [egui::Theme::Light, egui::Theme::Dark] {
        ctx.set_visuals_of(of, visuals(Look::of(of, room)));
    }
}

/// Where it is kept whether a room reads.
const ROOM: &str = "a room reads";

/// The colours that the window shows now.
pub(super) fn current(ctx: &Context) -> Look {
    let room = ctx.data(|data| data.get_temp(Id::unique(ROOM))).unwrap_or(false);
    Look::of(ctx.theme(), room)
}

/// The colours of a theme, at a desk or for a room. A beamer lifts the black and a lit room washes out the rest, so there text
/// has a contrast of 7:1 with the ground instead of 4.5:1, and lines and markers 4.5:1 instead of 3:1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    theme: Theme,
    room: bool,
}

impl Look {
    /// Contrasts for a room.
    const TEXT: f64 = 7.0;
    const LINE: f64 = 4.5;
    /// How far the grid goes towards the text: its major lines, and the minor ones.
    const GRID: [f64; 2] = [0.14, 0.03];
    /// The parts of the ramp, on light and on dark, that stand out enough: all of it is pressed into them, and keeps its order.
    const RAMP: [[f64; 2]; 2] = [[0.0, 0.7], [0.21, 1.0]];

    fn of(theme: egui::Theme, room: bool) -> Self {
        let kind = match theme {
            egui::Theme::Light => ThemeKind::Light,
            egui::Theme::Dark => ThemeKind::Dark,
        };
        Self {
            theme: Theme { kind },
            room,
        }
    }

    /// Colour of a meaning.
    pub(super) fn token(self, token: Token) -> Rgb {
        let usual = self.theme.token(token);
        match token {
            _ if !self.room => usual,
            Token::Text | Token::TextMuted | Token::TextFaint => self.theme.legible(usual, Self::TEXT),
            Token::Accent | Token::Reference | Token::Warning | Token::Error | Token::Good => {
                self.theme.legible(usual, Self::LINE)
            }
            Token::Grid | Token::Hairline => usual.mix(self.theme.token(Token::Text), Self::GRID[0]),
            Token::GridMinor => usual.mix(self.theme.token(Token::Text), Self::GRID[1]),
            Token::Background
            | Token::Panel
            | Token::Raised
            | Token::Control
            | Token::ControlHovered
            | Token::OnAccent => usual,
        }
    }

    /// Colour of a paint, for lines, markers and fills.
    pub(super) fn paint(self, paint: Paint) -> Rgb {
        match paint {
            Paint::Token(token) => self.token(token),
            Paint::Ramp(at) => self.ramp(at),
            Paint::Category(_) if self.room => self.theme.legible(self.theme.paint(paint), Self::LINE),
            Paint::Category(_) => self.theme.paint(paint),
        }
    }

    /// Colour of a paint, for text.
    pub(super) fn text_paint(self, paint: Paint) -> Rgb {
        match self.room {
            true => self.theme.legible(self.paint(paint), Self::TEXT),
            false => self.theme.text_paint(paint),
        }
    }

    /// The sequential ramp at 0 to 1.
    pub(super) fn ramp(self, at: f64) -> Rgb {
        let [low, high] = match self.room {
            true => Self::RAMP[usize::from(self.theme.kind == ThemeKind::Dark)],
            false => [0.0, 1.0],
        };
        self.theme.ramp(low + (high - low) * at.clamp(0.0, 1.0))
    }
}

/// A token's colour in the window's theme.
pub(super) fn token(ui: &egui::Ui, token: Token) -> Color32 {
    color(current(ui.ctx()).token(token))
}

/// The one place where a colour is made for the screen.
pub(super) fn color(Rgb(r, g, b): Rgb) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// A picture in its own colours.
pub(super) const UNTINTED: Color32 = Color32::WHITE;

/// A screen that is off.
pub(super) const OFF: Color32 = Color32::BLACK;

/// The bold face at a size.
pub(super) fn bold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(BOLD.into()))
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let mut add = |name: &str, bytes: &'static [u8]| {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        name.to_owned()
    };
    let regular = vec![
        add("Noto Sans", ttf_noto_sans::REGULAR),
        add("DejaVu Sans", dejavu::sans::regular()),
    ];
    let heavy = vec![
        add("Noto Sans Bold", ttf_noto_sans::BOLD),
        add("DejaVu Sans Bold", dejavu::sans::bold()),
    ];
    fonts.families.insert(FontFamily::Proportional, regular.clone());
    // Noto's digits are all one width, so numbers align without a second typeface.
    fonts.families.insert(FontFamily::Monospace, regular);
    fonts.families.insert(FontFamily::Name(BOLD.into()), heavy);
    fonts
}

fn visuals(look: Look) -> Visuals {
    let of = |token| color(look.token(token));
    let mut visuals = match look.theme.kind {
        ThemeKind::Light => Visuals::light(),
        ThemeKind::Dark => Visuals::dark(),
    };
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    let radius = CornerRadius::same(5);
    visuals.panel_fill = of(Token::Panel);
    visuals.window_fill = of(Token::Raised);
    visuals.window_stroke = Stroke::new(1.0, of(Token::Hairline));
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.extreme_bg_color = of(Token::Background);
    visuals.text_edit_bg_color = Some(of(Token::Control));
    visuals.faint_bg_color = of(Token::GridMinor);
    visuals.code_bg_color = of(Token::GridMinor);
    visuals.hyperlink_color = of(Token::Accent);
    visuals.warn_fg_color = of(Token::Warning);
    visuals.error_fg_color = of(Token::Error);
    visuals.weak_text_color = Some(of(Token::TextMuted));
    visuals.selection.bg_fill = of(Token::Accent).gamma_multiply(0.28);
    visuals.selection.stroke = Stroke::new(1.0, of(Token::Text));
    let widgets = &mut visuals.widgets;
    for (state, fill, text) in [
        (&mut widgets.noninteractive, Token::Panel, Token::Text),
        (&mut widgets.inactive, Token::Control, Token::Text),
        (&mut widgets.hovered, Token::ControlHovered, Token::Text),
        (&mut widgets.active, Token::ControlHovered, Token::Text),
        (&mut widgets.open, Token::ControlHovered, Token::Text),
    ] {
        state.bg_fill = of(fill);
        state.weak_bg_fill = of(fill);
        state.fg_stroke = Stroke::new(1.0, of(text));
        state.bg_stroke = Stroke::new(1.0, of(Token::Hairline));
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, of(Token::Hairline));
    widgets.hovered.fg_stroke = Stroke::new(1.5, of(Token::Text));
    widgets.active.fg_stroke = Stroke::new(2.0, of(Token::Accent));
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_reads_text_and_sees_lines() {
        for of in [egui::Theme::Light, egui::Theme::Dark] {
            let look = Look::of(of, true);
            let ground = look.token(Token::Background);
            for text in [Token::Text, Token::TextMuted, Token::TextFaint] {
                let ratio = look.token(text).contrast(ground);
                assert!(ratio >= 7.0, "{of:?} {text:?}: {ratio:.2}");
            }
            let tokens = [
                Token::Accent,
                Token::Reference,
                Token::Warning,
                Token::Error,
                Token::Good,
            ];
            let paints = tokens.map(Paint::Token).into_iter();
            let paints = paints.chain((0..7).map(Paint::Category));
            for paint in paints.chain((0..=100).map(|step| Paint::Ramp(f64::from(step) / 100.0))) {
                let (line, text) = (look.paint(paint), look.text_paint(paint));
                assert!(
                    line.contrast(ground) >= 4.5,
                    "{of:?} {paint:?}: {:.2}",
                    line.contrast(ground)
                );
                assert!(
                    text.contrast(ground) >= 7.0,
                    "{of:?} {paint:?}: {:.2}",
                    text.contrast(ground)
                );
            }
        }
    }
}
