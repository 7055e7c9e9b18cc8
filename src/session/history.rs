//! Undo and redo: one labelled snapshot a change, joined while a pointer or key is held down.
//!
//! The day of the last saving is a fact of the file and not a choice: it stays through undo and redo, unless these bring another
//! project back.

use super::Session;
use std::borrow::Cow;

/// Which stretch of input a change belongs to. Changes of one kind within one gesture are one undo step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gesture(pub u64);

/// How many steps are kept.
const DEPTH: usize = 100;

/// Undo and redo stacks. Not saved.
#[derive(Debug, Default)]
pub struct History {
    undo: Vec<Step>,
    redo: Vec<Step>,
    joined: Option<(Gesture, Cow<'static, str>)>,
}

#[derive(Debug)]
struct Step {
    label: Cow<'static, str>,
    session: Session,
    /// Another project took the place of this session.
    another: bool,
}

impl Step {
    /// Changes places with the session; says what the change was, and has the way back.
    fn exchanged(self, session: &mut Session) -> (Cow<'static, str>, Self) {
        let mut there = self.session;
        if !self.another {
            there.saved.clone_from(&session.saved);
        }
        let back = Self {
            label: self.label.clone(),
            session: std::mem::replace(session, there),
            another: self.another,
        };
        (self.label, back)
    }
}

impl History {
    /// Remembers the session as it was before a change with this label.
    pub fn record(&mut self, before: &Session, label: impl Into<Cow<'static, str>>, gesture: Option<Gesture>) {
        let label = label.into();
        let key = gesture.map(|gesture| (gesture, label.clone()));
        self.redo.clear();
        if key.is_some() && key == self.joined {
            return;
        }
        self.joined = key;
        self.push(label, before, false);
    }

    /// Remembers the session as it was before another project took its place.
    pub fn record_another(&mut self, before: &Session, label: impl Into<Cow<'static, str>>) {
        self.redo.clear();
        self.joined = None;
        self.push(label.into(), before, true);
    }

    fn push(&mut self, label: Cow<'static, str>, before: &Session, another: bool) {
        self.undo.push(Step {
            label,
            session: before.clone(),
            another,
        });
        if self.undo.len() > DEPTH {
            self.undo.remove(0);
        }
    }

    /// Takes the last change back; says what it was.
    pub fn undo(&mut self, session: &mut Session) -> Option<Cow<'static, str>> {
        let (label, back) = self.undo.pop()?.exchanged(session);
        self.joined = None;
        self.redo.push(back);
        Some(label)
    }

    /// Does the last undone change again; says what it was.
    pub fn redo(&mut self, session: &mut Session) -> Option<Cow<'static, str>> {
        let (label, back) = self.redo.pop()?.exchanged(session);
        self.joined = None;
        self.undo.push(back);
        Some(label)
    }

    /// Label of what undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        self.undo.last().map(|step| &*step.label)
    }

    /// Label of what redo would do again.
    pub fn redo_label(&self) -> Option<&str> {
        self.redo.last().map(|step| &*step.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Flops;

    fn at(budget: f64) -> Session {
        let mut session = Session::default();
        session.plan.budget = Flops(budget);
        session
    }

    #[test]
    fn one_gesture_is_one_step() {
        let mut history = History::default();
        let mut session = at(1e18);
        for budget in [1e19, 1e20, 1e21] {
            history.record(&session, "change budget", Some(Gesture(7)));
            session = at(budget);
        }
        history.record(&session, "change budget", Some(Gesture(8)));
        session = at(1e22);
        assert_eq!(history.undo(&mut session).as_deref(), Some("change budget"));
        assert_eq!(session, at(1e21));
        assert_eq!(history.undo(&mut session).as_deref(), Some("change budget"));
        assert_eq!(session, at(1e18));
        assert_eq!(history.undo(&mut session), None);
        history.redo(&mut session);
        history.redo(&mut session);
        assert_eq!(session, at(1e22));
    }

    #[test]
    fn the_day_of_saving_stays_through_undo_and_goes_with_its_project() {
        use crate::session::SaveDate;
        let day = |text: &str| SaveDate::try_from(text.to_owned()).ok();
        let mut history = History::default();
        let mut session = at(1e18);
        history.record(&session, "change budget", None);
        session.plan.budget = Flops(1e19);
        session.saved = day("2026-11-27");
        history.record_another(&session, "open project");
        session = at(1e20);
        session.saved = day("2026-11-01");
        history.undo(&mut session);
        assert_eq!(session.saved, day("2026-11-27"));
        history.undo(&mut session);
        assert_eq!((session.plan.budget, &session.saved), (Flops(1e18), &day("2026-11-27")));
        history.redo(&mut session);
        history.redo(&mut session);
        assert_eq!((session.plan.budget, &session.saved), (Flops(1e20), &day("2026-11-01")));
    }

    #[test]
    fn a_new_change_ends_the_redo_line_and_the_depth_is_bounded() {
        let mut history = History::default();
        let mut session = at(1.0);
        for step in 0..150 {
            history.record(&session, "change budget", None);
            session = at(f64::from(step));
        }
        assert_eq!(history.undo.len(), DEPTH);
        history.undo(&mut session);
        assert!(history.redo_label().is_some());
        history.record(&session, "change law", None);
        assert_eq!(history.redo_label(), None);
        assert_eq!(history.undo_label(), Some("change law"));
    }
}
