//! Changes to the fits put aside.

use crate::session::kept::COLOURS;
use crate::session::{KeptFit, KeptId, Session};

/// Changes to the fits put aside.
#[derive(Debug, Clone, PartialEq)]
pub enum KeptAction {
    /// Puts the present fit aside under a name.
    Keep(String),
    /// Calls it something else.
    Rename(KeptId, String),
    /// Gives it the next colour.
    Recolour(KeptId),
    /// Draws it, or not.
    SetShown(KeptId, bool),
    /// Takes it off the list.
    Remove(KeptId),
    /// Makes its question the present one.
    Recall(KeptId),
}

impl KeptAction {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Keep(_) => "keep fit",
            Self::Rename(..) => "rename fit",
            Self::Recolour(_) => "recolour fit",
            Self::SetShown(_, true) => "show fit",
            Self::SetShown(_, false) => "hide fit",
            Self::Remove(_) => "remove fit",
            Self::Recall(_) => "recall fit",
        }
    }

    pub(super) fn apply(self, session: &mut Session) {
        let of = |session: &mut Session, id: KeptId, change: &dyn Fn(&mut KeptFit)| {
            session.kept.iter_mut().filter(|kept| kept.id == id).for_each(change);
        };
        match self {
            Self::Keep(name) => {
                let id = KeptId(session.kept.iter().map(|kept| kept.id.0 + 1).max().unwrap_or(0));
                let taken = |colour: &&usize| session.kept.iter().any(|kept| kept.colour == **colour);
                let colour = COLOURS.iter().find(|colour| !taken(colour)).unwrap_or(&COLOURS[0]);
                session.kept.push(KeptFit {
                    id,
                    name,
                    colour: *colour,
                    shown: true,
                    asked: session.asked(),
                });
            }
            Self::Rename(id, name) => of(session, id, &|kept| kept.name.clone_from(&name)),
            Self::Recolour(id) => of(session, id, &|kept| {
                let place = COLOURS.iter().position(|colour| *colour == kept.colour);
                kept.colour = COLOURS[place.map_or(0, |place| (place + 1) % COLOURS.len())];
            }),
            Self::SetShown(id, shown) => of(session, id, &|kept| kept.shown = shown),
            Self::Remove(id) => session.kept.retain(|kept| kept.id != id),
            Self::Recall(id) => {
                if let Some(asked) = session.kept_fit(id).map(|kept| kept.asked.clone()) {
                    session.ask(asked);
                }
            }
        }
    }
}
