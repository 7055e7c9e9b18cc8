//! How far the fit can be trusted: other choices, missing runs, other laws; and its card.

use crate::app::Requests;
use crate::app::commands::Command;
use crate::app::theme::{self, size};
use crate::app::widgets::{card, heading, small};
use crate::figure::Token;
use crate::fit::{Objective, ObjectiveKind, Space, power_or_digits};
use crate::session::{TrustFound, TrustKind, Workspace};
use crate::units::{Params, format_significant};
use crate::validation::{Answers, CardFormat, Comparison, GroupKind, LeaveOut, Multiverse};
use eframe::egui::{self, Align, Align2, FontId, Layout, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Rows of a table here; the command line has them all.
const SHOWN: usize = 8;
/// Height of a row of the strip.
const ROW: f32 = 20.0;
/// Width of its names.
const NAMES: f32 = 116.0;

const QUESTIONS: [(TrustKind, &str, &str); 5] = [
    (
        TrustKind::OtherChoices,
        "Other choices",
        "The answer under every combination of objective, outlier rule, N and C that the data allow",
    ),
    (
        TrustKind::OtherLaws,
        "Other laws",
        "Every law on these runs, ranked by how well it foresees the largest compute, then by AICc",
    ),
    (
        TrustKind::Without(GroupKind::Size),
        "Without a size",
        "Each model size left out in turn: the error on it, and how far the answer moves",
    ),
    (
        TrustKind::Without(GroupKind::Budget),
        "Without a budget",
        "Each compute budget left out in turn",
    ),
    (
        TrustKind::Without(GroupKind::Run),
        "Without a run",
        "Each run left out in turn: which of them move D/N most",
    ),
];

pub(super) fn trust_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
    let fit = &workspace.derived().fit;
    if !matches!(fit.result, Some(Ok(_))) {
        return;
    }
    heading(ui, "How far to trust it");
    let asked = fit.trust.as_ref().map(|trust| trust.kind);
    ui.horizontal_wrapped(|ui| {
        for (kind, name, tip) in QUESTIONS {
            if ui
                .selectable_label(asked == Some(kind), name)
                .on_hover_text(tip)
                .clicked()
            {
                requests.commands.push(Command::Trust(kind));
            }
        }
    });
    if let Some(trust) = &fit.trust {
        match &trust.result {
            None => {
                ui.label(small("Asking …", ui));
            }
            Some(Err(error)) => card(ui, Token::Error, error),
            Some(Ok(found)) => {
                card(ui, Token::Reference, found.summary());
                match found {
                    TrustFound::Multiverse(found) => strip_ui(ui, found),
                    TrustFound::LeaveOut(found) => leave_out_ui(ui, found),
                    TrustFound::Comparison(found) => comparison_ui(ui, found),
                }
            }
        }
    }
    card_ui(ui, requests);
}

/// The fit card, to a file or the clipboard.
fn card_ui(ui: &mut Ui, requests: &mut Requests) {
    ui.add_space(theme::GRID * 0.5);
    ui.horizontal(|ui| {
        for (button, copies) in [("Save fit card", false), ("Copy as", true)] {
            ui.menu_button(button, |ui| {
                for format in CardFormat::ALL {
                    let name = match format {
                        CardFormat::Markdown => "Markdown",
                        CardFormat::Latex => "LaTeX",
                        CardFormat::Json => "JSON",
                        CardFormat::Csv => "CSV",
                        CardFormat::Python => "Python function",
                    };
                    let (text, command) = match copies {
                        true => (name.to_owned(), Command::CopyCard(format)),
                        false => (format!("{name}…"), Command::SaveCard(format)),
                    };
                    if ui.button(text).clicked() {
                        requests.commands.push(command);
                    }
                }
            });
        }
    });
}

/// A universe on the strip.
struct StripDot {
    at: f64,
    chosen: bool,
    about: String,
}

/// Short enough for a row: `Huber 10⁻³, ln L`.
fn objective_name(objective: &Objective) -> String {
    let delta = match objective.kind {
        ObjectiveKind::Huber => format!(" {}", power_or_digits(objective.delta)),
        _ => String::new(),
    };
    let of = match objective.space {
        Space::Log => "ln L",
        Space::Level => "L",
    };
    format!("{}{delta}, {of}", objective.kind.label())
}

