//! Seals what Trunk has built: names every file by its content, tells the page where its worker and its
//! sample are, and states the policy under which the page runs.
//!
//! Text and bytes in, text and bytes out; no file is touched here. Done after Trunk has finished
//! and not from a hook inside it, where another toolchain's environment would leak in.

use std::collections::BTreeMap;

use crate::{digest, process::Result};

/// A site: its files by their paths, with `/` between folders.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The page itself keeps its name; it is what a host serves for a folder.
pub const PAGE: &str = "index.html";
/// What Trunk calls the worker's files; the page finds them by the names that are written into it.
pub const WORKER: [&str; 2] = ["worker.js", "worker_bg.wasm"];

/// The `<meta>` names under which the page finds its worker and its build.
pub const META_WORKER: &str = "mailtrace-worker";
pub const META_WORKER_WASM: &str = "mailtrace-worker-wasm";
pub const META_BUILD: &str = "mailtrace-build";
/// Under which it finds the sample's files: `name=address`, one after the other, with spaces between.
pub const META_SAMPLE: &str = "mailtrace-sample";

/// The folder of the sample's files.
pub const SAMPLE: &str = "sample/";

/// Names each file that the page names by its content, and the worker's too, so that no cache can
/// mix two builds. Files that the page doesn't name keep their names.
pub fn seal(mut files: Files) -> Result<Files> {
    let page = files.remove(PAGE).ok_or("Trunk has left no index.html.")?;
    let mut page = String::from_utf8(page).map_err(|_| "index.html is not UTF-8.")?;
    if let Some(absent) = WORKER.iter().find(|name| !files.contains_key(**name)) {
        return Err(format!(
            "Trunk has left no {absent}: index.html needs a rust link of type worker."
        ));
    }

    let mut order: Vec<_> = files.into_iter().collect();
    // A script names others, and what it says is part of its own name: those it imports come
    // before it, in folders of their own, and all that is no script before both.
    order.sort_by_key(|(name, _)| (name.ends_with(".js"), !name.contains('/')));
    let mut sealed = Files::new();
    let mut renamed = Vec::new();
    for (name, mut bytes) in order {
        if name.ends_with(".js") {
            let script = String::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8."))?;
            bytes = with_names(script, &SCRIPT_NAMES_AFTER, &renamed).into_bytes();
        }
        let is_found_by_meta = WORKER.contains(&name.as_str()) || name.starts_with(SAMPLE);
        let sealed_name = match is_found_by_meta || names(&page, &name) {
            true => named_by_content(&name, &bytes),
            false => name.clone(),
        };
        sealed.insert(sealed_name.clone(), bytes);
        renamed.push((name, sealed_name));
    }
    page = with_names(page, &[""], &renamed);

    let [script, program] = WORKER.map(|worker| {
        let named = renamed.iter().find(|(name, _)| name == worker);
        named
            .map(|(_, sealed)| format!("./{sealed}"))
            .unwrap_or_default()
    });
    let sample: Vec<String> = renamed
        .iter()
        .filter_map(|(name, sealed)| Some(format!("{}=./{sealed}", name.strip_prefix(SAMPLE)?)))
        .collect();
    let build = build_name(&sealed, &page);
    let metas = [
        (META_WORKER, script),
        (META_WORKER_WASM, program),
        (META_SAMPLE, sample.join(" ")),
        (META_BUILD, build),
    ];
    let metas: String = metas
        .iter()
        .map(|(name, content)| format!("\n    <meta name=\"{name}\" content=\"{content}\" />"))
        .collect();
    let policy = policy(&inline_scripts(&page));
    // The policy stands before all that it governs.
    let (head, rest) = page
        .split_once("<head>")
        .ok_or("index.html has no <head>.")?;
    let policy = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\" />");
    let page = format!("{head}<head>\n    {policy}{metas}{rest}");
    sealed.insert(PAGE.to_owned(), page.into_bytes());
    Ok(sealed)
}

/// What the page may do: run its own scripts and wasm, start workers from a blob, fetch its own
/// files. Nothing else, and nothing from elsewhere.
pub fn policy(inline_scripts: &[&str]) -> String {
    let hashes: String = inline_scripts
        .iter()
        .map(|script| format!(" '{}'", digest::source(script.as_bytes())))
        .collect();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; worker-src blob:; connect-src 'self'; \
         style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
    )
}

