//! Starting other programs: with an environment that belongs to them, and with an end that is told.
//!
//! Does not decide what is started.

use std::{
    env,
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
};

/// What could not be done, as a sentence for the person at the terminal.
pub type Result<T> = std::result::Result<T, String>;

/// A program that does not inherit what the outer cargo tells its own children.
///
/// `cargo xtask` is itself started by cargo; another toolchain's cargo that reads `RUSTC` or
/// `RUSTUP_TOOLCHAIN` from it would use the wrong compiler, and Trunk honours `CARGO`.
/// Where the registry lies and how the network is reached stays as the person has set it.
pub fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    for (key, _) in env::vars_os() {
        if key.to_str().is_some_and(belongs_to_outer_cargo) {
            command.env_remove(key);
        }
    }
    command
}

fn belongs_to_outer_cargo(key: &str) -> bool {
    const KEPT: [&str; 4] = ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR"];
    let cargo = key == "CARGO" || key.starts_with("CARGO_");
    let rustc = key.starts_with("RUSTC") || key.starts_with("RUSTDOC") || key == "RUSTFLAGS";
    let loader = key == "LD_LIBRARY_PATH" || key == "RUSTUP_TOOLCHAIN";
    (cargo && !KEPT.iter().any(|kept| key.starts_with(kept))) || rustc || loader
}

/// Runs a program in the terminal; what it prints is seen as it is printed.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` failed ({status})", line(command)))
    }
}

/// Runs a program whose output goes to a file, since others run beside it. When it fails, the
/// error ends in the last lines of that file.
pub fn run_logged(command: &mut Command, log: &Path) -> Result<()> {
    let file =
        File::create(log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    let twin = file
        .try_clone()
        .map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(twin)
        .status()
        .map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        return Ok(());
    }
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    let tail = lines
        .get(lines.len().saturating_sub(25)..)
        .unwrap_or_default()
        .join("\n");
    Err(format!(
        "`{}` failed ({status}); its last lines, from {}:\n{tail}",
        line(command),
        log.display()
    ))
}

/// What a program prints on standard output; nothing if it is missing or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    line
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!(
        "cannot start `{}`: {error}",
        command.get_program().to_string_lossy()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_tells_its_children_is_not_handed_on() {
        for key in [
            "CARGO",
            "CARGO_MANIFEST_DIR",
            "CARGO_TARGET_DIR",
            "RUSTUP_TOOLCHAIN",
            "RUSTC",
            "RUSTC_WRAPPER",
            "RUSTFLAGS",
            "LD_LIBRARY_PATH",
        ] {
            assert!(belongs_to_outer_cargo(key), "{key}");
        }
        for key in [
            "CARGO_HOME",
            "CARGO_HTTP_CAINFO",
            "RUSTUP_HOME",
            "PATH",
            "HOME",
            "RUST_BACKTRACE",
        ] {
            assert!(!belongs_to_outer_cargo(key), "{key}");
        }
    }
}
