//! The answer in large type, and the budget under the hand.

use super::commands::Command;
use super::figures::Figures;
use super::text::quoted;
use super::theme::{self, size};
use super::widgets::log_slider;
use super::{Local, Requests};
use crate::figure::Token;
use crate::fit::{FitError, IntervalMethod};
use crate::law::{Inputs, LawKind};
use crate::session::{Action, BUDGET_RANGE, FitAction, PlanAction, Workspace};
use crate::units::{Flops, Params, Tokens, format_significant, superscript};
use eframe::egui::{self, Align2, FontId, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

pub(super) fn answer_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    numbers_ui(ui, workspace, figures, requests);
    ui.add_space(theme::GRID * 0.5);
    budget_ui(ui, workspace, figures, local, requests);
}

/// Height of the answer, with or without one.
const HEIGHT: f32 = 74.0;

/// One number of the answer.
struct Number {
    label: &'static str,
    value: String,
    interval: String,
    hover: String,
}

fn numbers_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, requests: &mut Requests) {
    let Some(answer) = figures.answer(workspace) else {
        no_answer_ui(ui, workspace, figures, requests);
        return;
    };
    let level = format!("{:.0} %", workspace.session().fit.level * 100.0);
    let method = workspace.session().fit.interval;
    let no_interval = if workspace.derived().uncertainty_error(method).is_some() {
        "no interval"
    } else if intervals_asked(workspace) && workspace.derived().uncertainty(method).is_none() {
        "interval …"
    } else {
        ""
    };
    let interval = |range: Option<[f64; 2]>, write: &dyn Fn(f64) -> String| match range {
        Some([low, high]) => format!("[{}, {}]", write(low), write(high)),
        None => no_interval.to_owned(),
    };
    let (optimum, intervals) = (answer.optimum, answer.intervals);
    let by = match method {
        IntervalMethod::Bootstrap => "over resampled runs",
        IntervalMethod::Profile | IntervalMethod::Delta => "by the curvature at the optimum",
    };
    let hover = |what: &str| format!("{what}\nIn brackets the {level} interval {by}.");
    let numbers = [
        Number {
            label: "Model size N*",
            value: optimum.params.short(),
            interval: interval(intervals.params, &|n| Params(n).short()),
            hover: hover("Compute-optimal number of parameters."),
        },
        Number {
            label: "Training tokens D*",
            value: optimum.tokens.short(),
            interval: interval(intervals.tokens, &|d| Tokens(d).short()),
            hover: hover("Compute-optimal number of training tokens: C / (6 N*)."),
        },
        Number {
            label: "Tokens per parameter",
            value: format_significant(optimum.tokens.0 / optimum.params.0, 3),
            interval: interval(intervals.tokens_per_param, &|r| format_significant(r, 3)),
            hover: hover("D*/N*."),
        },
        Number {
            label: "Loss (nats/token)",
            value: optimum
                .loss
                .map_or_else(|| "–".to_owned(), |loss| format_significant(loss.0, 4)),
            interval: interval(intervals.loss, &|l| format_significant(l, 4)),
            hover: hover("Predicted loss at N* and D*."),
        },
    ];
    // Fixed columns: a digit more or less moves nothing.
    let column = (ui.available_width() * 0.19).clamp(138.0, 190.0);
    let height = HEIGHT;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    for (index, number) in numbers.iter().enumerate() {
        let left = rect.left() + column * index as f32;
        number_ui(
            ui,
            Rect::from_min_size(pos2(left, rect.top()), vec2(column, height)),
            number,
        );
    }
    beyond_ui(
        ui,
        workspace,
        figures,
        Rect::from_min_max(pos2(rect.left() + column * 4.0, rect.top()), rect.max),
    );
}

/// Whether the session asks for intervals at all.
pub(super) fn intervals_asked(workspace: &Workspace) -> bool {
    let choice = &workspace.session().fit;
    choice.interval != IntervalMethod::Bootstrap || choice.bootstrap.is_some()
}

fn number_ui(ui: &mut Ui, rect: Rect, number: &Number) {
    let response = ui.interact(rect, ui.scope_id().with(number.label), Sense::hover());
    let spoken = format!("{} {} {}", number.label, number.value, number.interval);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.trim()));
    response.on_hover_text(&number.hover);
    let painter = ui.painter();
    let muted = theme::token(ui, Token::TextMuted);
    let small = FontId::proportional(size::SMALL);
    painter.text(rect.left_top(), Align2::LEFT_TOP, number.label, small.clone(), muted);
    let text = theme::token(ui, Token::Text);
    painter.text(
        rect.left_top() + vec2(-1.0, 15.0),
        Align2::LEFT_TOP,
        &number.value,
        theme::bold(size::ANSWER),
        text,
    );
    painter.text(
        rect.left_top() + vec2(0.0, 55.0),
        Align2::LEFT_TOP,
        &number.interval,
        small,
        muted,
    );
}

