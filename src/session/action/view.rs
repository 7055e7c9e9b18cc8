//! Changes to what is drawn.

use crate::figure::views::{AxisStyle, IsolossAxis, ResidualAxis, View};
use crate::session::Session;

/// How many views the board holds.
const BOARD_PLACES: usize = 3;

/// Changes to what is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ViewAction {
    /// Puts a view in the first, largest place.
    Focus(View),
    /// Puts a view on the board or takes it off; the last one stays.
    Toggle(View),
    /// Only this view.
    Only(View),
    /// Second axis of the isoloss map.
    SetIsolossAxis(IsolossAxis),
    /// What residuals are drawn over.
    SetResidualAxis(ResidualAxis),
    /// Residuals in a strip under the first view, or not.
    SetResidualStrip(bool),
    /// Draws a published law over, or not.
    SetPublished(&'static str, bool),
    /// Draws losses less the floor of the fit, or whole.
    SetReducible(bool),
    /// Writes axes in another way.
    SetAxisStyle(AxisStyle),
    /// Draws second scales, or not.
    SetSecondAxes(bool),
    /// Draws known models over, or not.
    SetReferenceModels(bool),
}

impl ViewAction {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Focus(_) | Self::Toggle(_) | Self::Only(_) => "change views",
            Self::SetIsolossAxis(_) => "change map axis",
            Self::SetResidualAxis(_) => "change residual axis",
            Self::SetResidualStrip(_) => "change residual strip",
            Self::SetPublished(..) => "change overlays",
            Self::SetReducible(true) => "draw reducible loss",
            Self::SetReducible(false) => "draw whole loss",
            Self::SetAxisStyle(_) => "change axes",
            Self::SetSecondAxes(true) => "show second scales",
            Self::SetSecondAxes(false) => "hide second scales",
            Self::SetReferenceModels(true) => "show known models",
            Self::SetReferenceModels(false) => "hide known models",
        }
    }

    pub(super) fn apply(self, session: &mut Session) {
        let view = &mut session.view;
        match self {
            Self::Focus(focus) => {
                view.board.retain(|v| *v != focus);
                view.board.insert(0, focus);
                view.board.truncate(BOARD_PLACES);
            }
            Self::Toggle(toggled) => {
                if !view.board.contains(&toggled) {
                    view.board.truncate(BOARD_PLACES - 1);
                    view.board.push(toggled);
                } else if view.board.len() > 1 {
                    view.board.retain(|v| *v != toggled);
                }
            }
            Self::Only(only) => view.board = vec![only],
            Self::SetIsolossAxis(axis) => view.isoloss_axis = axis,
            Self::SetResidualAxis(axis) => view.residual_axis = axis,
            Self::SetResidualStrip(on) => view.residual_strip = on,
            Self::SetReducible(on) => view.reducible = on,
            Self::SetAxisStyle(style) => view.axis_style = style,
            Self::SetSecondAxes(on) => view.second_axes = on,
            Self::SetReferenceModels(on) => view.reference_models = on,
            Self::SetPublished(name, shown) => {
                view.published.retain(|n| n != name);
                if shown {
                    view.published.push(name.to_owned());
                }
            }
        }
    }
}
