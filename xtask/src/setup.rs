//! Sets the machine up: what is missing is installed, once, and nothing is installed twice.
//!
//! Everything that is built goes to the user's cache folder, each tool under its version, so that
//! it serves every clone. A folder there is complete or absent: it is made under another name and
//! renamed. What the distribution ships comes through apt, and only as root or in CI; otherwise the
//! command is printed for the person. Does not build the page.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    digest,
    process::{self, Result, program},
};

const TARGET: &str = "wasm32-unknown-unknown";
const TRUNK: &str = "0.21.14";
const BINARYEN: &str = "132";

/// The packages that hold a wasm compiler, the source of its standard library, and a link to its linker.
const COMPILER_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];
/// The link names the package that holds the linker itself, which nothing pulls in.
const LINKER: &str = "/usr/bin/rust-lld";
/// The font is there so that text has a width on a machine without any.
const BROWSER_PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "fonts-dejavu-core"];

/// What is wanted: a browser is needed only for tests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Page,
    Tests,
}

/// The tools as found or installed.
pub struct Tools {
    compiler: Compiler,
    folders: Vec<PathBuf>,
    pub browser: Option<Browser>,
}

pub struct Browser {
    pub chromium: PathBuf,
    pub chromedriver: PathBuf,
}

/// Where the code for wasm comes from.
enum Compiler {
    /// The toolchain that also compiles natively.
    Host,
    /// Debian's, with a standard library that was built here.
    Debian { sysroot: PathBuf },
}

impl Tools {
    /// A program that sees the tools, and the wasm compiler as `cargo` and `rustc`.
    pub fn program(&self, name: &str) -> Command {
        let mut folders = self.folders.clone();
        if matches!(self.compiler, Compiler::Debian { .. }) {
            folders.push("/usr/bin".into());
        }
        folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let path = env::join_paths(folders).unwrap_or_default();
        // `Command` looks a bare name up on its own PATH when one is set on it.
        let mut command = program(name);
        command.env("PATH", path);
        if let Compiler::Debian { sysroot } = &self.compiler {
            let flag = format!("--sysroot={}", sysroot.display());
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flag);
        }
        command
    }

    /// The environment of [`Tools::program`] as lines for a shell, for work by hand.
    pub fn shell(&self) -> String {
        let mut folders: Vec<_> = self
            .folders
            .iter()
            .map(|folder| folder.display().to_string())
            .collect();
        let mut lines = Vec::new();
        if let Compiler::Debian { sysroot } = &self.compiler {
            folders.push("/usr/bin".to_owned());
            lines.push(format!(
                "export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=--sysroot={}",
                sysroot.display()
            ));
        }
        lines.push(format!("export PATH={}:$PATH", folders.join(":")));
        if let Some(browser) = &self.browser {
            lines.push(format!("export CHROMIUM={}", browser.chromium.display()));
            lines.push(format!(
                "export CHROMEDRIVER={}",
                browser.chromedriver.display()
            ));
        }
        lines.join("\n")
    }
}

/// Installs what is missing of what is needed, side by side where one does not wait for another.
pub fn setup(root: &Path, need: Need) -> Result<Tools> {
    let cache = &Cache::open()?;
    let bindgen_version = &locked_version(root, "wasm-bindgen")?;
    let started = Instant::now();
    let host_compiles = host_compiles_wasm(cache)?;

    let (system, tools) = thread::scope(|scope| {
        // apt serves one caller at a time; the standard library is built while it goes on.
        let system = scope.spawn(move || {
            let library = if host_compiles {
                None
            } else {
                debian_compiler(cache)?;
                Some(scope.spawn(move || standard_library(cache)))
            };
            let browser = if need == Need::Tests {
                Some(browser(cache)?)
            } else {
                None
            };
            let compiler = match library {
                None => Compiler::Host,
                Some(library) => Compiler::Debian {
                    sysroot: joined(library.join())?,
                },
            };
            Ok((compiler, browser))
        });
        let tools = [
            scope.spawn(move || bindgen(cache, bindgen_version)),
            scope.spawn(move || trunk(cache)),
            scope.spawn(move || binaryen(cache)),
        ];
        (joined(system.join()), tools.map(|tool| joined(tool.join())))
    });

    let (mut folders, mut faults) = (Vec::new(), Vec::new());
    for tool in tools {
        match tool {
            Ok(folder) => folders.push(folder),
            Err(fault) => faults.push(fault),
        }
    }
    let (compiler, browser) = match system {
        Ok(system) if faults.is_empty() => system,
        Ok(_) => return Err(faults.join("\n\n")),
        Err(fault) => {
            faults.push(fault);
            return Err(faults.join("\n\n"));
        }
    };
    if started.elapsed() > Duration::from_secs(10) {
        println!(
            "setup: all there after {:.1} minutes",
            started.elapsed().as_secs_f64() / 60.0
        );
    }
    Ok(Tools {
        compiler,
        folders,
        browser,
    })
}