/// Each universe as a dot at its D/N, or its a where it has none; a row an objective.
fn strip_ui(ui: &mut Ui, found: &Multiverse) {
    let by_ratio = found.tokens_per_param.is_some();
    let value = |answers: &Answers| {
        let value = if by_ratio { answers.tokens_per_param } else { answers.a };
        value.filter(|value| *value > 0.0)
    };
    let mut rows: Vec<(String, Vec<StripDot>)> = vec![];
    for universe in &found.universes {
        let Some(at) = universe.fit.as_ref().and_then(|fit| value(&fit.answers)) else {
            continue;
        };
        let about = format!("{}, {} points", universe.objective_words, universe.n_used);
        let chosen = universe.chosen;
        let dot = StripDot { at, chosen, about };
        let name = objective_name(&universe.objective);
        match rows.iter_mut().find(|(known, _)| *known == name) {
            Some((_, dots)) => dots.push(dot),
            None => rows.push((name, vec![dot])),
        }
    }
    let all = || rows.iter().flat_map(|(_, dots)| dots.iter().map(|dot| dot.at.ln()));
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
        (low.min(at), high.max(at))
    });
    if rows.is_empty() {
        return;
    }
    let margin = 0.06 * (high - low).max(0.05);
    let (low, high) = (low - margin, high + margin);
    let height = ROW * (rows.len() as f32 + 1.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let spoken = format!("{} universes of {} objectives", found.universes.len(), rows.len());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
    let (left, right) = (rect.left() + NAMES, rect.right() - 6.0);
    let place = |at: f64| left + (right - left) * ((at - low) / (high - low)) as f32;
    let (muted, accent) = (theme::token(ui, Token::TextMuted), theme::token(ui, Token::Accent));
    let faint = Stroke::new(1.0, theme::token(ui, Token::GridMinor));
    let font = FontId::proportional(size::SMALL);
    let names = ui.painter().with_clip_rect(rect);
    let mut hovered = None;
    for (index, (name, dots)) in rows.iter().enumerate() {
        let y = rect.top() + ROW * (index as f32 + 0.5);
        names.text(pos2(rect.left(), y), Align2::LEFT_CENTER, name, font.clone(), muted);
        names.hline(left..=right, y, faint);
        for StripDot { at, chosen, about } in dots {
            let center = pos2(place(at.ln()), y);
            let (radius, color) = if *chosen { (5.0, accent) } else { (3.5, muted) };
            names.circle_filled(center, radius, color);
            if response
                .hover_pos()
                .is_some_and(|pointer| pointer.distance(center) < 7.0)
            {
                hovered = Some(format!("{about}: {}", format_significant(*at, 3)));
            }
        }
    }
    let y = rect.bottom() - 0.5 * ROW;
    let what = if by_ratio { "D/N" } else { "a" };
    names.text(pos2(rect.left(), y), Align2::LEFT_CENTER, what, font.clone(), muted);
    for (at, anchor) in [
        (low + margin, Align2::CENTER_CENTER),
        (high - margin, Align2::CENTER_CENTER),
    ] {
        names.text(
            pos2(place(at), y),
            anchor,
            format_significant(at.exp(), 3),
            font.clone(),
            muted,
        );
    }
    if let Some(text) = hovered {
        response.on_hover_text_at_pointer(text);
    }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// Widths of a table's columns.
const COLUMNS: [f32; 4] = [98.0, 48.0, 52.0, 44.0];

fn rows_ui(ui: &mut Ui, head: [&str; 4], rows: impl Iterator<Item = ([String; 4], String)>) {
    let row = |ui: &mut Ui, cells: [RichText; 4], about: &str| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (column, (cell, width)) in cells.into_iter().zip(COLUMNS).enumerate() {
                ui.allocate_ui_with_layout(vec2(width, 18.0), Layout::left_to_right(Align::Center), |ui| {
                    ui.set_width(width);
                    let label = ui.add(egui::Label::new(cell).truncate());
                    if column == 0 && !about.is_empty() {
                        label.on_hover_text(about);
                    }
                });
            }
        });
    };
    let names = head.map(|name| small(name, ui));
    row(ui, names, "");
    for (cells, about) in rows {
        row(ui, cells.map(|cell| RichText::new(cell).size(size::SMALL)), &about);
    }
}

fn per_cent(share: f64) -> String {
    format!("{} %", format_significant(100.0 * share, 2))
}

fn leave_out_ui(ui: &mut Ui, found: &LeaveOut) {
    let ratio = |answers: &Answers| or_dash(answers.tokens_per_param.map(|ratio| format_significant(ratio, 3)));
    let all = [
        "nothing".to_owned(),
        "–".to_owned(),
        of_params(&found.all),
        ratio(&found.all),
    ];
    let groups = found.groups.iter().take(SHOWN).map(|group| {
        let answers = group.fit.as_ref().map(|fit| &fit.answers);
        let cells = [
            group.name.clone(),
            or_dash(group.prediction.map(|prediction| per_cent(prediction.rmse_log))),
            or_dash(answers.map(of_params)),
            or_dash(answers.map(ratio)),
        ];
        (cells, group.why.clone().unwrap_or_default())
    });
    let rows = std::iter::once((all, String::new())).chain(groups);
    rows_ui(ui, ["without", "error", "N*", "D/N"], rows);
    let more = found.groups.len().saturating_sub(SHOWN);
    if more > 0 {
        ui.label(small(format!("and {more} more, which move the answer less"), ui));
    }
}

fn of_params(answers: &Answers) -> String {
    or_dash(answers.params.map(|params| Params(params).short()))
}

fn comparison_ui(ui: &mut Ui, found: &Comparison) {
    let rows = found.ranked.iter().map(|ranked| {
        let cells = [
            format!("{} {}", ranked.rank, ranked.law),
            or_dash(
                ranked
                    .out_of_range
                    .as_ref()
                    .map(|out| per_cent(out.prediction.rmse_log)),
            ),
            or_dash(ranked.delta_aicc.map(|delta| format!("{delta:.1}"))),
            of_params(&ranked.answers),
        ];
        (cells, ranked.notes.join("; "))
    });
    rows_ui(ui, ["law", "error", "ΔAICc", "N*"], rows);
    for other in &found.not_compared {
        ui.label(small(format!("{}: {}", other.law, other.reason), ui));
    }
}
