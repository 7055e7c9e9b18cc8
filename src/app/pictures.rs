//! Figures on their way to files and to the clipboard: drawn in the frame that asks, written on a thread of their own,
//! so that a hundred thousand points or many pixels hold up nothing.

use super::inspector::figure::Previewed;
use super::{IsolossApp, Notice, theme};
use crate::figure::views::View;
use crate::figure::{FigureFormat, FigurePage, Template};
use crate::session::{FigureOf, Picture, write_atomically};
use eframe::egui::{ColorImage, Context};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What a thread brings back.
enum Outcome {
    /// For the status line.
    Said(Notice),
    /// For the clipboard.
    Copied(ColorImage),
    /// For the inspector.
    Previewed(Box<Previewed>),
}

/// Pictures under way.
pub(super) struct Pictures {
    sender: Sender<Outcome>,
    receiver: Receiver<Outcome>,
    under_way: usize,
}

impl Default for Pictures {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self {
            sender,
            receiver,
            under_way: 0,
        }
    }
}

impl Pictures {
    /// Whether any is under way.
    pub(super) fn busy(&self) -> bool {
        self.under_way > 0
    }

    fn spawn(&mut self, ctx: &Context, work: impl FnOnce() -> Outcome + Send + 'static) {
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        let thread = move || {
            // The window may be gone meanwhile.
            sender.send(work()).ok();
            ctx.request_repaint();
        };
        let spawned = std::thread::Builder::new().name("picture".to_owned()).spawn(thread);
        self.under_way += usize::from(spawned.is_ok());
    }
}

impl IsolossApp {
    /// How figures leave the program: light, whatever the window is, unless the template says otherwise.
    fn template(&self, page: Option<FigurePage>) -> Template {
        let template = &self.workspace.session().figures.template;
        page.map_or_else(|| template.clone(), |page| template.on(page))
    }

    fn picture(&self, of: FigureOf) -> Picture {
        match of {
            FigureOf::View(view) => self.workspace.picture(view),
            FigureOf::Board => self.workspace.picture_of_views(&self.workspace.session().view.board),
        }
    }

    /// Writes a figure to a file, in the format of its ending, as the dialog would.
    pub fn save_figure(&mut self, ctx: &Context, of: FigureOf, page: Option<FigurePage>, path: PathBuf) {
        let path = if path.extension().is_some() {
            path
        } else {
            path.with_extension(FigureFormat::Svg.extension())
        };
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        let Some(format) = FigureFormat::of_extension(&ending) else {
            let known = FigureFormat::ALL.map(|format| format!(".{}", format.extension()));
            self.say(
                &format!("Figures are written as {}, not as .{ending}", known.join(", ")),
                true,
            );
            return;
        };
        let (picture, template) = (self.picture(of), self.template(page));
        self.pictures.spawn(ctx, move || {
            Outcome::Said(match write(&picture, format, &template, &path) {
                Ok(()) => Notice {
                    text: format!("Saved {}", path.display()),
                    error: false,
                },
                Err(text) => Notice { text, error: true },
            })
        });
    }

    /// Writes every view that shows something into a folder.
    pub(super) fn save_views(&mut self, ctx: &Context, format: FigureFormat, folder: PathBuf) {
        let pictures: Vec<(View, Picture)> = View::ALL
            .into_iter()
            .map(|view| (view, self.workspace.picture(view)))
            .filter(|(_, picture)| picture.plate.empty().is_none())
            .collect();
        let template = self.template(None);
        self.pictures.spawn(ctx, move || {
            let mut written = 0;
            for (view, picture) in &pictures {
                let path = folder.join(format!("{}.{}", view.name(), format.extension()));
                match write(picture, format, &template, &path) {
                    Ok(()) => written += 1,
                    Err(text) => return Outcome::Said(Notice { text, error: true }),
                }
            }
            Outcome::Said(Notice {
                text: format!("Saved {written} views in {}", folder.display()),
                error: written == 0,
            })
        });
    }

    /// Puts a figure on the clipboard, as pixels.
    pub(super) fn copy_figure(&mut self, ctx: &Context, of: FigureOf) {
        let (picture, template) = (self.picture(of), self.template(None));
        self.pictures
            .spawn(ctx, move || match picture.pixels(&template.style(), template.pixels) {
                Ok(pixels) => Outcome::Copied(theme::image(&pixels)),
                Err(error) => Outcome::Said(Notice {
                    text: error.to_string(),
                    error: true,
                }),
            });
    }

    /// Paints how the figure of the inspector's tab is saved.
    pub(super) fn preview(&mut self, ctx: &Context) {
        let Some(key) = self.local.figure.wanted().cloned() else {
            return;
        };
        let (picture, template) = (self.picture(key.of()), self.template(None));
        let before = self.pictures.under_way;
        self.pictures.spawn(ctx, move || {
            let pixels = picture.pixels(&template.style(), key.scale());
            let image = pixels.ok().map(|pixels| theme::image(&pixels));
            Outcome::Previewed(Box::new(Previewed { key, image }))
        });
        if self.pictures.under_way == before {
            self.local.figure.give_up();
        }
    }

    /// Takes in what threads have brought.
    pub(super) fn receive_pictures(&mut self, ctx: &Context) {
        while let Ok(outcome) = self.pictures.receiver.try_recv() {
            self.pictures.under_way -= 1;
            match outcome {
                Outcome::Said(notice) => self.local.notice = Some(notice),
                Outcome::Previewed(previewed) => self.local.figure.show(ctx, *previewed),
                Outcome::Copied(image) => {
                    ctx.copy_image(image);
                    self.say("The figure is on the clipboard", false);
                }
            }
        }
    }
}

fn write(picture: &Picture, format: FigureFormat, template: &Template, path: &Path) -> Result<(), String> {
    let bytes = picture
        .write(format, template.style(), template.pixels)
        .map_err(|error| format!("{} was not saved: {error}", path.display()))?;
    write_atomically(path, &bytes).map_err(|error| format!("{} was not saved: {error}", path.display()))
}
