//! A view on its way out of the program, with all that its writers need: owned, so that a thread may write it.

use super::{DataId, FitInput, LoadState, Source, Workspace};
use crate::data::RunTable;
use crate::figure::views::{View, draw};
use crate::figure::{
    About, Datum, Export, Figure, FigureFormat, Pixels, Place, Plate, SvgStyle, WriteError, to_pixels,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A page with its provenance.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What is drawn.
    pub plate: Plate,
    about: About,
    /// The runs behind its dots.
    input: Option<Arc<FitInput>>,
    files: BTreeMap<DataId, String>,
}

impl Workspace {
    /// A view as it stands.
    pub fn picture(&self, view: View) -> Picture {
        self.picture_of(self.drawn(view).into(), self.law_name())
    }

    /// Views as they stand, beside each other as one figure; a single one is by itself.
    pub fn picture_of_views(&self, views: &[View]) -> Picture {
        match views {
            [view] => self.picture(*view),
            views => {
                let figures = views.iter().map(|view| self.drawn(*view)).collect();
                self.picture_of(self.plate(figures), self.law_name())
            }
        }
    }

    pub(super) fn drawn(&self, view: View) -> Figure {
        self.with_scene(|scene| draw(view, scene))
    }

    fn law_name(&self) -> Option<String> {
        self.derived().report().map(|report| report.law.name().to_owned())
    }

    /// What was drawn of the session's runs, and the law that it shows.
    pub fn picture_of(&self, mut plate: Plate, law: Option<String>) -> Picture {
        let mut files = BTreeMap::new();
        let mut data = vec![];
        for set in self.session().shown() {
            let name = file_name(&set.source);
            if let Some(LoadState::Ready(loaded)) = self.derived().file(set.id) {
                data.push((name.clone(), loaded.hash.hex().to_owned()));
            }
            files.insert(set.id, name);
        }
        let about = About {
            law,
            data,
            program: format!("isoloss {}", env!("CARGO_PKG_VERSION")),
            project: self.carried(),
            saved: self.session().saved.as_ref().map(ToString::to_string),
        };
        if let Some(footer) = plate.footer_mut() {
            about.sign_footer(footer);
        }
        Picture {
            plate,
            about,
            input: self.derived().fit.input.clone(),
            files,
        }
    }
}

impl Picture {
    /// The bytes of a file.
    ///
    /// # Errors
    /// As [`Export::write`].
    pub fn write(&self, format: FigureFormat, style: SvgStyle, scale: f32) -> Result<Vec<u8>, WriteError> {
        let export = Export {
            sheet: (&self.plate).into(),
            about: &self.about,
            places: &|datum| self.place(datum),
            style,
            scale,
        };
        export.write(format)
    }

    /// Its pixels.
    ///
    /// # Errors
    /// As [`to_pixels`].
    pub fn pixels(&self, style: &SvgStyle, scale: f32) -> Result<Pixels, WriteError> {
        to_pixels(&self.plate, style, scale)
    }

    fn place(&self, datum: Datum) -> Option<Place> {
        let part = self.input.as_ref()?.tables.get(datum.table)?;
        let table: &RunTable = &part.table;
        let point = (datum.point < table.points().len()).then(|| table.points().get(datum.point))?;
        Some(Place {
            run: table.run_name(datum.point).to_owned(),
            file: self.files.get(&part.source(datum.point)).cloned().unwrap_or_default(),
            line: point.line,
        })
    }
}

/// The file's own name: the folders that it lies in are nobody's business.
pub(super) fn file_name(source: &Source) -> String {
    let own = source.path().and_then(std::path::Path::file_name);
    own.map_or_else(|| source.name(), |name| name.to_string_lossy().into_owned())
}
