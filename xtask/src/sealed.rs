//! What must hold of a sealed page, looked up in the page itself and not in how it was made.
//!
//! Each fault is a sentence. Does not open a browser.

use std::fmt::Write as _;

use wasmparser::{Parser, Payload};

use crate::{
    page::gzipped,
    process::Result,
    seal::{self, Files},
};

/// What app and worker are to weigh together on the wire, gzipped.
const GOAL: usize = 450_000;
/// What they may weigh until the goal is reached: a jump is to be noticed. The last one, of some 180 kB, are
/// the joins over hosts, the reasons in words and the drawn journey.
const LIMIT: usize = 1_300_000;

/// What the sample may weigh.
const SAMPLE_LIMIT: usize = 250_000;

/// References that lead nowhere or elsewhere, and files that nothing leads to.
pub fn check_references(files: &Files) -> Result<String> {
    let page = page(files)?;
    let mut faults = String::new();
    for attribute in ["href=\"", "src=\""] {
        for reference in page
            .split(attribute)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            let beside = reference.strip_prefix("./").unwrap_or(reference);
            if !files.contains_key(beside) && !reference.starts_with("data:") {
                let _ = writeln!(
                    faults,
                    "index.html refers to {reference}, which is not beside it."
                );
            }
        }
    }
    for quote in ['"', '\''] {
        for text in page.split(quote).filter_map(|text| text.strip_prefix("./")) {
            if !files.contains_key(text) {
                let _ = writeln!(faults, "index.html names ./{text}, which is missing.");
            }
        }
    }
    for meta in [seal::META_WORKER, seal::META_WORKER_WASM, seal::META_BUILD] {
        if !page.contains(&format!("<meta name=\"{meta}\"")) {
            let _ = writeln!(faults, "index.html has no meta {meta}.");
        }
    }
    let scripts = || files.iter().filter(|(name, _)| name.ends_with(".js"));
    for (name, script) in scripts().filter(|(name, _)| !name.contains('/')) {
        let script = String::from_utf8_lossy(script);
        for imported in ["from \"./", "from './"]
            .iter()
            .flat_map(|from| script.split(from).skip(1))
        {
            let imported = imported.split(['"', '\'']).next().unwrap_or_default();
            if !files.contains_key(imported) {
                let _ = writeln!(faults, "{name} imports {imported}, which is missing.");
            }
        }
    }
    for name in files
        .keys()
        .filter(|name| *name != seal::PAGE && !page.contains(name.as_str()))
    {
        if !scripts().any(|(_, script)| String::from_utf8_lossy(script).contains(name.as_str())) {
            let _ = writeln!(faults, "Nothing refers to {name}.");
        }
    }
    told(faults, || {
        format!("{} files, each referred to, none missing", files.len())
    })
}

/// The policy is there once, allows the inline scripts by their hashes, and relaxes nothing.
pub fn check_policy(files: &Files) -> Result<String> {
    let page = page(files)?;
    let mut faults = String::new();
    let scripts = seal::inline_scripts(page);
    let expected = seal::policy(&scripts);
    let meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{expected}\" />");
    if !page.contains(&meta) || page.matches("Content-Security-Policy").count() != 1 {
        let _ = writeln!(
            faults,
            "index.html does not state this policy once: {expected}"
        );
    }
    if page.find(&meta)
        > page
            .find("<script")
            .into_iter()
            .chain(page.find("<link"))
            .min()
    {
        let _ = writeln!(faults, "The policy stands behind what it is to govern.");
    }
    for word in [
        "unsafe-inline",
        "'unsafe-eval'",
        "unsafe-hashes",
        "integrity=",
    ] {
        if page.contains(word) {
            let _ = writeln!(faults, "index.html says {word}.");
        }
    }
    for attribute in [" style=\"", " onclick=", " onload=", "<style"] {
        if page.contains(attribute) {
            let _ = writeln!(
                faults,
                "index.html has `{}`, which the policy forbids.",
                attribute.trim()
            );
        }
    }
    told(faults, || {
        format!("{} inline script(s), allowed by hash", scripts.len())
    })
}

/// The worker scans text with vector instructions.
pub fn check_vector_instructions(files: &Files) -> Result<String> {
    let worker = files
        .iter()
        .find(|(name, _)| name.starts_with("worker_bg") && name.ends_with(".wasm"))
        .ok_or("There is no worker_bg-*.wasm.")?;
    match vector_instructions(worker.1)? {
        0 => Err(format!(
            "{} holds no v128 instruction: is simd128 off?",
            worker.0
        )),
        count => Ok(format!("{count} vector instructions in {}", worker.0)),
    }
}

/// Instructions with the prefix of the vector instructions (WebAssembly core specification 5.4.9).
pub fn vector_instructions(wasm: &[u8]) -> Result<usize> {
    const PREFIX: u8 = 0xfd;
    let broken = |error: wasmparser::BinaryReaderError| format!("The wasm is broken: {error}");
    let mut count = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CodeSectionEntry(body) = payload.map_err(broken)? {
            for operator in body
                .get_operators_reader()
                .map_err(broken)?
                .into_iter_with_offsets()
            {
                let (_, offset) = operator.map_err(broken)?;
                count += usize::from(
                    usize::try_from(offset)
                        .ok()
                        .and_then(|offset| wasm.get(offset))
                        == Some(&PREFIX),
                );
            }
        }
    }
    Ok(count)
}

