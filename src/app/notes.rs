//! Notes on a view: painted over everything, and moved by hand. Words go where they are dragged, a leader's end and a reference
//! line stay with the data.

use super::inspector::Tab;
use super::star::star_of;
use super::text::rich;
use super::theme::{self, size};
use super::{Local, Requests};
use crate::figure::views::View;
use crate::figure::{Figure, FontWeight, Frame, Note, NoteId, NoteKind, PlacedNote, Scale, Token, place_notes};
use crate::session::{Action, FigureAction, Workspace};
use eframe::egui::{
    CursorIcon, EventFilter, Key, Modifiers, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

/// Half the side of what takes the pointer at a leader's end and on a line.
const REACH: f32 = 7.0;
/// By how many points an arrow key moves what is held; five times that with Shift.
const NUDGE: f32 = 5.0;

const HINT: &str = "Drag to move · arrow keys too, with Shift farther · double-click to edit · Delete removes";

/// What can be put on a view, whose `figure` this is, with where it stands at first: beside the answer where there is one.
pub(super) fn new_notes(figure: &Figure, view: View) -> [(&'static str, FigureAction); 4] {
    let at = star_of(&figure.marks).unwrap_or_else(|| {
        let middle =
            |scale: Scale, (low, high): (f64, f64)| scale.backward((scale.forward(low) + scale.forward(high)) / 2.0);
        [
            middle(figure.x.scale, figure.x.range),
            middle(figure.y.scale, figure.y.range),
        ]
    });
    let add = |text: &str, kind: NoteKind| FigureAction::AddNote {
        view,
        text: text.to_owned(),
        kind,
    };
    let kinds = [
        (add("Text", NoteKind::Text { place: [0.5, 0.12] })),
        (add(
            "What this shows",
            NoteKind::Leader {
                place: [0.7, 0.2],
                to: at,
            },
        )),
        (add("", NoteKind::Vertical { x: at[0] })),
        (add("", NoteKind::Horizontal { y: at[1] })),
    ];
    let [text, leader, vertical, horizontal] = kinds;
    [
        ("Text", text),
        ("Text with leader", leader),
        ("Vertical line", vertical),
        ("Horizontal line", horizontal),
    ]
}

/// Paints the notes of a view and, but for a presentation, lets them be moved.
pub(super) fn notes_ui(
    ui: &Ui,
    workspace: &Workspace,
    view: View,
    figure: &Figure,
    frame: &Frame,
    local: &mut Local,
    requests: &mut Requests,
) {
    let placed = place_notes(&figure.marks, frame, f64::from(size::SMALL));
    for note in &placed {
        paint(ui, note);
    }
    if local.presentation.is_some() {
        return;
    }
    let ground = workspace.session().ground(view);
    let notes = workspace.session().figures.wording.notes.iter();
    for note in notes.filter(|note| note.on == ground) {
        let words = placed.iter().find(|placed| placed.id == format!("note {}", note.id.0));
        hand_ui(ui, note, words, frame, local, requests);
    }
}

fn paint(ui: &Ui, note: &PlacedNote<'_>) {
    let painter = ui.painter();
    let (ink, ground) = (theme::token(ui, Token::Text), theme::token(ui, Token::Background));
    if let Some(leader) = note.leader {
        painter.line_segment([at(leader.from), at(leader.to)], Stroke::new(1.2, ink));
        painter.add(Shape::convex_polygon(leader.head.map(at).to_vec(), ink, Stroke::NONE));
    }
    painter.rect_filled(bounds(note), 0.0, ground.gamma_multiply(0.9));
    for (line, [x, y]) in note.lines.iter().zip(&note.baselines) {
        let galley = painter.layout_job(rich(line, size::SMALL, FontWeight::Regular, ink));
        // The writers count from the baseline, the screen from the top.
        let top = *y as f32 - 0.357 * size::SMALL - galley.size().y / 2.0;
        painter.galley(pos2(*x as f32, top), galley, ink);
    }
}

/// What of a note can be held.
fn hand_ui(
    ui: &Ui,
    note: &Note,
    words: Option<&PlacedNote<'_>>,
    frame: &Frame,
    local: &mut Local,
    requests: &mut Requests,
) {
    let (plot, id) = (&frame.plot, ui.scope_id().with(("note", note.id.0)));
    let (whole, top) = (vec2(2.0 * REACH, plot.height() as f32), plot.top as f32);
    match note.kind {
        NoteKind::Text { place } | NoteKind::Leader { place, .. } => {
            let Some(words) = words else { return };
            let response = ui.interact(bounds(words), id, Sense::click_and_drag());
            let name = format!("Note “{}”", words.lines.join(" "));
            let by = held_ui(ui, &response, &name, CursorIcon::Grab, note.id, local, requests);
            if let Some(by) = by {
                let share = |by: f32, extent: f64| f64::from(by) / extent;
                let place = [
                    (place[0] + share(by.x, plot.width())).clamp(0.0, 1.0),
                    (place[1] + share(by.y, plot.height())).clamp(0.0, 1.0),
                ];
                let kind = match note.kind {
                    NoteKind::Leader { to, .. } => NoteKind::Leader { place, to },
                    _ => NoteKind::Text { place },
                };
                requests.act(Action::Figure(FigureAction::MoveNote(note.id, kind)));
            }
            if let (NoteKind::Leader { to, .. }, Some(end)) = (note.kind, leader_end(note.kind, frame)) {
                let rect = Rect::from_center_size(end, Vec2::splat(2.0 * REACH));
                let response = ui.interact(rect, id.with("end"), Sense::click_and_drag());
                let name = format!("End of the leader of “{}”", words.lines.join(" "));
                let by = held_ui(ui, &response, &name, CursorIcon::Grab, note.id, local, requests);
                if response.hovered() || response.dragged() || response.has_focus() {
                    let accent = theme::token(ui, Token::Accent);
                    ui.painter().circle_stroke(end, REACH - 1.0, Stroke::new(1.6, accent));
                }
                if let Some(to) = by.and_then(|by| moved(frame, to, by)) {
                    let kind = NoteKind::Leader { place, to };
                    requests.act(Action::Figure(FigureAction::MoveNote(note.id, kind)));
                }
            }
        }
        NoteKind::Vertical { x } => {
            let centre = frame.x.place(x) as f32;
            if !(plot.left as f32..=plot.right as f32).contains(&centre) {
                return;
            }
            let rect = Rect::from_min_size(pos2(centre - REACH, top), whole);
            let response = ui.interact(rect, id, Sense::click_and_drag());
            let name = format!("Reference line “{}”", note.text);
            let icon = CursorIcon::ResizeHorizontal;
            let by = held_ui(ui, &response, &name, icon, note.id, local, requests);
            let middle = frame.y.value((plot.top + plot.bottom) / 2.0);
            if let Some([x, _]) = by.and_then(|by| moved(frame, [x, middle], vec2(by.x, 0.0))) {
                let kind = NoteKind::Vertical { x };
                requests.act(Action::Figure(FigureAction::MoveNote(note.id, kind)));
            }
        }
        NoteKind::Horizontal { y } => {
            let centre = frame.y.place(y) as f32;
            if !(plot.top as f32..=plot.bottom as f32).contains(&centre) {
                return;
            }
            let size = vec2(plot.width() as f32, 2.0 * REACH);
            let rect = Rect::from_min_size(pos2(plot.left as f32, centre - REACH), size);
            let response = ui.interact(rect, id, Sense::click_and_drag());
            let name = format!("Reference line “{}”", note.text);
            let icon = CursorIcon::ResizeVertical;
            let by = held_ui(ui, &response, &name, icon, note.id, local, requests);
            let middle = frame.x.value((plot.left + plot.right) / 2.0);
            if let Some([_, y]) = by.and_then(|by| moved(frame, [middle, y], vec2(0.0, by.y))) {
                let kind = NoteKind::Horizontal { y };
                requests.act(Action::Figure(FigureAction::MoveNote(note.id, kind)));
            }
        }
    }
}

/// Shows that something can be held; says by how many points it was moved, by the pointer or by arrow keys.
fn held_ui(
    ui: &Ui,
    response: &Response,
    name: &str,
    icon: CursorIcon,
    id: NoteId,
    local: &mut Local,
    requests: &mut Requests,
) -> Option<Vec2> {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if response.hovered() || response.dragged() || response.has_focus() {
        local.next_hint = HINT;
        let accent = theme::token(ui, Token::Accent);
        let outline = Stroke::new(1.0, accent.gamma_multiply(if response.has_focus() { 1.0 } else { 0.5 }));
        ui.painter()
            .rect_stroke(response.rect, 2.0, outline, eframe::egui::StrokeKind::Outside);
    }
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(icon);
    }
    if response.drag_started() || response.clicked() {
        response.request_focus();
    }
    if response.double_clicked() {
        local.tab = Tab::Figure;
        local.figure.edit(id);
    }
    if response.has_focus() {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Delete) || pressed(Key::Backspace) {
            requests.act(Action::Figure(FigureAction::RemoveNote(id)));
            return None;
        }
        let shift = ui.input(|input| input.modifiers.shift);
        let step = if shift { 5.0 * NUDGE } else { NUDGE };
        let ways = [
            (Key::ArrowLeft, vec2(-1.0, 0.0)),
            (Key::ArrowRight, vec2(1.0, 0.0)),
            (Key::ArrowUp, vec2(0.0, -1.0)),
            (Key::ArrowDown, vec2(0.0, 1.0)),
        ];
        let mut by = Vec2::ZERO;
        for (key, way) in ways {
            if ui.input(|input| input.key_pressed(key)) {
                by += way * step;
            }
        }
        if by != Vec2::ZERO {
            return Some(by);
        }
    }
    (response.dragged() && response.drag_delta() != Vec2::ZERO).then(|| response.drag_delta())
}

/// A data point moved by points on the page; `None` where that leaves the plot.
fn moved(frame: &Frame, from: [f64; 2], by: Vec2) -> Option<[f64; 2]> {
    let [x, y] = frame.place(from)?;
    let to = [x + f64::from(by.x), y + f64::from(by.y)];
    let inside = frame.plot.contains(to, 0.0);
    let to = [frame.x.value(to[0]), frame.y.value(to[1])];
    (inside && to.iter().all(|value| value.is_finite())).then_some(to)
}

fn leader_end(kind: NoteKind, frame: &Frame) -> Option<Pos2> {
    let NoteKind::Leader { to, .. } = kind else { return None };
    frame.place(to).filter(|to| frame.plot.contains(*to, 0.0)).map(at)
}

fn at([x, y]: [f64; 2]) -> Pos2 {
    pos2(x as f32, y as f32)
}

fn bounds(note: &PlacedNote<'_>) -> Rect {
    Rect::from_min_max(
        at([note.bounds.left, note.bounds.top]),
        at([note.bounds.right, note.bounds.bottom]),
    )
}
