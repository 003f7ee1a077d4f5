//! `cargo xtask setup | build | serve | test | simulate`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
};

use xtask::{
    page,
    process::Result,
    server::Server,
    setup::{self, Need},
    simulate, steps,
};

/// Where the page is served.
const PORT: u16 = 8080;

const USAGE: &str = "\
cargo xtask setup   installs what is missing to build and test the page
cargo xtask build   leaves the sealed page in dist/
cargo xtask serve   builds the page and serves it at http://127.0.0.1:8080
cargo xtask test    runs every check
cargo xtask simulate [--seed N] [--deliveries N] [--topology NAME] [--exported] [--out FOLDER]
                    writes the logs of made-up mail flow, and truth.tsv, what became of each recipient
cargo xtask simulate --check [--seed N] [--deliveries N]
                    scores Mailtrace's statuses against it
cargo xtask simulate --sample
                    writes the page's sample into target/sample";

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match command(&args) {
        Ok(code) => code,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn command(args: &[&str]) -> Result<ExitCode> {
    let root = root()?;
    match args {
        ["setup"] => {
            let tools = setup::setup(&root, Need::Tests)?;
            println!(
                "For work by hand on what is compiled for wasm:\n{}",
                tools.shell()
            );
            Ok(ExitCode::SUCCESS)
        }
        ["build"] => {
            page::build(&root, &setup::setup(&root, Need::Page)?)?;
            Ok(ExitCode::SUCCESS)
        }
        ["serve"] => {
            // Taken first: a port that is in use is better said before minutes of building.
            let server = Server::start(&root.join("dist"), "/", PORT)?;
            page::build(&root, &setup::setup(&root, Need::Page)?)?;
            println!("serve: {} (Ctrl+C ends it)", server.url());
            loop {
                thread::park();
            }
        }
        ["simulate", options @ ..] => {
            simulate::simulate(&root, options)?;
            Ok(ExitCode::SUCCESS)
        }
        ["test"] if steps::test(&root) => Ok(ExitCode::SUCCESS),
        ["test"] => Ok(ExitCode::FAILURE),
        _ => Err(USAGE.to_owned()),
    }
}

/// The folder of the workspace: above this crate's.
fn root() -> Result<PathBuf> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .parent()
        .map(Path::to_owned)
        .ok_or_else(|| "xtask lies in no workspace".to_owned())
}