/// What the sample weighs, gzipped as it is, against its limit.
pub fn check_sample(files: &Files) -> Result<String> {
    let sample = files
        .iter()
        .filter(|(name, _)| name.starts_with(seal::SAMPLE));
    let (count, total) = sample.fold((0, 0), |(count, total), (_, bytes)| {
        (count + 1, total + bytes.len())
    });
    let sentence = format!(
        "{count} files, {} kB; {} kB are the limit",
        total / 1000,
        SAMPLE_LIMIT / 1000
    );
    match count > 0 && total <= SAMPLE_LIMIT {
        true => Ok(sentence),
        false => Err(sentence),
    }
}

/// What the page weighs on the wire, against goal and limit.
pub fn check_weight(files: &Files) -> Result<String> {
    let (mut table, mut total) = (String::new(), 0);
    for (name, bytes) in files
        .iter()
        .filter(|(name, _)| name.ends_with(".wasm") || name.ends_with(".js"))
    {
        let gzipped = gzipped(bytes).len();
        total += gzipped;
        let _ = write!(
            table,
            "\n    {name}: {} kB, {} kB gzipped",
            bytes.len() / 1000,
            gzipped / 1000
        );
    }
    let sentence = format!(
        "{} kB gzipped; {} kB are the goal, {} kB the limit until then{table}",
        total / 1000,
        GOAL / 1000,
        LIMIT / 1000
    );
    if total <= LIMIT {
        Ok(sentence)
    } else {
        Err(sentence)
    }
}

fn page(files: &Files) -> Result<&str> {
    let page = files.get(seal::PAGE).ok_or("There is no index.html.")?;
    std::str::from_utf8(page).map_err(|_| "index.html is not UTF-8.".to_owned())
}

fn told(faults: String, good: impl FnOnce() -> String) -> Result<String> {
    if faults.is_empty() {
        Ok(good())
    } else {
        Err(faults.trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> Files {
        let page = "<html><head><link href=\"./a.css\" /></head><body><script type=\"module\">import './app.js'; './app_bg.wasm'</script></body></html>";
        let files = [
            ("index.html", page),
            ("a.css", ""),
            ("app.js", "import * as i from './snippets/i.js'"),
            ("app_bg.wasm", ""),
            ("worker.js", ""),
            ("worker_bg.wasm", ""),
            ("snippets/i.js", ""),
        ];
        seal::seal(
            files
                .into_iter()
                .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
                .collect(),
        )
        .unwrap()
    }

    fn with_page(change: impl Fn(&str) -> String) -> Files {
        let mut files = sealed();
        let page = change(page(&files).unwrap());
        files.insert("index.html".to_owned(), page.into_bytes());
        files
    }

    #[test]
    fn what_was_sealed_is_found_sealed() {
        check_references(&sealed()).unwrap();
        check_policy(&sealed()).unwrap();
        check_weight(&sealed()).unwrap();
    }

    #[test]
    fn a_missing_file_a_foreign_one_and_a_forgotten_one_are_named() {
        for name in sealed().keys().filter(|name| *name != "index.html") {
            let mut files = sealed();
            files.remove(name);
            assert!(
                check_references(&files)
                    .unwrap_err()
                    .contains(name.as_str()),
                "{name}"
            );
        }
        let foreign = with_page(|page| {
            page.replace(
                "</head>",
                "<link href=\"https://cdn.example/x.css\" /></head>",
            )
        });
        assert!(
            check_references(&foreign)
                .unwrap_err()
                .contains("cdn.example")
        );
        let absolute = with_page(|page| page.replace("./a-", "/a-"));
        assert!(check_references(&absolute).unwrap_err().contains("/a-"));
        let mut forgotten = sealed();
        forgotten.insert("old.js".to_owned(), Vec::new());
        assert_eq!(
            check_references(&forgotten).unwrap_err(),
            "Nothing refers to old.js."
        );
    }

    #[test]
    fn a_relaxed_policy_a_changed_script_and_forbidden_markup_are_faults() {
        let relaxed =
            with_page(|page| page.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"));
        assert!(
            check_policy(&relaxed)
                .unwrap_err()
                .contains("unsafe-inline")
        );
        assert!(check_policy(&with_page(|page| page.replace("import '", "import  '"))).is_err());
        assert!(
            check_policy(&with_page(
                |page| page.replace("<body>", "<body style=\"\">")
            ))
            .is_err()
        );
        assert!(
            check_policy(&with_page(
                |page| page.replace("<script", "<link integrity=\"\"><script")
            ))
            .is_err()
        );
    }

    #[test]
    fn vector_instructions_are_counted_in_code_and_not_in_data() {
        // (module (func (drop (v128.const …)) (drop (i32x4.splat (i32.const 0xfd)))))
        let constant = [[0xfd, 0x0c].as_slice(), &[0xfd; 16], &[0x1a]].concat();
        let splat = [0x41, 0xfd, 0x01, 0xfd, 0x11, 0x1a];
        let code = [[0].as_slice(), &constant, &splat, &[0x0b]].concat();
        let module = |code: &[u8]| {
            let len = u8::try_from(code.len()).unwrap();
            let head = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0";
            [head.as_slice(), &[0x0a, len + 2, 1, len], code].concat()
        };
        assert_eq!(vector_instructions(&module(&code)), Ok(2));
        assert_eq!(
            vector_instructions(&module(&[0, 0x41, 0xfd, 0x01, 0x1a, 0x0b])),
            Ok(0)
        );
        assert!(vector_instructions(b"\0asm\x01\0\0\0\x0a").is_err());
    }
}
