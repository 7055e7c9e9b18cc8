//! A figure as a page of PDF: vectors, text that can be searched and copied, the glyphs used embedded.
//!
//! No date and no random number: the same figure gives the same bytes.

use super::export::WriteError;
use super::svg::to_painted_svg;
use super::tree::tree;
use super::{About, Sheet, SvgStyle};
use krilla::Document;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::Size;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt as _, SvgSettings};

/// PDF counts 72 to the inch, SVG 96.
const POINTS_PER_PX: f32 = 72.0 / 96.0;

/// Writes a figure as a PDF of one page, with where its numbers come from among its metadata.
///
/// # Errors
/// When the page has no size, which no style of ours has.
pub fn to_pdf<'a>(sheet: impl Into<Sheet<'a>>, style: &SvgStyle, about: &About) -> Result<Vec<u8>, WriteError> {
    let sheet = sheet.into();
    let internal = |what: &str| WriteError::Internal(what.to_owned());
    let tree = tree(&to_painted_svg(sheet, style))?;
    let (width, height) = (
        tree.size().width() * POINTS_PER_PX,
        tree.size().height() * POINTS_PER_PX,
    );
    let settings = PageSettings::from_wh(width, height).ok_or_else(|| internal("the page has no size"))?;
    let size = Size::from_wh(width, height).ok_or_else(|| internal("the page has no size"))?;
    let mut document = Document::new();
    document.set_metadata(metadata(sheet, about));
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    surface
        .draw_svg(&tree, size, SvgSettings::default())
        .ok_or_else(|| internal("the page cannot be drawn"))?;
    surface.finish();
    page.finish();
    if let Some(project) = &about.project {
        let file = EmbeddedFile {
            path: "project.isoloss".to_owned(),
            mime_type: MimeType::new("application/json"),
            description: Some("The project that this figure was made in".to_owned()),
            association_kind: AssociationKind::Source,
            data: project.clone().into_bytes().into(),
            modification_date: None,
            // It is looked for in the bytes.
            compress: Some(false),
            location: None,
        };
        document
            .embed_file(file)
            .ok_or_else(|| internal("the project cannot be attached"))?;
    }
    document
        .finish()
        .map_err(|error| WriteError::Internal(format!("{error:?}")))
}

/// What has no field of its own in PDF stands among the keywords.
fn metadata(sheet: Sheet<'_>, about: &About) -> Metadata {
    let mut metadata = Metadata::new().language("en".to_owned());
    let mut keywords = vec![];
    for (name, text) in about.entries(sheet) {
        metadata = match name {
            "Title" => metadata.title(text),
            "Description" => metadata.description(text),
            "Software" => metadata.creator(text),
            _ => {
                // Keywords are parted by commas.
                keywords.push(format!("{name}: {}", text.replace(',', ";")));
                metadata
            }
        };
    }
    metadata.keywords(keywords)
}
