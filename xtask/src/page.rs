//! Builds the page: Trunk makes it, wasm-opt makes it smaller, the simulator makes its sample, sealing makes
//! it one build.
//!
//! `dist/` changes only when all of that has worked.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

use flate2::{Compression, write::GzEncoder};

use crate::{
    process::{self, Result},
    seal::{self, Files},
    setup::Tools,
};

/// What the compiler uses of WebAssembly beyond its first version; wasm-opt must be told.
const FEATURES: [&str; 7] = [
    "simd",
    "bulk-memory",
    "nontrapping-float-to-int",
    "sign-ext",
    "mutable-globals",
    "reference-types",
    "multivalue",
];

/// Builds the page and leaves it sealed in `dist/`.
pub fn build(root: &Path, tools: &Tools) -> Result<PathBuf> {
    let started = Instant::now();
    let target = target(root);
    // Not `page`: the compiler keeps what it makes with that profile there.
    let unsealed = target.join("unsealed");
    println!("build: trunk build --release (first time about 4 minutes, else one or two)");
    let mut trunk = tools.program("trunk");
    trunk
        .args([
            "build",
            "--release",
            "--offline",
            "--skip-version-check",
            "--public-url",
            "./",
            "--dist",
        ])
        .arg(&unsealed)
        .current_dir(root)
        .env("CARGO_TARGET_DIR", &target);
    process::run(&mut trunk)?;

    println!("build: wasm-opt (some seconds)");
    let mut files = read(&unsealed)?;
    for (name, bytes) in files.iter_mut().filter(|(name, _)| name.ends_with(".wasm")) {
        *bytes = optimised(tools, &unsealed.join(name))?;
    }

    for file in simulator::sample::Sample::first().files {
        let name = format!("{}{}.gz", seal::SAMPLE, file.name);
        files.insert(name, gzipped(&file.bytes));
    }

    let dist = root.join("dist");
    replace(&dist, &seal::seal(files)?)?;
    println!(
        "build: sealed in dist/ after {:.0} s",
        started.elapsed().as_secs_f64()
    );
    Ok(dist)
}

/// A file as it is served small; the page reads it as it is.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

/// The target folder of the wasm build. It has one of its own: two compilers in one would throw
/// away each other's macros and build scripts at every turn.
pub fn target(root: &Path) -> PathBuf {
    root.join("target/wasm")
}

/// A built page, as it lies in its folder.
pub fn read(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        let cannot = |error| format!("cannot read {}: {error}", inner.display());
        for entry in fs::read_dir(&inner).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).map_err(cannot)?;
            let name = path
                .strip_prefix(folder)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            files.insert(name, bytes);
        }
    }
    Ok(files)
}

/// A quarter less on the wire for a few seconds of work.
fn optimised(tools: &Tools, wasm: &Path) -> Result<Vec<u8>> {
    let smaller = wasm.with_extension("optimised");
    let mut command = tools.program("wasm-opt");
    command
        .arg("-O3")
        .args(FEATURES.map(|feature| format!("--enable-{feature}")));
    process::run(command.arg(wasm).arg("-o").arg(&smaller))?;
    fs::read(&smaller).map_err(|error| format!("cannot read {}: {error}", smaller.display()))
}

/// Makes the folder hold these files and no others. The page comes when all that it names is there,
/// and what the page before it named goes last: whoever looks meanwhile sees the one or the other.
fn replace(folder: &Path, files: &Files) -> Result<()> {
    let cannot =
        |path: &Path, error: std::io::Error| format!("cannot write {}: {error}", path.display());
    let before: Vec<_> = if folder.exists() {
        read(folder)?.into_keys().collect()
    } else {
        Vec::new()
    };
    let (page, others): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| *name == seal::PAGE);
    for (name, bytes) in others.into_iter().chain(page) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))
            .map_err(|error| cannot(&path, error))?;
        fs::write(&path, bytes).map_err(|error| cannot(&path, error))?;
    }
    for name in before.iter().filter(|name| !files.contains_key(*name)) {
        let path = folder.join(name);
        fs::remove_file(&path).map_err(|error| cannot(&path, error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_page_leaves_nothing_of_the_old_one() {
        let folder = std::env::temp_dir().join(format!("xtask-page-{}", std::process::id()));
        let files = |names: &[&str]| -> Files {
            names
                .iter()
                .map(|name| ((*name).to_owned(), name.as_bytes().to_vec()))
                .collect()
        };
        for names in [
            ["index.html", "app-1.js", "snippets/a-1.js"],
            ["index.html", "app-2.js", "snippets/a-1.js"],
        ] {
            replace(&folder, &files(&names)).unwrap();
            assert_eq!(read(&folder).unwrap(), files(&names));
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