/// The texts of the page's scripts that have no source of their own, as the browser hashes them.
pub fn inline_scripts(page: &str) -> Vec<&str> {
    page.split("<script")
        .skip(1)
        .filter_map(|element| {
            let (attributes, rest) = element.split_once('>')?;
            let (text, _) = rest.split_once("</script>")?;
            (!attributes.contains(" src=")).then_some(text)
        })
        .collect()
}

/// `worker_bg.wasm` becomes `worker_bg-<hash>.wasm`.
fn named_by_content(name: &str, bytes: &[u8]) -> String {
    let hash = digest::name(bytes);
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{hash}.{extension}"),
        None => format!("{name}-{hash}"),
    }
}

/// The ways in which a page names a file beside it. Only whole names count: `app.js` is not in `my-app.js`.
fn quoted(name: &str) -> [String; 4] {
    [
        format!("\"{name}\""),
        format!("'{name}'"),
        format!("\"./{name}\""),
        format!("'./{name}'"),
    ]
}

fn names(page: &str, name: &str) -> bool {
    quoted(name).iter().any(|quoted| page.contains(quoted))
}

/// In a script only what it fetches or imports is renamed: it also quotes the names by which a wasm
/// asks for its imports, and those stand in the wasm too.
const SCRIPT_NAMES_AFTER: [&str; 3] = ["from ", "import ", "new URL("];

fn with_names(mut text: String, after: &[&str], renamed: &[(String, String)]) -> String {
    for (name, sealed) in renamed {
        for (old, new) in quoted(name).iter().zip(quoted(sealed)) {
            for before in after {
                text = text.replace(&format!("{before}{old}"), &format!("{before}{new}"));
            }
        }
    }
    text
}

