//! Trackio's CSV: `step,timestamp,train/loss,train/acc`.
//!
//! A column `step` and numbers beside it; a `timestamp` is optional there and expected here, because without one nothing
//! tells the file from any other history, which is read the same way.
//!
//! Limits: the run is called after the file.

use super::super::tables::history::records_of;
use super::super::tables::opening::Opening;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::role_of;
use crate::import::{ImportError, ImportOptions, Shape};

/// Records of one run.
pub(in crate::import::shapes) struct Trackio;

impl Layout for Trackio {
    fn shape(&self) -> Shape {
        Shape::Trackio
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let opening = Opening::of(source)?;
        let step = opening.has("step") || opening.has("Step");
        let metric = |name: &String| !matches!(name.as_str(), "step" | "Step" | "timestamp");
        let tells_runs = |name: &String| {
            matches!(
                role_of(name),
                Some(Role::Run | Role::Params | Role::ParamsNonEmbedding | Role::Flops)
            )
        };
        let headers = &opening.headers;
        let fits = step
            && opening.has("timestamp")
            && headers.iter().any(metric)
            && !headers.iter().any(tells_runs)
            && !(opening.has("key") && opening.has("value"));
        fits.then_some("the columns step and timestamp")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        records_of(&source, options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_and_timestamp() {
        let recognises = |text| Trackio.recognises(&Source::of_text("x", text)).is_some();
        assert!(recognises(
            "step,timestamp,train/loss,train/acc\n0,2025-01-01T10:00:00,3,.1\n"
        ));
        assert!(!recognises("step,train/loss\n0,3\n"));
        assert!(!recognises("run,step,timestamp,loss\na,0,1,3\n"));
        assert!(!recognises("key,value,step,timestamp\nloss,3,0,1\n"));
    }
}