/// Whether the toolchain that compiles natively can be made to compile for wasm: an ordinary
/// machine's can. `MAILTRACE_WASM=debian` takes Debian's without asking, `MAILTRACE_WASM=rustup`
/// takes no other.
fn host_compiles_wasm(cache: &Cache) -> Result<bool> {
    let wish = env::var("MAILTRACE_WASM").unwrap_or_default();
    if wish == "debian" {
        return Ok(false);
    }
    let has_library = || {
        process::output(program("rustc").args(["--print", "target-libdir", "--target", TARGET]))
            .is_some_and(|folder| Path::new(&folder).is_dir())
    };
    if has_library() {
        return Ok(true);
    }
    if wish.is_empty() && debian_library().is_some_and(|name| cache.folder.join(name).exists()) {
        // rustup had none when that was built.
        return Ok(false);
    }
    println!("setup: rustup target add {TARGET} (under a minute; some machines cannot)");
    let mut command = match process::output(program("timeout").arg("--version")) {
        Some(_) => {
            let mut command = program("timeout");
            command.args(["120", "rustup"]);
            command
        }
        None => program("rustup"),
    };
    if process::output(command.args(["target", "add", TARGET])).is_some() && has_library() {
        return Ok(true);
    }
    if wish == "rustup" || !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!(
            "The compiler has no standard library for {TARGET}, and `rustup target add {TARGET}` does not bring it: \
             install it by hand, or work on Debian, where this command builds it."
        ));
    }
    println!("setup: rustup has no {TARGET} to give here; Debian's compiler is used for it");
    Ok(false)
}

fn debian_compiler(cache: &Cache) -> Result<()> {
    apt(
        cache,
        &COMPILER_PACKAGES,
        "a compiler for wasm, about 1 minute",
    )?;
    let linker =
        fs::read_link(LINKER).map_err(|error| cannot("follow", Path::new(LINKER), &error))?;
    let package = linker.file_name().unwrap_or_default().to_string_lossy();
    apt(cache, &[&package], "its linker, some seconds")
}

/// Installs Debian packages; asks for nothing that is there.
fn apt(cache: &Cache, packages: &[&str], what: &str) -> Result<()> {
    let missing: Vec<_> = packages
        .iter()
        .filter(|package| !is_installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing
        .iter()
        .map(|name| **name)
        .collect::<Vec<_>>()
        .join(" ");
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!(
            "Please install what Debian calls {names} ({what})."
        ));
    }
    let root = process::output(program("id").arg("-u")).as_deref() == Some("0");
    if !root && env::var_os("CI").is_none() {
        return Err(format!(
            "Please run `sudo apt-get update && sudo apt-get install --no-install-recommends {names}` ({what}), \
             then this command again."
        ));
    }
    step(what, &format!("apt-get install {names}"), || {
        let apt = || {
            let mut command = if root {
                program("apt-get")
            } else {
                program("sudo")
            };
            if !root {
                command.arg("apt-get");
            }
            command.env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        process::run_logged(apt().arg("update"), &cache.log("apt-update"))?;
        let mut install = apt();
        install
            .args(["install", "--yes", "--no-install-recommends"])
            .args(&missing);
        process::run_logged(&mut install, &cache.log("apt-install"))
    })
}

fn is_installed(package: &str) -> bool {
    process::output(program("dpkg-query").args(["--show", "--showformat=${Status}", package]))
        .is_some_and(|status| status == "install ok installed")
}