/// One name for all that was built together.
fn build_name(files: &Files, page: &str) -> String {
    let mut all = page.as_bytes().to_vec();
    for (name, bytes) in files {
        all.extend_from_slice(name.as_bytes());
        all.extend_from_slice(digest::name(bytes).as_bytes());
    }
    digest::name(&all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: &str = r#"<!doctype html>
<html><head>
    <meta charset="utf-8" />
    <link rel="icon" href="icon.svg" />
    <link rel="stylesheet" href="./base.css" />
<link rel="modulepreload" href="./app.js"><link rel="modulepreload" href="./snippets/x/inline0.js"></head><body>
<script type="module">
import init from './app.js';
await init({ module_or_path: './app_bg.wasm' });
</script></body></html>"#;

    const APP: &str = r#"import * as import1 from "./snippets/x/inline0.js"
const imports = { "./snippets/x/inline0.js": import1 };
new URL('app_bg.wasm', import.meta.url);"#;

    fn built() -> Files {
        [
            ("index.html", BUILT),
            ("app.js", APP),
            ("app_bg.wasm", "app"),
            ("base.css", "p {}"),
            ("icon.svg", "<svg/>"),
            ("worker.js", "let wasm_bindgen"),
            ("worker_bg.wasm", "worker"),
            ("snippets/x/inline0.js", "export {}"),
            ("notes.txt", "asked for by name"),
            ("sample/EX01/MSGTRK.LOG.gz", "zipped"),
        ]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .collect()
    }

    fn page(files: &Files) -> &str {
        std::str::from_utf8(&files[PAGE]).unwrap()
    }

    fn find<'a>(files: &'a Files, prefix: &str) -> &'a str {
        files.keys().find(|name| name.starts_with(prefix)).unwrap()
    }

    #[test]
    fn every_file_that_the_page_names_is_named_by_its_content() {
        let sealed = seal(built()).unwrap();
        for name in ["app-", "app_bg-", "base-", "icon-", "worker-", "worker_bg-"] {
            let name = find(&sealed, name);
            assert!(page(&sealed).contains(name), "{name} is not in the page");
        }
        for name in [
            "app.js",
            "app_bg.wasm",
            "base.css",
            "icon.svg",
            "worker.js",
            "worker_bg.wasm",
        ] {
            assert!(!sealed.contains_key(name), "{name} kept its name");
            assert!(!page(&sealed).contains(name), "the page still names {name}");
        }
        assert!(
            sealed.contains_key("notes.txt"),
            "what the page doesn't name keeps its name"
        );
        assert_eq!(sealed.len(), built().len());
    }

    #[test]
    fn a_script_finds_what_it_imports_and_its_wasm_finds_its_imports() {
        let sealed = seal(built()).unwrap();
        let expected = APP
            .replace(
                "from \"./snippets/x/inline0.js",
                &format!("from \"./{}", find(&sealed, "snippets/x/inline0-")),
            )
            .replace("app_bg.wasm", find(&sealed, "app_bg-"));
        assert_eq!(
            String::from_utf8_lossy(&sealed[find(&sealed, "app-")]),
            expected
        );
        assert!(expected.contains("{ \"./snippets/x/inline0.js\": import1 }"));
    }

    #[test]
    fn the_page_finds_its_worker() {
        let sealed = seal(built()).unwrap();
        for (meta, file) in [(META_WORKER, "worker-"), (META_WORKER_WASM, "worker_bg-")] {
            let line = format!(
                "<meta name=\"{meta}\" content=\"./{}\" />",
                find(&sealed, file)
            );
            assert!(page(&sealed).contains(&line), "{line}");
        }
    }

    #[test]
    fn the_page_finds_the_sample_under_its_own_names() {
        let sealed = seal(built()).unwrap();
        let file = find(&sealed, "sample/EX01/MSGTRK.LOG-");
        assert!(file.ends_with(".gz"));
        let line =
            format!("<meta name=\"{META_SAMPLE}\" content=\"EX01/MSGTRK.LOG.gz=./{file}\" />");
        assert!(page(&sealed).contains(&line), "{line}");
    }

    #[test]
    fn the_policy_comes_first_and_allows_the_one_inline_script() {
        let sealed = seal(built()).unwrap();
        let page = page(&sealed);
        let script = format!(
            "\nimport init from './{}';\nawait init({{ module_or_path: './{}' }});\n",
            find(&sealed, "app-"),
            find(&sealed, "app_bg-")
        );
        assert_eq!(inline_scripts(page), [script.as_str()]);
        let policy = policy(&[&script]);
        assert!(policy.contains(&format!(
            "script-src 'self' 'wasm-unsafe-eval' '{}';",
            digest::source(script.as_bytes())
        )));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        let meta = page
            .find(&format!(
                "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\" />"
            ))
            .unwrap();
        assert!(page.find("<head>").unwrap() < meta && meta < page.find("<link").unwrap());
        // HTML wants the encoding within the first 1024 bytes.
        assert!(page.find("charset").unwrap() < 1024);
    }

    #[test]
    fn the_policy_to_the_letter() {
        assert_eq!(
            policy(&[""]),
            "default-src 'none'; \
             script-src 'self' 'wasm-unsafe-eval' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; \
             worker-src blob:; connect-src 'self'; style-src 'self'; img-src 'self' data:; \
             base-uri 'none'; form-action 'none'"
        );
    }

    #[test]
    fn any_change_changes_the_build_and_only_the_names_it_must() {
        let build = |files: &Files| {
            let text = page(files).to_owned();
            text.split(META_BUILD).nth(1).unwrap()[..40].to_owned()
        };
        let before = seal(built()).unwrap();
        assert_eq!(build(&before), build(&seal(built()).unwrap()));
        for name in built().keys() {
            let mut changed = built();
            changed.get_mut(name).unwrap().push(b' ');
            assert_ne!(build(&before), build(&seal(changed).unwrap()), "{name}");
        }
        let mut changed = built();
        changed.insert("app_bg.wasm".to_owned(), b"other".to_vec());
        let after = seal(changed).unwrap();
        // The script of the app names its wasm.
        assert_ne!(find(&before, "app-"), find(&after, "app-"));
        assert_eq!(find(&before, "worker_bg-"), find(&after, "worker_bg-"));
    }

    #[test]
    fn a_build_without_worker_is_refused_in_words() {
        let mut files = built();
        files.remove("worker.js");
        assert!(seal(files).unwrap_err().contains("worker.js"));
    }

    #[test]
    fn a_script_with_a_source_is_not_inline() {
        assert_eq!(
            inline_scripts("<script src=\"a.js\"></script><script>b</script>"),
            ["b"]
        );
    }
}
