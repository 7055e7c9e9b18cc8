//! How figures leave the program: size, text, colours and parts, under a name, so that the next figure looks the same.

use crate::app::Requests;
use crate::app::inspector::named;
use crate::app::widgets::{Entry, heading, labelled, small, value_slider};
use crate::figure::{PIXELS, Parts, TEXT_SCALES, Template, ThemeKind, page_size};
use crate::session::{Action, FigureAction, Workspace};
use crate::units::format_significant;
use eframe::egui::{ComboBox, Ui};

/// What the section remembers.
#[derive(Default)]
pub(super) struct TemplateFields {
    /// Under names of the user's, kept by the window from one project to the next.
    pub(super) saved: Vec<Template>,
    size: Entry,
    pixels: Entry,
    name: Entry,
}

const FIELD: f32 = 112.0;

pub(super) fn template_ui(ui: &mut Ui, workspace: &Workspace, fields: &mut TemplateFields, requests: &mut Requests) {
    let before = &workspace.session().figures.template;
    let mut template = before.clone();
    heading(ui, "Template");
    labelled(ui, "Look", |ui| choose_ui(ui, &fields.saved, &mut template));
    labelled(ui, "Size", |ui| {
        let [width, height] = template.size;
        let shown = format!("{width} × {height}");
        let read = |text: &str| page_size(&text.replace('×', "x"));
        if let Some(size) = fields.size.ui(ui, "Size of figures", &shown, FIELD, read) {
            template.size = size;
        }
    });
    labelled(ui, "Text, lines, markers", |ui| {
        ui.label(format!("{} ×", format_significant(f64::from(template.text_scale), 3)));
    });
    let bounds = [TEXT_SCALES.0, TEXT_SCALES.1].map(f64::from);
    let tip = "Scales text, lines and markers together; 1 reads in a room on a slide, and in print in a column";
    if let Some(scale) = value_slider(ui, "Text scale", f64::from(template.text_scale), bounds, tip) {
        template.text_scale = ((scale * 20.0).round() / 20.0) as f32;
    }
    labelled(ui, "Pixels of a PNG", |ui| {
        let shown = format!("{} ×", template.pixels);
        let read = |text: &str| {
            let value: f32 = text.trim_end_matches(['×', ' ']).trim().parse().unwrap_or(f32::NAN);
            let within = (PIXELS.0..=PIXELS.1).contains(&value);
            within
                .then_some(value)
                .ok_or_else(|| format!("expected a factor between {} and {}", PIXELS.0, PIXELS.1))
        };
        if let Some(pixels) = fields.pixels.ui(ui, "Pixels of a PNG", &shown, FIELD, read) {
            template.pixels = pixels;
        }
    });
    let mut dark = template.theme == ThemeKind::Dark;
    let tip = "Figures are light unless this is on, whatever the window is";
    ui.checkbox(&mut dark, "Dark").on_hover_text(tip);
    template.theme = if dark { ThemeKind::Dark } else { ThemeKind::Light };
    parts_ui(ui, &mut template.parts);
    if template != *before {
        // What is changed is no longer what bears the name, unless another was chosen.
        if template.name == before.name {
            "Own".clone_into(&mut template.name);
        }
        requests.act(Action::Figure(FigureAction::SetTemplate(template.clone())));
    }
    names_ui(ui, &template, fields, requests);
}

fn choose_ui(ui: &mut Ui, saved: &[Template], template: &mut Template) {
    let now = template.name.clone();
    let shown = ComboBox::from_id_salt("template")
        .width(150.0)
        .selected_text(&now)
        .show_ui(ui, |ui| {
            for known in Template::built_in().chain(saved.iter().cloned()) {
                let [width, height] = known.size;
                let tip = format!("{width} × {height} px of 96 to the inch");
                let on = known.name == now;
                if ui.selectable_label(on, &known.name).on_hover_text(tip).clicked() {
                    *template = known;
                }
            }
        });
    named(&shown.response, "Template", &now);
}

fn parts_ui(ui: &mut Ui, parts: &mut Parts) {
    let all = [
        ("Title", &mut parts.title),
        ("Subtitle", &mut parts.subtitle),
        ("Equation", &mut parts.equation),
        ("Legend", &mut parts.legend),
        ("Grid", &mut parts.grid),
        ("Footer", &mut parts.footer),
    ];
    ui.horizontal_wrapped(|ui| {
        for (name, part) in all {
            ui.checkbox(part, name);
        }
    });
}

/// Names for looks of one's own.
fn names_ui(ui: &mut Ui, template: &Template, fields: &mut TemplateFields, requests: &mut Requests) {
    labelled(ui, "Save look as", |ui| {
        let read = |text: &str| match text.trim() {
            "" => Err("a look needs a name".to_owned()),
            name if Template::built_in().any(|known| known.name == name) => {
                Err(format!("{name} is always there: choose another name"))
            }
            name => Ok(name.to_owned()),
        };
        if let Some(name) = fields.name.ui(ui, "Name of the look", "", FIELD, read) {
            let named = Template {
                name,
                ..template.clone()
            };
            fields.saved.retain(|known| known.name != named.name);
            fields.saved.push(named.clone());
            requests.act(Action::Figure(FigureAction::SetTemplate(named)));
        }
    });
    if let Some(error) = fields.name.error() {
        ui.label(small(error, ui));
    }
    if fields.saved.iter().any(|known| known.name == template.name)
        && ui
            .small_button(format!("Forget {}", template.name))
            .on_hover_text("Takes it off the list of looks; this project keeps it")
            .clicked()
    {
        fields.saved.retain(|known| known.name != template.name);
    }
}
