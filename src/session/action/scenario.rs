//! Changes to the named what-ifs.

use crate::session::{Scenario, ScenarioId, Session};

/// Changes to the named what-ifs.
#[derive(Debug, Clone, PartialEq)]
pub enum ScenarioAction {
    /// Names what is asked now.
    Add(String),
    /// Asks what it asks.
    Recall(ScenarioId),
    /// Makes it ask what is asked now.
    Update(ScenarioId),
    /// Calls it something else.
    Rename(ScenarioId, String),
    /// Takes it off the list.
    Remove(ScenarioId),
}

impl ScenarioAction {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Add(_) => "add scenario",
            Self::Recall(_) => "switch scenario",
            Self::Update(_) => "update scenario",
            Self::Rename(..) => "rename scenario",
            Self::Remove(_) => "remove scenario",
        }
    }

    pub(super) fn apply(self, session: &mut Session) {
        let place = |session: &Session, id: ScenarioId| session.scenarios.iter().position(|scenario| scenario.id == id);
        match self {
            Self::Add(name) => {
                let id = session.scenarios.iter().map(|scenario| scenario.id.0 + 1).max();
                session.scenarios.push(Scenario {
                    id: ScenarioId(id.unwrap_or(0)),
                    name,
                    plan: session.plan.clone(),
                });
            }
            Self::Recall(id) => {
                if let Some(place) = place(session, id) {
                    session.plan = session.scenarios[place].plan.clone();
                }
            }
            Self::Update(id) => {
                if let Some(place) = place(session, id) {
                    session.scenarios[place].plan = session.plan.clone();
                }
            }
            Self::Rename(id, name) => {
                if let Some(place) = place(session, id) {
                    session.scenarios[place].name = name;
                }
            }
            Self::Remove(id) => session.scenarios.retain(|scenario| scenario.id != id),
        }
    }
}
