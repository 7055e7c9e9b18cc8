//! C, N, D and L, a row each: what is known is held, the others follow.

use crate::app::Requests;
use crate::app::figures::{Answer, Figures};
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::{Entry, card, heading_with, hold_box, log_slider, small};
use crate::figure::Token;
use crate::plan::{Quantity, Question};
use crate::session::{Action, BUDGET_RANGE, PlanAction, Workspace};
use crate::units::{Flops, Loss, Params, Tokens, format_significant};
use eframe::egui::{Align, Layout, RichText, Ui};

/// What half-typed values the rows remember.
#[derive(Default)]
pub(in crate::app) struct Known {
    fields: [Entry; 4],
}

/// Sizes and amounts of data that the sliders span.
const PARAMS_RANGE: (f64, f64) = (1e4, 1e14);
const TOKENS_RANGE: (f64, f64) = (1e6, 1e17);

/// Width of a typed value.
const FIELD: f32 = 96.0;

/// A row.
struct Row {
    quantity: Quantity,
    /// As on the axes.
    label: &'static str,
    /// For screen readers.
    name: &'static str,
    hover: &'static str,
}

const ROWS: [Row; 4] = [
    Row {
        quantity: Quantity::Flops,
        label: "Compute C",
        name: "Compute",
        hover: "Training FLOP. Held alone, it is the budget whose best use is asked.",
    },
    Row {
        quantity: Quantity::Params,
        label: "Parameters N",
        name: "Model size",
        hover: "Drag to hold the size: with a budget held, the tokens follow from it.",
    },
    Row {
        quantity: Quantity::Tokens,
        label: "Tokens D",
        name: "Training tokens",
        hover: "Drag to hold the training tokens: with a budget held, the size follows from it.",
    },
    Row {
        quantity: Quantity::Loss,
        label: "Loss L",
        name: "Target loss",
        hover: "Drag to hold a target in nats per token: the cheapest budget that reaches it follows.",
    },
];

pub(super) fn known_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    state: &mut Known,
    requests: &mut Requests,
) {
    let plan = &workspace.session().plan;
    let answer = match figures.answer(workspace) {
        Some(Ok(answer)) => Some(*answer),
        Some(Err(error)) => {
            card(ui, Token::Error, &sentence(&error.to_string()));
            None
        }
        None => None,
    };
    heading_with(ui, "What is known", |ui| ui.label(small("hold", ui)));
    for (row, field) in ROWS.iter().zip(&mut state.fields) {
        row_ui(ui, workspace, row, answer.as_ref(), field, requests);
    }
    if let Some(answer) = answer {
        off_best_ui(ui, &answer, plan.known().1.is_some(), requests);
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().collect::<String>());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

/// A held value, or the one that follows.
fn value_of(workspace: &Workspace, answer: Option<&Answer>, quantity: Quantity) -> Option<f64> {
    let plan = &workspace.session().plan;
    let (given, also) = plan.known();
    let held = [Some(given), also]
        .into_iter()
        .flatten()
        .find(|question| question.quantity() == quantity);
    let optimum = answer.map(|answer| answer.answered.optimum);
    match (held, quantity) {
        (
            Some(Question::Flops(Flops(value)) | Question::Params(Params(value)) | Question::Tokens(Tokens(value))),
            _,
        )
        | (Some(Question::Loss(Loss(value))), _) => Some(value),
        (None, Quantity::Flops) => optimum.map(|optimum| optimum.flops.0),
        (None, Quantity::Params) => optimum.map(|optimum| optimum.params.0),
        (None, Quantity::Tokens) => optimum.map(|optimum| optimum.tokens.0),
        (None, Quantity::Loss) => optimum?.loss.map(|loss| loss.0),
    }
}

fn question(quantity: Quantity, value: f64) -> Question {
    match quantity {
        Quantity::Flops => Question::Flops(Flops(value)),
        Quantity::Params => Question::Params(Params(value)),
        Quantity::Tokens => Question::Tokens(Tokens(value)),
        Quantity::Loss => Question::Loss(Loss(value)),
    }
}

fn short(quantity: Quantity, value: f64) -> String {
    match quantity {
        Quantity::Flops => Flops(value).short(),
        Quantity::Params => Params(value).short(),
        Quantity::Tokens => Tokens(value).short(),
        Quantity::Loss => format_significant(value, 4),
    }
}

fn read(quantity: Quantity, text: &str) -> Result<f64, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let positive = |value: f64| {
        (value > 0.0)
            .then_some(value)
            .ok_or_else(|| "expected a positive number".to_owned())
    };
    match quantity {
        Quantity::Flops => {
            let flops: Flops = text.parse().map_err(|error| told(&error))?;
            let (low, high) = BUDGET_RANGE;
            (low..=high)
                .contains(&flops.0)
                .then_some(flops.0)
                .ok_or_else(|| "The budget must lie between 10¹² and 10²⁸ FLOP".to_owned())
        }
        Quantity::Params => positive(text.parse::<Params>().map_err(|error| told(&error))?.0),
        Quantity::Tokens => positive(text.parse::<Tokens>().map_err(|error| told(&error))?.0),
        Quantity::Loss => positive(text.parse::<Loss>().map_err(|error| told(&error))?.0),
    }
}

