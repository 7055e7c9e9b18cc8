//! Undo and redo: one labelled snapshot a change, joined while a pointer or key is held down.

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
        self.undo.push(Step {
            label,
            session: before.clone(),
        });
        if self.undo.len() > DEPTH {
            self.undo.remove(0);
        }
    }

    /// Takes the last change back; says what it was.
    pub fn undo(&mut self, session: &mut Session) -> Option<Cow<'static, str>> {
        let step = self.undo.pop()?;
        self.joined = None;
        self.redo.push(Step {
            label: step.label.clone(),
            session: std::mem::replace(session, step.session),
        });
        Some(step.label)
    }

    /// Does the last undone change again; says what it was.
    pub fn redo(&mut self, session: &mut Session) -> Option<Cow<'static, str>> {
        let step = self.redo.pop()?;
        self.joined = None;
        self.undo.push(Step {
            label: step.label.clone(),
            session: std::mem::replace(session, step.session),
        });
        Some(step.label)
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
