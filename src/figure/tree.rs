//! A figure as shapes and glyphs, for the writers that paint: our own SVG, set in the bundled typefaces and no others.
//!
//! No font of the system is ever asked, so a picture is the same on every machine. Glyphs that neither typeface has are
//! drawn as empty boxes; the SVG keeps them as text.

use super::export::WriteError;
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{FontResolver, Options, Tree};
use std::sync::{Arc, LazyLock};

/// The faces of [`super::text_width`].
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    let faces: [&'static [u8]; 4] = [
        ttf_noto_sans::REGULAR,
        ttf_noto_sans::BOLD,
        dejavu::sans::regular(),
        dejavu::sans::bold(),
    ];
    for face in faces {
        fonts.load_font_source(Source::Binary(Arc::new(face)));
    }
    Arc::new(fonts)
});

/// Reads what [`super::svg`] has written.
pub(super) fn tree(svg: &str) -> Result<Tree, WriteError> {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_resolver: FontResolver {
            // The SVG names the face of every character; usvg would set a whole text in the one that has all of them.
            select_fallback: Box::new(|_, _, _| None),
            ..FontResolver::default()
        },
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(|error| WriteError::Internal(error.to_string()))
}
