//! How the figure will look where it goes: painted by the writer of its pixels, on a thread, when a change has come to rest.

use crate::app::Requests;
use crate::app::commands::Command;
use crate::app::theme;
use crate::figure::Token;
use crate::session::{Composition, FigureOf, PlanChoice, ViewChoice, Workspace};
use eframe::egui::{
    ColorImage, Context, Rect, Role, Sense, Stroke, StrokeKind, TextureHandle, TextureOptions, Ui, WidgetInfo, pos2,
    vec2,
};

/// Height over width at most, so that the controls stay in sight.
const HIGHEST: f32 = 0.75;

/// What a picture depends on.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::app) struct Key {
    of: FigureOf,
    revision: u64,
    figures: Composition,
    plan: PlanChoice,
    view: ViewChoice,
    /// Pixels across.
    width: u32,
}

/// A picture with what it is of.
pub(in crate::app) struct Previewed {
    pub(in crate::app) key: Key,
    pub(in crate::app) image: Option<ColorImage>,
}

/// The last picture, and the one that is on its way.
#[derive(Default)]
pub(super) struct Preview {
    shown: Option<(Key, Option<TextureHandle>)>,
    asked: Option<Key>,
}

impl Preview {
    pub(super) fn show(&mut self, ctx: &Context, Previewed { key, image }: Previewed) {
        let texture = image.map(|image| ctx.load_texture("preview", image, TextureOptions::LINEAR));
        self.asked = None;
        self.shown = Some((key, texture));
    }
}

impl Key {
    pub(in crate::app) fn of(&self) -> FigureOf {
        self.of
    }

    /// Pixels to a px of the figure.
    pub(in crate::app) fn scale(&self) -> f32 {
        self.width as f32 / self.figures.template.size[0]
    }
}

pub(super) fn preview_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    of: FigureOf,
    preview: &mut Preview,
    requests: &mut Requests,
) {
    let session = workspace.session();
    let [width, height] = session.figures.template.size;
    let room = ui.available_width();
    let aspect = height / width;
    let across = if aspect > HIGHEST {
        room * HIGHEST / aspect
    } else {
        room
    };
    let (outer, response) = ui.allocate_exact_size(vec2(room, across * aspect), Sense::hover());
    let rect = Rect::from_center_size(outer.center(), vec2(across, across * aspect));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("How {} is saved", of.label())));
    let hairline = Stroke::new(1.0, theme::token(ui, Token::Hairline));
    ui.painter().rect_filled(rect, 0.0, theme::token(ui, Token::Raised));
    if let Some((_, Some(texture))) = &preview.shown {
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture.id(), rect, whole, theme::UNTINTED);
    }
    ui.painter().rect_stroke(rect, 0.0, hairline, StrokeKind::Outside);
    response.on_hover_text("As it is saved and copied, by the template below");
    let key = Key {
        of,
        revision: workspace.derived().revision,
        figures: session.figures.clone(),
        plan: session.plan.clone(),
        view: session.view.clone(),
        width: (across * ui.ctx().pixels_per_point()).round() as u32,
    };
    let known = preview.shown.as_ref().is_some_and(|(of, _)| *of == key);
    let held = ui.input(|input| input.pointer.any_down());
    if !known && !held && preview.asked.is_none() {
        preview.asked = Some(key.clone());
        requests.commands.push(Command::Preview);
    }
}

impl super::FigureTab {
    /// The picture that is wanted.
    pub(in crate::app) fn wanted(&self) -> Option<&Key> {
        self.preview.asked.as_ref()
    }

    /// It will not come.
    pub(in crate::app) fn give_up(&mut self) {
        self.preview.asked = None;
    }
}
