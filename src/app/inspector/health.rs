//! What is suspicious about the runs of a file, one line a finding, and what was left out by hand; both are one click from
//! the other.

use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::{heading, small};
use crate::app::{Local, Requests};
use crate::data::{Finding, FindingKind};
use crate::figure::Token;
use crate::session::{Action, DataAction, DataId, DataSet, Exclusion, Loaded, RunKey, Workspace};
use eframe::egui::{self, Align, FontId, Label, Layout, Rect, RichText, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use std::collections::HashSet;

/// Height of a line in the list of what was left out.
const LINE: f32 = 22.0;

/// How many runs of each finding are left out; kept until findings or exclusions change.
#[derive(Default)]
pub(in crate::app) struct LeftOutByHand {
    of: Option<(DataId, u64, Vec<Exclusion>)>,
    counts: Vec<usize>,
}

impl LeftOutByHand {
    fn refresh(&mut self, id: DataId, revision: u64, exclusions: &[Exclusion], loaded: &Loaded) {
        let known = self.of.as_ref();
        if known.is_some_and(|(of, at, these)| (*of, *at) == (id, revision) && these == exclusions) {
            return;
        }
        let names: HashSet<&str> = exclusions
            .iter()
            .filter(|exclusion| exclusion.of.data == id && exclusion.of.line.is_none())
            .map(|exclusion| exclusion.of.run.as_str())
            .collect();
        let runs = loaded.table.runs();
        let out = |finding: &Finding| {
            finding
                .runs
                .iter()
                .filter(|run| names.contains(&*runs[**run].name))
                .count()
        };
        self.counts = loaded.report.health.iter().map(out).collect();
        self.of = Some((id, revision, exclusions.to_vec()));
    }
}

/// How grave a finding looks.
fn bar(kind: FindingKind) -> Token {
    match kind {
        FindingKind::Diverged | FindingKind::DidNotTrain | FindingKind::CrashedEarly => Token::Warning,
        FindingKind::ExactDuplicate | FindingKind::NearDuplicate => Token::Warning,
        FindingKind::TooFewCheckpoints | FindingKind::LooksSampled | FindingKind::FewDigits => Token::Reference,
    }
}

pub(super) fn health_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    set: &DataSet,
    loaded: &Loaded,
    local: &mut Local,
    requests: &mut Requests,
) {
    let session = workspace.session();
    let findings = &loaded.report.health;
    if findings.is_empty() {
        return;
    }
    let revision = workspace.derived().revision;
    local.left_out.refresh(set.id, revision, &session.exclusions, loaded);
    heading(ui, "Worth a look");
    for (finding, &out) in findings.iter().zip(&local.left_out.counts) {
        let shown = local.highlight.is_of(set.id, &finding.runs);
        let all = finding.runs.len() * 10 > loaded.table.runs().len() * 9;
        match finding_ui(ui, finding, out, shown, all) {
            Some(Wish::Exclude) => requests.act(Action::Data(DataAction::Exclude {
                what: keys(set.id, loaded, finding),
                reason: finding.kind.words().to_owned(),
            })),
            Some(Wish::Restore) => requests.act(Action::Data(DataAction::Restore(keys(set.id, loaded, finding)))),
            Some(Wish::Show) => {
                local.highlight.toggle(set.id, &finding.runs);
                ui.ctx().request_repaint();
            }
            None => {}
        }
    }
}

fn keys(data: DataId, loaded: &Loaded, finding: &Finding) -> Vec<RunKey> {
    let runs = loaded.table.runs();
    let key = |run: &usize| RunKey {
        data,
        run: runs[*run].name.clone(),
        line: None,
    };
    finding.runs.iter().map(key).collect()
}

enum Wish {
    Exclude,
    Restore,
    Show,
}

