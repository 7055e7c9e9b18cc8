//! A figure as pixels, and as PNG.

use super::export::WriteError;
use super::svg::to_painted_svg;
use super::tree::tree;
use super::{About, Sheet, SvgStyle};
use resvg::tiny_skia::{Pixmap, Transform};

/// More pixels than this are a slip of the hand: 32 times a 4K screen, a gigabyte while it is drawn.
const MOST_PIXELS: f64 = 256e6;

/// SVG counts 96 px to the inch, PNG pixels to the metre.
const PX_PER_METRE: f64 = 96.0 / 0.0254;

/// A picture without transparency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green, blue and 255 of each pixel, row by row.
    pub rgba: Vec<u8>,
}

/// Paints a figure with `scale` pixels to a point.
///
/// # Errors
/// When that is more pixels than anyone needs.
pub fn to_pixels<'a>(sheet: impl Into<Sheet<'a>>, style: &SvgStyle, scale: f32) -> Result<Pixels, WriteError> {
    let side = |points: f32| (f64::from(points) * f64::from(scale)).round().max(1.0);
    let (width, height) = (side(style.width), side(style.height));
    let fits = width * height <= MOST_PIXELS;
    let mut pixmap = fits
        .then(|| Pixmap::new(width as u32, height as u32))
        .flatten()
        .ok_or(WriteError::TooLarge { width, height })?;
    let tree = tree(&to_painted_svg(sheet.into(), style))?;
    // Whole pixels: the last row and column are not left half empty.
    let grow = |to: f64, from: f32| (to / f64::from(from)) as f32;
    let transform = Transform::from_scale(grow(width, tree.size().width()), grow(height, tree.size().height()));
    resvg::render(&tree, transform, &mut pixmap.as_mut());
    Ok(Pixels {
        width: width as usize,
        height: height as usize,
        // The ground covers everything, so that premultiplied colours are plain ones.
        rgba: pixmap.take(),
    })
}

/// Writes a figure as PNG, with its size in print and where its numbers come from.
///
/// # Errors
/// As [`to_pixels`].
pub fn to_png<'a>(
    sheet: impl Into<Sheet<'a>>,
    style: &SvgStyle,
    scale: f32,
    about: &About,
) -> Result<Vec<u8>, WriteError> {
    let sheet = sheet.into();
    let pixels = to_pixels(sheet, style, scale)?;
    let rgb: Vec<u8> = pixels.rgba.chunks_exact(4).flat_map(|c| [c[0], c[1], c[2]]).collect();
    let mut bytes = vec![];
    let internal = |error: ::png::EncodingError| WriteError::Internal(error.to_string());
    let mut encoder = ::png::Encoder::new(&mut bytes, pixels.width as u32, pixels.height as u32);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    encoder.set_compression(::png::Compression::Balanced);
    encoder.set_source_srgb(::png::SrgbRenderingIntent::Perceptual);
    let per_metre = (PX_PER_METRE * f64::from(scale)).round() as u32;
    encoder.set_pixel_dims(Some(::png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: ::png::Unit::Meter,
    }));
    for (name, text) in about.entries(sheet) {
        encoder.add_itxt_chunk(name.to_owned(), text).map_err(internal)?;
    }
    if let Some(project) = &about.project {
        encoder
            .add_itxt_chunk("Project".to_owned(), project.clone())
            .map_err(internal)?;
    }
    let mut writer = encoder.write_header().map_err(internal)?;
    writer.write_image_data(&rgb).map_err(internal)?;
    writer.finish().map_err(internal)?;
    Ok(bytes)
}
