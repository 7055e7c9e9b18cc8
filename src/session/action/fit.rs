//! Changes to what is fitted.

use crate::fit::{IntervalMethod, ObjectiveKind, Space};
use crate::law::LawKind;
use crate::session::Session;

/// Changes to what is fitted.
#[derive(Debug, Clone, PartialEq)]
pub enum FitAction {
    /// The form.
    SetLaw(LawKind),
    /// Huber, squared, absolute.
    SetObjective(ObjectiveKind),
    /// Huber's delta.
    SetDelta(f64),
    /// Log or level.
    SetSpace(Space),
    /// Holds a parameter at a value, or frees it.
    SetFixed(String, Option<f64>),
    /// Holds these parameters at these values and no others: all of them, to see a curve by hand; none, to fit again.
    SetHeld(Vec<(String, f64)>),
    /// Keeps a parameter between two values, or lets it go.
    SetBounds(String, Option<[f64; 2]>),
    /// Where intervals come from.
    SetInterval(IntervalMethod),
}

impl FitAction {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::SetLaw(_) => "change law",
            Self::SetObjective(_) => "change objective",
            Self::SetDelta(_) => "change delta",
            Self::SetSpace(_) => "change residuals",
            Self::SetFixed(_, Some(_)) => "hold parameter",
            Self::SetFixed(_, None) => "free parameter",
            Self::SetHeld(held) if held.is_empty() => "free all parameters",
            Self::SetHeld(_) => "hold all parameters",
            Self::SetBounds(..) => "change limits",
            Self::SetInterval(_) => "change intervals",
        }
    }

    pub(super) fn apply(self, session: &mut Session) {
        let config = &mut session.fit.config;
        match self {
            Self::SetLaw(law) => {
                config.law = law.into();
                // Held parameters carry over only where the new law has one of that name.
                let names: Vec<&str> = law.law().parameters().iter().map(|p| &*p.name).collect();
                config.fixed.retain(|(name, _)| names.contains(&name.as_str()));
                config.start.retain(|(name, _)| names.contains(&name.as_str()));
                config.bounds.retain(|(name, _)| names.contains(&name.as_str()));
                config
                    .ties
                    .retain(|(a, b)| names.contains(&a.as_str()) && names.contains(&b.as_str()));
            }
            Self::SetObjective(kind) => config.objective.kind = kind,
            Self::SetDelta(delta) if delta.is_finite() && delta > 0.0 => config.objective.delta = delta,
            Self::SetDelta(_) => {}
            Self::SetSpace(space) => config.objective.space = space,
            Self::SetFixed(name, value) => {
                config.fixed.retain(|(held, _)| *held != name);
                if let Some(value) = value {
                    config.fixed.push((name, value));
                }
            }
            Self::SetHeld(held) => config.fixed = held,
            Self::SetBounds(name, bounds) => {
                config.bounds.retain(|(bounded, _)| *bounded != name);
                config.bounds.extend(bounds.map(|bounds| (name, bounds)));
            }
            Self::SetInterval(method) => session.fit.interval = method,
        }
    }
}