fn row_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    row: &Row,
    answer: Option<&Answer>,
    field: &mut Entry,
    requests: &mut Requests,
) {
    let plan = &workspace.session().plan;
    let value = value_of(workspace, answer, row.quantity);
    let held = plan.holds(row.quantity);
    ui.horizontal(|ui| {
        let text = RichText::new(row.label);
        ui.label(if held { text.font(theme::bold(size::BODY)) } else { text })
            .on_hover_text(row.hover);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            hold_ui(ui, row, held, value, requests);
            let shown = value.map_or_else(|| "–".to_owned(), |value| short(row.quantity, value));
            let name = format!("{}, typed", row.name);
            if let Some(typed) = field.ui(ui, &name, &shown, FIELD, |text| read(row.quantity, text)) {
                requests.act(Action::Plan(PlanAction::Hold(question(row.quantity, typed))));
            }
        });
    });
    if let Some(error) = field.error() {
        let color = theme::token(ui, Token::Error);
        ui.label(RichText::new(quoted(error)).size(size::SMALL).color(color));
    }
    if let Some(moved) = slider_ui(ui, workspace, row, value, answer) {
        requests.act(Action::Plan(PlanAction::Hold(question(row.quantity, moved))));
    }
}

fn hold_ui(ui: &mut Ui, row: &Row, held: bool, value: Option<f64>, requests: &mut Requests) {
    let name = format!("Hold {}", row.name.to_lowercase());
    let tip = if held {
        "Known. Let it go to ask for it; the last one stays."
    } else {
        "Hold this value as known"
    };
    if let Some(on) = hold_box(ui, &name, held, value.is_some(), tip, "Nothing to hold yet") {
        let action = match value.filter(|_| on) {
            Some(value) => PlanAction::Hold(question(row.quantity, value)),
            None => PlanAction::Release(row.quantity),
        };
        requests.act(Action::Plan(action));
    }
}

fn slider_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    row: &Row,
    value: Option<f64>,
    answer: Option<&Answer>,
) -> Option<f64> {
    let value = value?;
    let name = format!("{} by hand", row.name);
    match row.quantity {
        Quantity::Flops => log_slider(ui, &name, value, BUDGET_RANGE, row.hover).moved,
        Quantity::Params => log_slider(ui, &name, value, PARAMS_RANGE, row.hover).moved,
        Quantity::Tokens => log_slider(ui, &name, value, TOKENS_RANGE, row.hover).moved,
        Quantity::Loss => {
            // Losses are even steps of the compute that they take at the least.
            let least = answer?.cheapest?.flops.0;
            let flops = log_slider(ui, &name, least, BUDGET_RANGE, row.hover).moved?;
            let oracle = workspace.oracle(&workspace.session().plan)?;
            let best = oracle.answer(Question::Flops(Flops(flops)), workspace.session().plan.unique_tokens);
            best.ok()?.loss.map(|loss| loss.0)
        }
    }
}

/// What the wishes cost, where they are not the best.
fn off_best_ui(ui: &mut Ui, answer: &Answer, two: bool, requests: &mut Requests) {
    let optimum = &answer.answered.optimum;
    let best = answer.answered.best.filter(|_| two);
    let Some(best) = best else { return };
    let ratio = optimum.params.0 / best.params.0;
    let mut text = format!(
        "{} × the best size for {} FLOP.",
        format_significant(ratio, 3),
        optimum.flops.short()
    );
    if let Some(excess) = answer.answered.excess_loss() {
        text += &format!(
            " The loss is {} % above the best.",
            format_significant(100.0 * excess.max(0.0), 2)
        );
    }
    if let Some(cheapest) = answer.cheapest {
        text += &format!(
            " {} on {} tokens reach the same loss with {} % of the compute.",
            cheapest.params.short(),
            cheapest.tokens.short(),
            format_significant(100.0 * cheapest.flops.0 / optimum.flops.0, 3)
        );
    }
    let far = !(0.5..=2.0).contains(&ratio);
    card(ui, if far { Token::Warning } else { Token::Reference }, &text);
    let tip = "Lets the sizes go and asks for the best use of this compute";
    if ui.button("Back to the best").on_hover_text(tip).clicked() {
        requests.act(Action::Plan(PlanAction::Best(optimum.flops)));
    }
}
