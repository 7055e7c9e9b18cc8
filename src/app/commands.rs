//! What can be asked of the window beside changing the session: label, shortcut and tooltip in one table.

use super::training::TrainCommand;
use crate::figure::views::View;
use crate::session::{DataId, TaskKind, TrustKind};
use crate::validation::CardFormat;
use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers};

/// A command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Command {
    /// Choose files of runs.
    Open,
    /// Take the last change back.
    Undo,
    /// Do it again.
    Redo,
    /// Light or dark.
    SwitchTheme,
    /// Write a view as SVG; the first one by default.
    SaveFigure(Option<View>),
    /// Stop a job.
    CancelJob(TaskKind),
    /// Take a failed job off the list.
    DismissJob(u64),
    /// Ask for the fit again, after it was cancelled.
    Refit,
    /// Move a parameter of the fit, by index, and let the others follow.
    Profile(usize),
    /// Ask how far the fit can be trusted.
    Trust(TrustKind),
    /// Write the fit's card to a file.
    SaveCard(CardFormat),
    /// Put the fit's card on the clipboard.
    CopyCard(CardFormat),
    /// Open the table that the clipboard holds.
    Paste,
    /// Read a file again when it changes, or no longer.
    Watch(DataId, bool),
    /// Something about trainings on this machine.
    Train(TrainCommand),
}

/// Commands with a keyboard shortcut.
pub(super) const SHORTCUTS: [(Command, KeyboardShortcut); 6] = [
    (Command::Open, KeyboardShortcut::new(Modifiers::COMMAND, Key::O)),
    // Longer chords first: Ctrl+Shift+Z would otherwise be taken for Ctrl+Z.
    (
        Command::Redo,
        KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z),
    ),
    (Command::Redo, KeyboardShortcut::new(Modifiers::COMMAND, Key::Y)),
    (Command::Undo, KeyboardShortcut::new(Modifiers::COMMAND, Key::Z)),
    (
        Command::SaveFigure(None),
        KeyboardShortcut::new(Modifiers::COMMAND, Key::E),
    ),
    (Command::SwitchTheme, KeyboardShortcut::new(Modifiers::COMMAND, Key::D)),
];

/// Shortcut of a command as text, such as `Ctrl+O`; empty where it has none.
pub(super) fn shortcut(ctx: &Context, command: Command) -> String {
    let found = SHORTCUTS.iter().find(|(listed, _)| *listed == command);
    found.map_or_else(String::new, |(_, shortcut)| ctx.format_shortcut(shortcut))
}

/// Commands whose keys were pressed in this frame.
pub(super) fn pressed(ctx: &Context) -> Vec<Command> {
    // Text being typed keeps its own Ctrl+Z.
    if ctx.text_edit_focused() {
        return vec![];
    }
    let pressed = |shortcut: &KeyboardShortcut| ctx.input_mut(|input| input.consume_shortcut(shortcut));
    SHORTCUTS
        .iter()
        .filter(|(_, shortcut)| pressed(shortcut))
        .map(|(command, _)| *command)
        .collect()
}
