//! The answer in large type, and the budget under the hand.

use super::commands::Command;
use super::figures::{Answer, Figures};
use super::text::quoted;
use super::theme::{self, size};
use super::widgets::log_slider;
use super::{Local, Requests};
use crate::figure::views::Chosen;
use crate::figure::views::capitalised;
use crate::figure::{Reveal, Token};
use crate::fit::{FitError, IntervalMethod};
use crate::law::{Inputs, LawKind};
use crate::plan::{Optimum, Quantity};
use crate::session::{Action, BUDGET_RANGE, FitAction, PlanAction, ScenarioAction, Workspace};
use crate::units::{Flops, Params, Tokens, format_significant, superscript};
use eframe::egui::{self, Align2, FontId, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

pub(super) fn answer_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    if let Some(presentation) = &local.presentation {
        let told = presentation.reveal == Reveal::Answer;
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = theme::GRID * 0.25;
            chips_ui(ui, workspace, requests);
            numbers_ui(ui, workspace, figures, requests, &ROOM, told);
            room_budget_ui(ui, workspace, figures, requests);
        });
        return;
    }
    chips_ui(ui, workspace, requests);
    numbers_ui(ui, workspace, figures, requests, &DESK, true);
    ui.add_space(theme::GRID * 0.5);
    budget_ui(ui, workspace, figures, local, requests);
}

/// How the answer is set.
struct Setting {
    /// Height, with or without an answer.
    height: f32,
    /// Size of the numbers.
    value: f32,
    /// A room has a short name beside the interval, and what was before beside the number; a desk has every one in its line.
    room: bool,
}

const DESK: Setting = Setting {
    height: 84.0,
    value: size::ANSWER,
    room: false,
};

/// Two lines: the plot has the rest.
const ROOM: Setting = Setting {
    height: 42.0,
    value: 22.0,
    room: true,
};

/// The scenarios, where there are any: a click asks what one asks.
fn chips_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
    let session = workspace.session();
    if session.scenarios.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for scenario in &session.scenarios {
            let on = scenario.plan == session.plan;
            if ui.selectable_label(on, &scenario.name).clicked() && !on {
                requests.act(Action::Scenario(ScenarioAction::Recall(scenario.id)));
            }
        }
    });
    ui.add_space(theme::GRID * 0.5);
}

/// One number of the answer.
struct Number {
    label: &'static str,
    /// For a room.
    short: &'static str,
    value: String,
    /// Its interval, or that it is held.
    interval: String,
    /// What it was before the last switch.
    before: String,
    hover: String,
}

/// Where it is not `told` yet, its room stays empty: nothing moves when it is.
fn numbers_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    requests: &mut Requests,
    setting: &Setting,
    told: bool,
) {
    if !told {
        ui.allocate_exact_size(vec2(ui.available_width(), setting.height), Sense::hover());
        return;
    }
    let Some(answer) = figures.answered(workspace) else {
        no_answer_ui(ui, workspace, figures, requests, setting.height);
        return;
    };
    let numbers = numbers(workspace, &answer, figures.ghost());
    // Fixed columns: a digit more or less moves nothing.
    let column = match setting.room {
        true => ui.available_width() * 0.2,
        false => (ui.available_width() * 0.19).clamp(138.0, 190.0),
    };
    let height = setting.height;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    for (index, number) in numbers.iter().enumerate() {
        let left = rect.left() + column * index as f32;
        number_ui(
            ui,
            Rect::from_min_size(pos2(left, rect.top()), vec2(column, height)),
            number,
            setting,
        );
    }
    beyond_ui(
        ui,
        workspace,
        figures,
        answer.answered.optimum.flops.0,
        Rect::from_min_max(pos2(rect.left() + column * 4.0, rect.top()), rect.max),
        setting,
    );
}

