//! A first-time user's three hints. They stand under the layers while the bundled example is open, and once dismissed they
//! stay away.

use super::theme::{self, size};
use super::widgets::heading;
use crate::figure::Token;
use crate::session::{Source, Workspace};
use eframe::egui::{Frame, Margin, RichText, Role, Ui, WidgetInfo};

/// Key of what was dismissed, in the window's own state.
pub(super) const HINTS: &str = "hints";

/// Title and text.
const TEXTS: [(&str, &str); 3] = [
    (
        "Drag the budget",
        "The slider over the views is your compute. The star and the answer follow, with their intervals.",
    ),
    (
        "Open your runs",
        "Drop a CSV, a log or a folder anywhere, or paste a table. What was recognised is said, and a click corrects it.",
    ),
    (
        "Ask otherwise",
        "Plan holds a size, an amount of data or a loss; Fit moves the law by hand and says what it cannot know.",
    ),
];

/// Which were dismissed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Hints([bool; TEXTS.len()]);

impl Hints {
    /// As it was stored.
    pub(super) fn from_text(text: &str) -> Self {
        let mut marks = text.chars();
        Self(std::array::from_fn(|_| marks.next() == Some('x')))
    }

    /// To be stored.
    pub(super) fn to_text(self) -> String {
        self.0.iter().map(|gone| if *gone { 'x' } else { '.' }).collect()
    }
}

pub(super) fn hints_ui(ui: &mut Ui, workspace: &Workspace, hints: &mut Hints) {
    let example = workspace.session().shown().any(|set| set.source == Source::Example);
    if !example || hints.0.iter().all(|gone| *gone) {
        return;
    }
    heading(ui, "First steps");
    for ((title, text), gone) in TEXTS.iter().zip(&mut hints.0).filter(|(_, gone)| !**gone) {
        let frame = Frame::NONE
            .fill(theme::token(ui, Token::Raised))
            .corner_radius(4.0)
            .inner_margin(Margin::same(8));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(*title).font(theme::bold(size::SMALL)));
            ui.label(RichText::new(*text).size(size::SMALL));
            let button = ui.small_button("Got it");
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Got it: {title}")));
            *gone = button.clicked();
        });
        ui.add_space(theme::GRID * 0.5);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dismissed_is_remembered() {
        for hints in [Hints::default(), Hints([true, false, true])] {
            assert_eq!(Hints::from_text(&hints.to_text()), hints);
        }
        assert_eq!(Hints::from_text(""), Hints::default());
    }
}
