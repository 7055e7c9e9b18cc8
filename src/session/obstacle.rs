//! Why there is no fit, in one sentence for every panel and figure.

use super::{LoadState, Workspace};

impl Workspace {
    /// What stands between the session and a fit; `None` where there is one.
    pub fn obstacle(&self) -> Option<String> {
        let derived = self.derived();
        if derived.report().is_some() {
            return None;
        }
        let shown: Vec<_> = self.session().shown().collect();
        if shown.is_empty() {
            let hidden = !self.session().data.is_empty();
            let text = if hidden {
                "No data set is shown."
            } else {
                "Open a file of runs, or drop one on the window."
            };
            return Some(text.to_owned());
        }
        let mut failures = vec![];
        for set in &shown {
            match derived.file(set.id) {
                None | Some(LoadState::Pending) => return Some("Reading runs …".to_owned()),
                Some(LoadState::Failed(error)) => failures.push(error),
                Some(LoadState::Ready(_)) => {}
            }
        }
        if let (Some(error), true) = (failures.first(), failures.len() == shown.len()) {
            return Some(format!("{} cannot be used: {}", error.name(), error.text));
        }
        let fit = &derived.fit;
        let input = fit.input.as_ref()?;
        if let Some(error) = &input.filter_error {
            return Some(format!("The filter cannot be read: {error}"));
        }
        if input.observations.loss.is_empty() {
            return Some(match input.reasons().first() {
                Some((reason, count)) => format!("No run is left to fit; {count} are left out: {reason}."),
                None => "No run has a loss.".to_owned(),
            });
        }
        match &fit.result {
            Some(Err(error)) => Some(format!("No fit: {error}.")),
            _ => Some("Fitting …".to_owned()),
        }
    }
}