fn numbers(workspace: &Workspace, answer: &Answer, ghost: Option<&Chosen>) -> [Number; 4] {
    let session = workspace.session();
    let plan = &session.plan;
    let (level, by) = (format!("{:.0} %", session.fit.level * 100.0), plan.published());
    let method = session.fit.interval;
    let no_interval = if !intervals_asked(workspace) {
        ""
    } else if workspace.derived().uncertainty(method).is_some()
        || workspace.derived().uncertainty_error(method).is_some()
    {
        "no interval"
    } else {
        "interval …"
    };
    let interval = |quantity: Option<Quantity>, range: Option<[f64; 2]>, write: &dyn Fn(f64) -> String| match range {
        _ if quantity.is_some_and(|quantity| plan.holds(quantity)) => "held".to_owned(),
        _ if by.is_some() => by.map_or("", |law| law.label).to_owned(),
        Some([low, high]) => format!("[{}, {}]", write(low), write(high)),
        None => no_interval.to_owned(),
    };
    let (optimum, intervals) = (answer.answered.optimum, answer.intervals);
    let was = |of: &dyn Fn(&Optimum) -> String, now: &str| match ghost.map(|ghost| of(&ghost.answered.optimum)) {
        Some(before) if before != now => format!("was {before}"),
        _ => String::new(),
    };
    let way = match method {
        IntervalMethod::Bootstrap => "over resampled runs",
        IntervalMethod::Profile | IntervalMethod::Delta => "by the curvature at the optimum",
    };
    let hover = |what: &str| format!("{what}\nIn brackets the {level} interval {way}.");
    // With two known there is nothing left to be the best.
    let best = plan.known().1.is_none();
    let number = |label: [&'static str; 2],
                  short: [&'static str; 2],
                  quantity: Option<Quantity>,
                  range: Option<[f64; 2]>,
                  of: &dyn Fn(&Optimum) -> String,
                  write: &dyn Fn(f64) -> String,
                  what: &str| {
        let value = of(&optimum);
        Number {
            label: label[usize::from(!best)],
            short: short[usize::from(!best)],
            interval: interval(quantity, range, write),
            before: was(of, &value),
            hover: hover(what),
            value,
        }
    };
    [
        number(
            ["Model size N*", "Model size N"],
            ["N*", "N"],
            Some(Quantity::Params),
            intervals.params,
            &|o| o.params.short(),
            &|n| Params(n).short(),
            "Number of parameters, the best for the compute where nothing else is held.",
        ),
        number(
            ["Training tokens D*", "Training tokens D"],
            ["D*", "D"],
            Some(Quantity::Tokens),
            intervals.tokens,
            &|o| o.tokens.short(),
            &|d| Tokens(d).short(),
            "Number of training tokens, the best for the compute where nothing else is held: C / (6 N).",
        ),
        number(
            ["Tokens per parameter"; 2],
            ["D/N"; 2],
            None,
            intervals.tokens_per_param,
            &|o| format_significant(o.tokens.0 / o.params.0, 3),
            &|r| format_significant(r, 3),
            "D/N.",
        ),
        number(
            ["Loss (nats/token)"; 2],
            ["Loss"; 2],
            Some(Quantity::Loss),
            intervals.loss,
            &|o| {
                o.loss
                    .map_or_else(|| "–".to_owned(), |loss| format_significant(loss.0, 4))
            },
            &|l| format_significant(l, 4),
            "Predicted loss at N and D.",
        ),
    ]
}

/// Whether the session asks for intervals at all.
pub(super) fn intervals_asked(workspace: &Workspace) -> bool {
    let choice = &workspace.session().fit;
    choice.interval != IntervalMethod::Bootstrap || choice.bootstrap.is_some()
}

fn number_ui(ui: &mut Ui, rect: Rect, number: &Number, setting: &Setting) {
    let response = ui.interact(rect, ui.scope_id().with(number.label), Sense::hover());
    let spoken = format!(
        "{} {} {} {}",
        number.label, number.value, number.interval, number.before
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.trim()));
    if !setting.room {
        // Nothing opens under a hand on its way to the plot.
        response.on_hover_text(&number.hover);
    }
    let painter = ui.painter();
    let muted = theme::token(ui, Token::TextMuted);
    let small = FontId::proportional(size::SMALL);
    let text = theme::token(ui, Token::Text);
    if setting.room {
        let font = theme::bold(setting.value);
        let value = painter.text(rect.left_top(), Align2::LEFT_TOP, &number.value, font, text);
        let caption = format!("{} {}", number.short, number.interval);
        painter.text(rect.left_bottom(), Align2::LEFT_BOTTOM, caption, small.clone(), muted);
        let at = pos2(value.right() + 6.0, value.bottom() - 4.0);
        painter.text(at, Align2::LEFT_BOTTOM, &number.before, small, muted);
        return;
    }
    painter.text(rect.left_top(), Align2::LEFT_TOP, number.label, small.clone(), muted);
    painter.text(
        rect.left_top() + vec2(-1.0, 15.0),
        Align2::LEFT_TOP,
        &number.value,
        theme::bold(setting.value),
        text,
    );
    painter.text(
        rect.left_top() + vec2(0.0, 55.0),
        Align2::LEFT_TOP,
        &number.interval,
        small.clone(),
        muted,
    );
    if !number.before.is_empty() {
        let at = rect.left_top() + vec2(0.0, 69.0);
        let reference = theme::token(ui, Token::TextFaint);
        painter.text(at, Align2::LEFT_TOP, &number.before, small, reference);
    }
}

/// How far the question lies beyond the runs, in words.
fn beyond_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, budget: f64, rect: Rect, setting: &Setting) {
    let published = workspace.session().plan.published().map(|law| law.flops_range);
    let Some((low, high)) = published.or(figures.summary(workspace).flops_range) else {
        return;
    };
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
    if !setting.room {
        response.on_hover_text(
            "How far the budget lies outside the compute of the fitted runs. Trust falls with every decade.",
        );
    }
    let galley = ui.painter().layout(
        text.clone(),
        FontId::proportional(size::BODY),
        theme::token(ui, token),
        rect.width(),
    );
    ui.painter().galley(
        pos2(rect.left(), rect.top() + if setting.room { 4.0 } else { 22.0 }),
        galley,
        theme::token(ui, token),
    );
}

