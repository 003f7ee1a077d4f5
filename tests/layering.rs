//! What never happens in the sources: each layer knows only what it may. A rule that breaks prints its
//! reason and where.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the sources: its path below the root, and its code without comments and tests.
struct Source {
    path: String,
    code: String,
}

/// A rule: these words stand in no file but those that may.
struct Rule {
    reason: &'static str,
    words: &'static [&'static str],
    /// Where the rule holds.
    of: fn(&str) -> bool,
    /// The files there that are free of it.
    but: fn(&str) -> bool,
}

const RULES: &[Rule] = &[
    Rule {
        reason: "The library runs natively as well: whatever touches a browser stands in src/bin.",
        words: &[
            "web_sys",
            "js_sys",
            "leptos",
            "wasm_bindgen",
            "wasm_bindgen_futures",
            "gloo_storage",
            "indexed_db_futures",
        ],
        of: is_library,
        but: none,
    },
    Rule {
        reason: "The library performs no input or output, reads no clock and logs nothing: clock, zone and bytes are arguments.",
        words: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "SystemTime",
            "Instant::now",
            "Utc::now",
            "Local::now",
            "println!",
            "eprintln!",
            "print!",
            "eprint!",
        ],
        of: is_library,
        but: none,
    },
    Rule {
        reason: "Only the store knows IndexedDB.",
        words: &["indexed_db_futures", "indexed_db", "IdbFactory"],
        of: everywhere,
        but: |path| path == "src/bin/worker/store.rs",
    },
    Rule {
        reason: "Only the bridge knows workers.",
        words: &["Worker", "WorkerOptions"],
        of: everywhere,
        but: |path| path == "src/bin/app/bridge.rs" || path.starts_with("src/bin/app/bridge/"),
    },
    Rule {
        reason: "Only one file knows localStorage.",
        words: &["gloo_storage", "local_storage"],
        of: everywhere,
        but: |path| path == "src/bin/app/settings.rs",
    },
    Rule {
        reason: "Parsing knows neither status nor page.",
        words: &[
            "crate::delivery",
            "crate::journey",
            "crate::explain",
            "crate::search",
            "crate::engine",
            "crate::protocol",
        ],
        of: |path| path.starts_with("src/formats"),
        but: none,
    },
    Rule {
        reason: "A status rests on events, whatever format they came from, and knows no page.",
        words: &["crate::formats", "crate::engine", "crate::protocol"],
        of: |path| path.starts_with("src/delivery") || path == "src/journey.rs",
        but: none,
    },
    Rule {
        reason: "The page never reads a log: bytes become events in a worker.",
        words: &[
            "SourceReader",
            "mailtrace::segment",
            "mailtrace::engine",
            "mailtrace::formats",
        ],
        of: |path| path.starts_with("src/bin/app"),
        but: none,
    },
];

fn everywhere(_: &str) -> bool {
    true
}

fn none(_: &str) -> bool {
    false
}

fn is_library(path: &str) -> bool {
    !path.starts_with("src/bin/")
}