/// The browser that the tests drive: the one that is named, the one on PATH, or Debian's.
fn browser(cache: &Cache) -> Result<Browser> {
    let find = || {
        let chromium = named_or_found(
            "CHROMIUM",
            &["chromium", "chromium-browser", "google-chrome"],
        )?;
        let chromedriver = named_or_found("CHROMEDRIVER", &["chromedriver"])?;
        Some(Browser {
            chromium,
            chromedriver,
        })
    };
    if let Some(browser) = find() {
        return Ok(browser);
    }
    apt(
        cache,
        &BROWSER_PACKAGES,
        "a browser for the tests, about 1 minute",
    )?;
    find().ok_or_else(|| {
        "Please install Chromium and chromedriver, or name them in CHROMIUM and CHROMEDRIVER."
            .to_owned()
    })
}

fn named_or_found(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Some(path.into());
    }
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH")?).collect();
    names.iter().find_map(|name| {
        folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    })
}

/// The standard library for wasm, built from Debian's source with Debian's compiler: with bitcode,
/// which `lto` wants, and with the crate `test`, which browser tests want.
fn standard_library(cache: &Cache) -> Result<PathBuf> {
    let name = debian_library().ok_or("Debian's /usr/bin/rustc does not run.")?;
    cache.keep(&name, |folder| {
        step(
            "the standard library for wasm, about 1 minute",
            "cargo build -Zbuild-std",
            || {
                let vehicle = folder.join("vehicle");
                write(&vehicle.join("Cargo.toml"), VEHICLE)?;
                write(&vehicle.join("src/lib.rs"), "")?;
                let mut build = program("/usr/bin/cargo");
                build
                    .args([
                        "build",
                        "--release",
                        "--target",
                        TARGET,
                        "-Zbuild-std=std,panic_abort,test",
                    ])
                    .current_dir(&vehicle)
                    .env("PATH", "/usr/bin:/bin")
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("RUSTFLAGS", "-Cembed-bitcode=yes");
                process::run_logged(&mut build, &cache.log("standard-library"))?;

                let library = folder.join("lib/rustlib").join(TARGET).join("lib");
                fs::create_dir_all(&library).map_err(|error| cannot("make", &library, &error))?;
                let built = vehicle.join("target").join(TARGET).join("release/deps");
                for file in fs::read_dir(&built)
                    .map_err(|error| cannot("read", &built, &error))?
                    .flatten()
                {
                    let name = file.file_name();
                    if name.to_string_lossy().ends_with(".rlib")
                        && !name.to_string_lossy().starts_with("libvehicle")
                    {
                        fs::copy(file.path(), library.join(&name))
                            .map_err(|error| cannot("copy", &file.path(), &error))?;
                    }
                }
                fs::remove_dir_all(&vehicle).map_err(|error| cannot("remove", &vehicle, &error))
            },
        )
    })
}

/// What the library for Debian's compiler is called in the cache, built or not.
fn debian_library() -> Option<String> {
    let rustc = process::output(program("/usr/bin/rustc").arg("-vV"))?;
    Some(format!("sysroot-{}", digest::name(rustc.as_bytes())))
}

/// An empty crate: what it is built with is what is wanted of it.
const VEHICLE: &str = r#"[package]
name = "vehicle"
edition = "2024"
[workspace]
"#;

/// Equal to the locked `wasm-bindgen` to the digit, or it refuses what the compiler made. Its own
/// lock file is left aside: it names a version of a crate that the registry no longer has.
fn bindgen(cache: &Cache, version: &str) -> Result<PathBuf> {
    cargo_install(cache, "wasm-bindgen-cli", version, &[], "2 to 4 minutes")
}

fn trunk(cache: &Cache) -> Result<PathBuf> {
    cargo_install(
        cache,
        "trunk",
        TRUNK,
        &["--locked", "--no-default-features"],
        "2 to 4 minutes",
    )
}

/// Installs a program from the registry: built quickly, since it is run a few times and no more.
fn cargo_install(
    cache: &Cache,
    name: &str,
    version: &str,
    flags: &[&str],
    minutes: &str,
) -> Result<PathBuf> {
    let folder = cache.keep(&format!("{name}-{version}"), |folder| {
        step(minutes, &format!("cargo install {name} {version}"), || {
            let built = folder.join("target");
            let mut install = program("cargo");
            install
                .args(["install", name, "--version", version, "--root"])
                .arg(folder)
                .args(flags)
                .env("CARGO_TARGET_DIR", &built)
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
                .env("CARGO_PROFILE_RELEASE_DEBUG", "false");
            process::run_logged(&mut install, &cache.log(name))?;
            fs::remove_dir_all(&built).map_err(|error| cannot("remove", &built, &error))
        })
    })?;
    Ok(folder.join("bin"))
}

