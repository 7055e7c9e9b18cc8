//! Opening the window: size, title, renderer; and the screenshot that the program takes of itself.

use super::IsolossApp;
use crate::session::{OpenedProject, write_atomically};
use eframe::egui::{self, ColorImage, Context, Ui, vec2};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What the command line may ask of the window.
#[derive(Debug, Clone, Default)]
pub struct LaunchOptions {
    /// What is open at first.
    pub opened: OpenedProject,
    /// The file that this session is, if any.
    pub project: Option<PathBuf>,
    /// Write a picture of the settled window here and close it.
    pub screenshot: Option<PathBuf>,
    /// Width and height in points instead of the remembered ones.
    pub size: Option<[f32; 2]>,
    /// Dark or light instead of the remembered or the system's.
    pub dark: Option<bool>,
    /// Close after the first frame; for measuring the start.
    pub exit_after_first_frame: bool,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// No display server.
    #[error(
        "there is no display to open a window on; the command line does the same work: try `isoloss fit FILE` or `isoloss --help`"
    )]
    NoDisplay,
    /// The display or its driver refuses.
    #[error("the window could not be opened: {0}; the command line does the same work: try `isoloss --help`")]
    Window(String),
    /// The picture could not be written.
    #[error("the screenshot was not written: {0}")]
    Screenshot(String),
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// When there is no display, or its driver gives no window.
pub fn run(options: LaunchOptions) -> Result<(), LaunchError> {
    let has = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(all(unix, not(target_os = "macos"))) && !has("DISPLAY") && !has("WAYLAND_DISPLAY") {
        return Err(LaunchError::NoDisplay);
    }
    let size = options.size.unwrap_or([1440.0, 900.0]);
    // A picture of a given size must not depend on where the window was last, nor change that.
    let staged = options.screenshot.is_some() || options.exit_after_first_frame;
    let native = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Isoloss")
            .with_app_id("isoloss")
            .with_inner_size(size)
            .with_min_inner_size(vec2(960.0, 600.0))
            .with_drag_and_drop(true),
        renderer: eframe::Renderer::Glow,
        // A size that was asked for wins over the remembered one.
        persist_window: !staged && options.size.is_none(),
        ..Default::default()
    };
    let failed = Arc::new(egui::mutex::Mutex::new(None));
    let report = Arc::clone(&failed);
    let name = if staged { "isoloss-staged" } else { "isoloss" };
    eframe::run_native(
        name,
        native,
        Box::new(move |creation| {
            let ctx = &creation.egui_ctx;
            // Light where the system does not say: most figures end on white.
            ctx.options_mut(|options| options.fallback_theme = egui::Theme::Light);
            if let Some(dark) = options.dark {
                ctx.set_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light });
            }
            let mut app = IsolossApp::on(ctx, options.opened);
            if let Some(path) = options.project {
                app.opened_as(path);
            }
            if let Some(storage) = creation.storage.filter(|_| !staged) {
                app.remember(storage);
            }
            Ok(match (options.screenshot, options.exit_after_first_frame) {
                (None, false) => Box::new(app),
                (path, _) => Box::new(Staged {
                    app,
                    path,
                    frames: 0,
                    failed: report,
                }),
            })
        }),
    )
    .map_err(|error| LaunchError::Window(error.to_string()))?;
    let failure = failed.lock().take();
    failure.map_or(Ok(()), |error| Err(LaunchError::Screenshot(error)))
}

/// The application, watched until it has settled; then it is pictured and closed.
struct Staged {
    app: IsolossApp,
    path: Option<PathBuf>,
    frames: u32,
    failed: Arc<egui::mutex::Mutex<Option<String>>>,
}

impl eframe::App for Staged {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        self.app.logic(ctx, frame);
        self.frames += 1;
        let Some(path) = &self.path else {
            if self.frames > 1 {
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            ctx.request_repaint();
            return;
        };
        // A few frames after the last job: panels have their sizes, the glyphs are in the atlas.
        if self.frames < 8 || self.app.busy() {
            ctx.request_repaint_after(Duration::from_millis(20));
            return;
        }
        let (path, failed, ctx_then) = (path.clone(), Arc::clone(&self.failed), ctx.clone());
        self.path = None;
        ctx.send_viewport_cmd(egui::ViewportCommand::Screenshot(egui::ScreenshotCallback::new(
            move |image| {
                if let Err(error) = write_png(&path, &image) {
                    *failed.lock() = Some(error);
                }
                ctx_then.send_viewport_cmd(egui::ViewportCommand::Close);
            },
        )));
        self.frames = 0;
        ctx.request_repaint();
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}

fn write_png(path: &std::path::Path, image: &ColorImage) -> Result<(), String> {
    let [width, height] = image.size;
    let mut bytes = vec![];
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let pixels: Vec<u8> = image.pixels.iter().flat_map(egui::Color32::to_array).collect();
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels));
    written.map_err(|error| error.to_string())?;
    write_atomically(path, &bytes).map_err(|error| error.to_string())
}