/// How far the question lies beyond the runs, in words.
fn beyond_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, rect: Rect) {
    let Some((low, high)) = figures.summary(workspace).flops_range else {
        return;
    };
    let budget = workspace.session().plan.budget.0;
    let (decades, text) = if budget > high {
        let decades = (budget / high).log10();
        (
            decades,
            format!("{} decades beyond\nthe largest run", format_significant(decades, 2)),
        )
    } else if budget < low {
        let decades = (low / budget).log10();
        (
            decades,
            format!("{} decades below\nthe smallest run", format_significant(decades, 2)),
        )
    } else {
        (0.0, "Within the runs".to_owned())
    };
    let token = match decades {
        d if d <= 0.0 => Token::Good,
        d if d <= 1.0 => Token::TextMuted,
        d if d <= 2.0 => Token::Warning,
        _ => Token::Error,
    };
    let response = ui.interact(rect, ui.scope_id().with("beyond"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text.replace('\n', " ")));
    response.on_hover_text(
        "How far the budget lies outside the compute of the fitted runs. Trust falls with every decade.",
    );
    let galley = ui.painter().layout(
        text.clone(),
        FontId::proportional(size::BODY),
        theme::token(ui, token),
        rect.width(),
    );
    ui.painter()
        .galley(pos2(rect.left(), rect.top() + 22.0), galley, theme::token(ui, token));
}

fn no_answer_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, requests: &mut Requests) {
    let law = &workspace.session().fit.config.law;
    let text = figures.summary(workspace).obstacle.clone();
    let one_variable = law.law().inputs() == Inputs::One;
    let no_optimum = text.is_none() && one_variable;
    let text = text.unwrap_or_else(|| {
        if !one_variable {
            return "These runs give no optimum: a term of the law has vanished in the fit. Its verdicts say what would help."
                .to_owned();
        }
        let loss = loss_at_budget(workspace).map(|loss| format!("At this budget the loss is {loss}. "));
        format!(
            "{}{} is a law of one variable: it has no optimum in N and D.",
            loss.unwrap_or_default(),
            law.short_label()
        )
    });
    let cancelled = matches!(workspace.derived().fit.result, Some(Err(FitError::Cancelled)));
    ui.allocate_ui(vec2(ui.available_width(), HEIGHT), |ui| {
        ui.set_min_height(HEIGHT);
        ui.add(egui::Label::new(RichText::new(quoted(&text)).size(size::TITLE)).wrap());
        if no_optimum && ui.button("Fit Chinchilla").clicked() {
            requests.act(Action::Fit(FitAction::SetLaw(LawKind::Chinchilla)));
        }
        if cancelled && ui.button("Run again").clicked() {
            requests.commands.push(Command::Refit);
        }
    });
}

/// What a law of compute alone says of the budget.
fn loss_at_budget(workspace: &Workspace) -> Option<String> {
    let (session, report) = (workspace.session(), workspace.derived().report()?);
    let of_compute = report.law.law().inputs() == Inputs::One && session.fit.x == "flops";
    let loss = || report.law.law().loss(&report.theta(), &[session.plan.budget.0]);
    of_compute.then(|| format_significant(loss(), 4))
}

fn budget_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, local: &mut Local, requests: &mut Requests) {
    let budget = workspace.session().plan.budget;
    let set = |flops: f64| Action::Plan(PlanAction::SetBudget(Flops(flops)));
    let mut rail = Rect::NOTHING;
    ui.horizontal(|ui| {
        ui.label("Compute C");
        let field = 132.0;
        let slider_width = ui.available_width() - field - theme::GRID * 2.0;
        ui.allocate_ui(vec2(slider_width, 24.0), |ui| {
            ui.set_width(slider_width);
            let tip = "Training compute in FLOP. Drag, or use the arrow keys; the star and the answer follow.";
            let slid = log_slider(ui, "Compute budget", budget.0, BUDGET_RANGE, tip);
            rail = slid.rail;
            if let Some(flops) = slid.moved {
                requests.act(set(flops));
            }
        });
        let shown = format!("{} FLOP", budget.short());
        let typed = local.budget.ui(ui, "Compute budget, typed", &shown, field, |text| {
            let flops = text.parse::<Flops>().map_err(|error| error.to_string())?;
            let within = flops.0 >= BUDGET_RANGE.0 && flops.0 <= BUDGET_RANGE.1;
            within
                .then_some(flops)
                .ok_or_else(|| "The budget must lie between 10¹² and 10²⁸ FLOP".to_owned())
        });
        if let Some(flops) = typed {
            requests.act(set(flops.0));
        }
    });
    scale_ui(ui, workspace, figures, local.budget.error(), rail);
}

/// Decades under the slider, with the stretch that the runs cover; what is wrong with a typed budget takes their place.
fn scale_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, error: Option<&str>, rail: Rect) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    if let Some(error) = error {
        let color = theme::token(ui, Token::Error);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect));
        child.label(RichText::new(quoted(error)).size(size::SMALL).color(color));
        return;
    }
    let x = |flops: f64| {
        let (low, high) = (BUDGET_RANGE.0.log10(), BUDGET_RANGE.1.log10());
        rail.left() + rail.width() * ((flops.log10() - low) / (high - low)) as f32
    };
    let faint = theme::token(ui, Token::TextFaint);
    for exponent in (12..=28).step_by(4) {
        let at = pos2(x(10f64.powi(exponent)), rect.top());
        let text = format!("10{}", superscript(exponent));
        ui.painter()
            .text(at, Align2::CENTER_TOP, text, FontId::proportional(size::SMALL), faint);
    }
    if let Some((low, high)) = figures.summary(workspace).flops_range {
        let stretch = Rect::from_min_max(
            pos2(x(low), rect.top() - 5.0),
            pos2(x(high).max(x(low) + 2.0), rect.top() - 2.0),
        );
        ui.painter().rect_filled(stretch, 1.5, theme::token(ui, Token::Good));
        let response = ui.interact(
            stretch.expand(4.0),
            ui.scope_id().with("runs on the scale"),
            Sense::hover(),
        );
        response.on_hover_text(format!(
            "The runs cover {} to {} FLOP.",
            Flops(low).short(),
            Flops(high).short()
        ));
    }
}