/// wasm-opt; what Debian ships is too old for the instructions that the compiler uses.
fn binaryen(cache: &Cache) -> Result<PathBuf> {
    let folder = cache.keep(&format!("binaryen-{BINARYEN}"), |folder| {
        step(
            "a few seconds",
            &format!("npm install binaryen {BINARYEN}"),
            || {
                if process::output(program("npm").arg("--version")).is_none() {
                    return Err(
                        "Please install Node.js with npm: wasm-opt comes through it.".to_owned(),
                    );
                }
                let mut install = program("npm");
                install
                    .args(["install", "--no-save", "--ignore-scripts", "--prefix"])
                    .arg(folder);
                install.arg(format!("binaryen@{BINARYEN}"));
                process::run_logged(&mut install, &cache.log("binaryen"))
            },
        )
    })?;
    Ok(folder.join("node_modules/.bin"))
}

/// Says what is being done and how long it may take, and afterwards how long it took.
fn step(estimate: &str, what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let started = Instant::now();
    println!("setup: {what} ({estimate})");
    work()?;
    println!(
        "setup: {what}: done in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

fn joined<T>(outcome: thread::Result<Result<T>>) -> Result<T> {
    outcome.unwrap_or_else(|_| Err("A part of the set-up panicked.".to_owned()))
}

/// The folder of the user that holds what every clone can use.
struct Cache {
    folder: PathBuf,
}

impl Cache {
    fn open() -> Result<Self> {
        let caches = match (env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")) {
            (Some(caches), _) if Path::new(&caches).is_absolute() => PathBuf::from(caches),
            (_, Some(home)) => PathBuf::from(home).join(".cache"),
            (_, None) => {
                return Err(
                    "Please set HOME or XDG_CACHE_HOME: the tools are kept there.".to_owned(),
                );
            }
        };
        let folder = caches.join("mailtrace");
        let logs = folder.join("logs");
        fs::create_dir_all(&logs).map_err(|error| cannot("make", &logs, &error))?;
        let cache = Self { folder };
        cache.sweep();
        Ok(cache)
    }

    /// Removes what a run that was broken off has left; a run of today may still be at work on it.
    fn sweep(&self) {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let unfinished = entry
                .file_name()
                .to_string_lossy()
                .starts_with("unfinished-");
            let age = entry
                .metadata()
                .and_then(|data| data.modified())
                .ok()
                .and_then(|time| time.elapsed().ok());
            if unfinished && age > Some(DAY) {
                // Another run may be sweeping too.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// The folder of this name, made if it is not there. It appears only when it is complete.
    fn keep(&self, name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            return Ok(folder);
        }
        let unfinished = self
            .folder
            .join(format!("unfinished-{}-{name}", std::process::id()));
        fs::create_dir_all(&unfinished).map_err(|error| cannot("make", &unfinished, &error))?;
        let made = make(&unfinished).and_then(|()| match fs::rename(&unfinished, &folder) {
            // Another run may have been as quick.
            Err(_) if folder.exists() => Ok(()),
            renamed => renamed.map_err(|error| cannot("make", &folder, &error)),
        });
        if unfinished.exists() {
            // What is left of a failure serves nobody, and its log is kept elsewhere.
            let _ = fs::remove_dir_all(&unfinished);
        }
        made.map(|()| folder)
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{name}.log"))
    }
}

/// The version of a crate in the lock file.
fn locked_version(root: &Path, name: &str) -> Result<String> {
    let path = root.join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(|error| cannot("read", &path, &error))?;
    version_in(&lock, name).ok_or_else(|| format!("{} does not name {name}", path.display()))
}

fn version_in(lock: &str, name: &str) -> Option<String> {
    let named = format!("name = \"{name}\"");
    let mut lines = lock.lines().skip_while(|line| *line != named).skip(1);
    Some(
        lines
            .next()?
            .strip_prefix("version = \"")?
            .strip_suffix('"')?
            .to_owned(),
    )
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))?;
    }
    fs::write(path, text).map_err(|error| cannot("write", path, &error))
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!("cannot {what} {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "bindgen"), None);
    }
}
