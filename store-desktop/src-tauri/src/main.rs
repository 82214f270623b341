//! The counter's window. Everything that matters happens in `store-desktop-core`; this shell shows its views and passes
//! on what a person does.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod calls;
mod environment;
mod shell;

use std::process::ExitCode;

use tauri::Manager;
use tracing_subscriber::EnvFilter;

use shell::Shell;

fn main() -> ExitCode {
    store_desktop_core::install_tls();
    if let Err(problem) = environment::prepare() {
        eprintln!("{problem}");
        return ExitCode::FAILURE;
    }
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,store_desktop_core=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let built = tauri::Builder::default()
        // A second start brings the window that is there to the front. Without a session bus it does not notice the
        // first; the lock of the data folder does.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| shell::bring_forward(app)))
        .setup(|app| {
            let shell = Shell::open(app.handle())?;
            shell.show_views(app.handle());
            app.manage(shell);
            Ok(())
        })
        .invoke_handler(tauri::generate_handler![calls::call])
        .run(tauri::generate_context!());
    match built {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("카운터 창을 열 수 없어요. / The counter's window cannot be opened: {error}");
            ExitCode::FAILURE
        }
    }
}