fn finding_ui(ui: &mut Ui, finding: &Finding, out: usize, shown: bool, all: bool) -> Option<Wish> {
    let mut wish = None;
    let what = finding.kind.words();
    let frame = egui::Frame::NONE
        .fill(theme::token(ui, Token::Raised))
        .corner_radius(4.0)
        .inner_margin(egui::Margin {
            left: 12,
            right: 10,
            top: 8,
            bottom: 6,
        });
    let rect = frame
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(Label::new(RichText::new(quoted(&finding.text)).size(size::SMALL + 0.5)).wrap());
            if finding.runs.is_empty() {
                return;
            }
            ui.horizontal(|ui| {
                let runs = finding.runs.len();
                let button = |ui: &mut Ui, text: &str, name: String| {
                    let response = ui.small_button(text);
                    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
                    response
                };
                // Without its runs there would be hardly any left.
                if out < runs && !all {
                    let name = format!("Exclude: {what}");
                    let tip = format!("Leave {} out of the fit, with the reason “{what}”", counted(runs - out));
                    if button(ui, "Exclude", name).on_hover_text(tip).clicked() {
                        wish = Some(Wish::Exclude);
                    }
                }
                if out == runs {
                    let name = format!("Restore: {what}");
                    if button(ui, "Restore", name)
                        .on_hover_text("Let them take part again")
                        .clicked()
                    {
                        wish = Some(Wish::Restore);
                    }
                }
                let text = if shown { "Hide" } else { "Show" };
                let tip = "Ring these runs in the views, or no longer";
                if button(ui, text, format!("{text}: {what}")).on_hover_text(tip).clicked() {
                    wish = Some(Wish::Show);
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let count = match out {
                        0 => counted(runs),
                        out if out == runs => format!("{} left out", counted(out)),
                        out => format!("{out} of {} left out", counted(runs)),
                    };
                    ui.label(small(count, ui));
                });
            });
        })
        .response
        .rect;
    let stripe = Rect::from_min_max(rect.min, pos2(rect.left() + 3.0, rect.bottom()));
    ui.painter()
        .rect_filled(stripe, 1.0, theme::token(ui, bar(finding.kind)));
    wish
}

fn counted(runs: usize) -> String {
    match runs {
        1 => "1 run".to_owned(),
        runs => format!("{runs} runs"),
    }
}

/// The list of what was left out by hand, each with its way back.
pub(super) fn exclusions_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
    let exclusions = &workspace.session().exclusions;
    if exclusions.is_empty() {
        return;
    }
    heading(ui, &format!("Left out by hand: {}", exclusions.len()));
    let restore = |keys: Vec<RunKey>| Action::Data(DataAction::Restore(keys));
    if exclusions.len() > 1 && ui.small_button("Restore all").clicked() {
        requests.act(restore(
            exclusions.iter().map(|exclusion| exclusion.of.clone()).collect(),
        ));
    }
    let height = (exclusions.len() as f32 * LINE).min(8.0 * LINE);
    let area = ScrollArea::vertical()
        .max_height(height)
        .auto_shrink([false, true])
        .id_salt("left out");
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        area.show_rows(ui, LINE, exclusions.len(), |ui, range| {
            rows_ui(ui, &exclusions[range], requests);
        });
    });
}

fn rows_ui(ui: &mut Ui, exclusions: &[Exclusion], requests: &mut Requests) {
    for exclusion in exclusions {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
        let line = exclusion.of.line.map_or(String::new(), |line| format!(", line {line}"));
        let text = format!("{}{line} · {}", exclusion.of.run, exclusion.reason);
        let button = Rect::from_min_max(pos2(rect.right() - 64.0, rect.top()), rect.max);
        let color = theme::token(ui, Token::TextMuted);
        let mut job = egui::text::LayoutJob::simple_singleline(text, FontId::proportional(size::SMALL), color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(button.left() - rect.left() - 8.0);
        let galley = ui.painter().layout_job(job);
        let top = rect.center().y - galley.size().y / 2.0;
        ui.painter().galley(pos2(rect.left(), top), galley, color);
        let mut child = ui.new_child(
            egui::UiBuilder::new()
                .max_rect(button)
                .id_salt(&exclusion.of)
                .layout(Layout::right_to_left(Align::Center)),
        );
        let response = child.small_button("Restore");
        let name = format!("Restore {}{line}", exclusion.of.run);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
        if response.clicked() {
            requests.act(Action::Data(DataAction::Restore(vec![exclusion.of.clone()])));
        }
    }
}
