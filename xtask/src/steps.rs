//! Every check, in order: quick and native first, the browser last.
//!
//! A step that fails does not keep the others from being looked at, unless they need what it makes.
//! A step that is left out says why.

use std::{path::Path, time::Instant};

use crate::{
    page,
    process::{self, Result, program},
    seal::Files,
    sealed,
    setup::{self, Need, Tools},
};

/// How a step ended.
enum Outcome {
    Passed,
    Skipped(String),
}

/// The steps so far.
#[derive(Default)]
struct Steps {
    passed: usize,
    failed: Vec<&'static str>,
    skipped: usize,
}

/// Runs every check; whether all that ran have passed.
pub fn test(root: &Path) -> bool {
    let started = Instant::now();
    let mut steps = Steps::default();
    steps.run("formatting", || cargo(root, "fmt --all --check"));
    steps.run("lints", || {
        cargo(root, "clippy --quiet --all-targets -- -D warnings")
    });
    steps.run("lints of the browser programs", || {
        cargo(root, "clippy --quiet --features web --bins -- -D warnings")
    });
    steps.run("lints of xtask, the simulator and the browser tests", || {
        cargo(
            root,
            "clippy --quiet --package xtask --package simulator --package browser-tests --all-targets -- -D warnings",
        )
    });
    steps.run("native tests", || cargo(root, "test --quiet"));
    steps.run("tests of xtask and the simulator", || {
        cargo(root, "test --quiet --package xtask --package simulator")
    });
    steps.run("tests of the page's own logic", || {
        cargo(root, "test --quiet --features web --bin app")
    });
    steps.run("big native tests, optimised", || {
        match root.join("tests/big.rs").exists() {
            true => cargo(
                root,
                "test --quiet --profile quick --test big --test hostile -- --nocapture",
            ),
            false => Ok(Outcome::Skipped("tests/big.rs does not exist".to_owned())),
        }
    });
    let tools = steps.make("set-up", || setup::setup(root, Need::Tests));
    let dist = steps.make("sealed page", || match &tools {
        Some(tools) => page::build(root, tools),
        None => Err("The set-up failed.".to_owned()),
    });
    let files = dist.as_deref().map(page::read).and_then(Result::ok);
    steps.check(
        "nothing in the page leads nowhere",
        &files,
        sealed::check_references,
    );
    steps.check("the page's policy", &files, sealed::check_policy);
    steps.check(
        "vector instructions in the worker",
        &files,
        sealed::check_vector_instructions,
    );
    steps.check("the page's weight", &files, sealed::check_weight);
    steps.check("the sample's weight", &files, sealed::check_sample);
    steps.run("wasm tests", || wasm_tests(root, tools.as_ref()));
    steps.run("browser tests", || {
        browser_tests(root, tools.as_ref(), dist.as_deref())
    });

    println!(
        "\nall after {:.1} minutes",
        started.elapsed().as_secs_f64() / 60.0
    );
    for name in &steps.failed {
        println!("failed: {name}");
    }
    let skipped = if steps.skipped > 0 {
        format!(", {} skipped", steps.skipped)
    } else {
        String::new()
    };
    println!(
        "{} passed, {} failed{skipped}",
        steps.passed,
        steps.failed.len()
    );
    steps.failed.is_empty()
}

impl Steps {
    fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<Outcome>) {
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = step();
        let seconds = started.elapsed().as_secs_f64();
        match outcome {
            Ok(Outcome::Passed) => {
                self.passed += 1;
                println!("== {name}: passed ({seconds:.1} s)");
            }
            Ok(Outcome::Skipped(reason)) => {
                self.skipped += 1;
                println!("== {name}: skipped: {reason}");
            }
            Err(sentence) => {
                self.failed.push(name);
                println!("{sentence}\n== {name}: FAILED ({seconds:.1} s)");
            }
        }
    }

    /// A step that makes what later ones need.
    fn make<T>(&mut self, name: &'static str, step: impl FnOnce() -> Result<T>) -> Option<T> {
        let mut made = None;
        self.run(name, || {
            made = Some(step()?);
            Ok(Outcome::Passed)
        });
        made
    }

    /// A look at the built page.
    fn check(
        &mut self,
        name: &'static str,
        files: &Option<Files>,
        look: fn(&Files) -> Result<String>,
    ) {
        self.run(name, || match files {
            Some(files) => {
                println!("{}", look(files)?);
                Ok(Outcome::Passed)
            }
            None => Ok(Outcome::Skipped("there is no page".to_owned())),
        });
    }
}

/// The native toolchain, in the folder of the workspace.
fn cargo(root: &Path, arguments: &str) -> Result<Outcome> {
    let mut command = program("cargo");
    process::run(command.args(arguments.split(' ')).current_dir(root))?;
    Ok(Outcome::Passed)
}

/// What only a browser's worker can run, the store above all, compiled for wasm and run in one.
fn wasm_tests(root: &Path, tools: Option<&Tools>) -> Result<Outcome> {
    if !root.join("tests/wasm.rs").exists() {
        return Ok(Outcome::Skipped("tests/wasm.rs does not exist".to_owned()));
    }
    let Some(tools) = tools else {
        return Ok(Outcome::Skipped("the set-up failed".to_owned()));
    };
    let mut command = tools.program("cargo");
    command
        .args([
            "test",
            "--target",
            "wasm32-unknown-unknown",
            "--features",
            "web",
            "--test",
            "wasm",
        ])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", page::target(root))
        // Nobody steps through these in a debugger, and without its tables they build sooner.
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        );
    if let Some(browser) = &tools.browser {
        command.env("CHROMEDRIVER", &browser.chromedriver);
    }
    process::run(&mut command)?;
    Ok(Outcome::Passed)
}

/// The sealed page, driven in a browser. The tests are native programs that speak WebDriver.
fn browser_tests(root: &Path, tools: Option<&Tools>, dist: Option<&Path>) -> Result<Outcome> {
    if !root.join("tests/browser/Cargo.toml").exists() {
        return Ok(Outcome::Skipped("tests/browser does not exist".to_owned()));
    }
    let (Some(dist), Some(browser)) = (dist, tools.and_then(|tools| tools.browser.as_ref())) else {
        return Ok(Outcome::Skipped(
            "there is no page, or no browser".to_owned(),
        ));
    };
    let mut command = program("cargo");
    command
        .args(["test", "--package", "browser-tests"])
        .current_dir(root)
        .env("MAILTRACE_DIST", dist)
        .env("CHROMIUM", &browser.chromium)
        .env("CHROMEDRIVER", &browser.chromedriver);
    process::run(&mut command)?;
    Ok(Outcome::Passed)
}