#[test]
fn every_layer_knows_only_what_it_may() {
    let sources = sources();
    assert!(sources.len() > 50, "{} files", sources.len());
    let mut broken = Vec::new();
    for rule in RULES {
        let free = |source: &&Source| (rule.of)(&source.path) && !(rule.but)(&source.path);
        assert!(
            sources.iter().any(|source| free(&source)),
            "{}",
            rule.reason
        );
        for source in sources.iter().filter(free) {
            for word in rule.words.iter().filter(|word| has(&source.code, word)) {
                broken.push(format!("{} says {word}. {}", source.path, rule.reason));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn formats_do_not_know_each_other() {
    let sources = sources();
    let of_formats: Vec<(&Source, &str)> = sources
        .iter()
        .filter_map(|source| {
            let path = source.path.strip_prefix("src/formats/")?;
            Some((source, path.split(['/', '.']).next()?))
        })
        .collect();
    let dialects: Vec<&str> = of_formats
        .iter()
        .filter(|(source, _)| source.code.contains("impl Format for "))
        .map(|(_, module)| *module)
        .collect();
    assert!(dialects.len() >= 2, "{dialects:?}");
    for (source, module) in &of_formats {
        for dialect in dialects.iter().filter(|dialect| *dialect != module) {
            assert!(
                !has(&source.code, &format!("{dialect}::")),
                "{} names the format {dialect}: what formats share stands in a file of its own, and knows none of them.",
                source.path
            );
        }
    }
}

#[test]
fn without_the_feature_web_nothing_of_a_browser_is_built() {
    let cargo = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "mailtrace",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ])
        .args(["--offline", "--no-default-features"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        cargo.status.success(),
        "{}",
        String::from_utf8_lossy(&cargo.stderr)
    );
    let tree = String::from_utf8(cargo.stdout).unwrap();
    assert!(tree.contains("memchr v"), "{tree}");
    for line in tree.lines() {
        let name = line.split(' ').next().unwrap();
        assert!(
            ![
                "web-sys",
                "js-sys",
                "leptos",
                "wasm-bindgen",
                "gloo-storage",
                "indexed_db_futures"
            ]
            .contains(&name),
            "{name} is among the library's dependencies: whatever touches a browser is behind the feature web."
        );
    }
}

#[test]
fn every_dependency_has_its_reason_and_its_use() {
    for (manifest, code) in [
        ("Cargo.toml", &["src", "tests", "examples"][..]),
        ("xtask/Cargo.toml", &["xtask/src"][..]),
        (
            "tests/browser/Cargo.toml",
            &["tests/browser/src", "tests/browser/tests"][..],
        ),
    ] {
        let mut files = Vec::new();
        for folder in code {
            walk(&root().join(folder), &mut files);
        }
        let code: String = files
            .iter()
            .map(|path| without_comments(&fs::read_to_string(path).unwrap()))
            .collect();
        let manifest_text = fs::read_to_string(root().join(manifest)).unwrap();
        let dependencies = dependencies(&manifest_text);
        assert!(dependencies.len() > 2, "{manifest}");
        for (name, has_reason) in dependencies {
            assert!(
                has_reason,
                "{manifest}: {name} stands there without a reason: no comment is above it, nor above its group."
            );
            let in_code = name.replace('-', "_");
            assert!(
                has(&code, &format!("{in_code}::")) || has(&code, &format!("use {in_code}")),
                "{manifest}: nothing uses {name}."
            );
        }
    }
}

#[test]
fn the_simulator_shares_no_code_with_what_it_checks() {
    let manifest = fs::read_to_string(root().join("tests/simulator/Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"simulator\""));
    let dependencies = dependencies(&manifest);
    assert!(
        dependencies.is_empty(),
        "{dependencies:?}: a mistake that the simulator's writers and the library's parsers have in common stays unseen, and its seeds mean the same for ever."
    );
}

/// The crates that a manifest names, and whether a comment is above each or above its group.
fn dependencies(manifest: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut has_reason = false;
    for line in manifest.lines() {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            inside = header.ends_with("dependencies");
            if let Some((_, name)) = header.split_once("dependencies.") {
                found.push((name.to_owned(), has_reason));
            }
            has_reason = false;
        } else if line.starts_with('#') {
            has_reason = true;
        } else if line.is_empty() {
            has_reason = false;
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| inside) {
            found.push((name.to_owned(), has_reason));
        }
    }
    found
}

/// Whether a word or path stands in code as a whole.
fn has(code: &str, word: &str) -> bool {
    let is_part =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    code.match_indices(word).any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|at| code.as_bytes().get(at));
        let after = code.as_bytes().get(at + word.len());
        let open = word.ends_with(':') || word.ends_with('!');
        !is_part(before) && (open || !is_part(after))
    })
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    files
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name != "tests.rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            // Tests stand at the end of their file.
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            Source {
                path: path
                    .strip_prefix(root())
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/"),
                code: without_comments(code),
            }
        })
        .collect()
}

fn without_comments(code: &str) -> String {
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