fn no_answer_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, requests: &mut Requests, height: f32) {
    let law = &workspace.session().fit.config.law;
    let refused = match figures.answer(workspace) {
        Some(Err(error)) => Some(capitalised(&error.to_string())),
        _ => None,
    };
    let text = figures.summary(workspace).obstacle.clone().or(refused);
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
    ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
        ui.set_min_height(height);
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
    let answered = figures.answered(workspace).map(|answer| answer.answered.optimum.flops);
    let budget = answered.unwrap_or(workspace.session().plan.budget);
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
    let faint = theme::token(ui, Token::TextFaint);
    for exponent in (12..=28).step_by(4) {
        let at = pos2(on_rail(rail, 10f64.powi(exponent)), rect.top());
        let text = format!("10{}", superscript(exponent));
        ui.painter()
            .text(at, Align2::CENTER_TOP, text, FontId::proportional(size::SMALL), faint);
    }
    stretch_ui(ui, workspace, figures, rail, rect.top() - 5.0);
}

/// Where a budget stands on the rail of the slider.
fn on_rail(rail: Rect, flops: f64) -> f32 {
    let (low, high) = (BUDGET_RANGE.0.log10(), BUDGET_RANGE.1.log10());
    rail.left() + rail.width() * ((flops.log10() - low) / (high - low)) as f32
}

/// The stretch of a slider that the runs cover.
fn stretch_ui(ui: &Ui, workspace: &Workspace, figures: &mut Figures, rail: Rect, top: f32) {
    let Some((low, high)) = figures.summary(workspace).flops_range else {
        return;
    };
    // Small runs lie before the slider's beginning.
    let [left, right] = [low, high].map(|flops| on_rail(rail, flops).clamp(rail.left(), rail.right()));
    let stretch = Rect::from_min_max(pos2(left, top), pos2(right.max(left + 2.0), top + 3.0));
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

/// The budget in one line: a slider without a scale, and its value.
fn room_budget_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, requests: &mut Requests) {
    let answered = figures.answered(workspace).map(|answer| answer.answered.optimum.flops);
    let budget = answered.unwrap_or(workspace.session().plan.budget);
    ui.horizontal(|ui| {
        ui.label("C");
        let value = 104.0;
        let width = ui.available_width() - value - theme::GRID;
        let slid = ui.allocate_ui(vec2(width, 20.0), |ui| {
            ui.set_width(width);
            let tip = "Training compute in FLOP. Drag, or use the arrow keys; the star and the answer follow.";
            log_slider(ui, "Compute budget", budget.0, BUDGET_RANGE, tip)
        });
        if let Some(flops) = slid.inner.moved {
            requests.act(Action::Plan(PlanAction::SetBudget(Flops(flops))));
        }
        stretch_ui(ui, workspace, figures, slid.inner.rail, slid.inner.rail.bottom() - 3.0);
        ui.label(RichText::new(format!("{} FLOP", budget.short())).font(theme::bold(size::BODY)));
    });
}
