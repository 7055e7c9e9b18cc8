//! The program: a command, or the window. Everything else is in the library.

use isoloss::{app, cli};
use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match cli::parse() {
        cli::Invocation::Command(command) => command.run(),
        cli::Invocation::Window(window) => {
            let options = app::LaunchOptions {
                opened: window.opened,
                project: window.project,
                screenshot: window.screenshot,
                size: window.size,
                dark: window.dark,
                exit_after_first_frame: window.exit_after_first_frame,
            };
            cli::finish(app::run(options).map_err(|error| error.to_string()))
        }
    }
}
