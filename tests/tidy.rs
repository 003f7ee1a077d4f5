//! The style's own rules: colours stand in one file, every file of style is linked, and every class is
//! used by the page. And the README's: it names what the program reads.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Functions that make a colour of numbers.
const FUNCTIONS: [&str; 10] = [
    "rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(", "color(",
];

/// Colours by name that are likely to slip in.
const NAMES: [&str; 14] = [
    "black", "white", "red", "green", "blue", "gray", "grey", "silver", "orange", "yellow",
    "purple", "navy", "teal", "maroon",
];

#[test]
fn every_style_file_is_linked() {
    let index = fs::read_to_string(root().join("index.html")).unwrap();
    for (name, _) in styles() {
        assert!(
            index.contains(&format!("href=\"style/{name}\"")),
            "index.html does not link style/{name}: what it says is never seen."
        );
    }
}

#[test]
fn colours_stand_in_tokens_css_alone() {
    for (name, text) in styles()
        .into_iter()
        .filter(|(name, _)| name != "tokens.css")
    {
        for value in values(&text) {
            let literal = value.contains('#')
                || FUNCTIONS.iter().any(|function| value.contains(function))
                || value
                    .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                    .any(|word| NAMES.contains(&word));
            assert!(
                !literal,
                "style/{name} says `{value}`: a colour by its role stands in tokens.css, where light and dark are side by side."
            );
        }
    }
}

#[test]
fn every_class_of_the_style_is_used_by_the_page() {
    let mut page = String::new();
    read(&root().join("src/bin/app"), &mut page);
    let words: Vec<&str> = page
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .collect();
    for (name, text) in styles() {
        for class in classes(&text) {
            assert!(
                words.contains(&class.as_str()),
                "style/{name} styles .{class}, which no component has."
            );
        }
    }
}

/// The style's files, without their comments.
fn styles() -> BTreeMap<String, String> {
    let styles: BTreeMap<String, String> = fs::read_dir(root().join("style"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "css"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, without_comments(&fs::read_to_string(path).unwrap()))
        })
        .collect();
    assert!(styles.len() > 10, "{} files", styles.len());
    styles
}

fn without_comments(text: &str) -> String {
    text.split("/*")
        .enumerate()
        .map(|(at, part)| match at {
            0 => part,
            _ => part.split_once("*/").unwrap_or_default().1,
        })
        .collect()
}

/// What stands behind the colons of declarations; a selector's are followed by a brace.
fn values(text: &str) -> Vec<String> {
    text.split_inclusive([';', '{', '}'])
        .filter(|part| !part.ends_with('{'))
        .filter_map(|part| {
            Some(
                part.split_once(':')?
                    .1
                    .trim_end_matches([';', '}'])
                    .trim()
                    .to_owned(),
            )
        })
        .collect()
}

/// The classes of selectors.
fn classes(text: &str) -> Vec<String> {
    text.split_inclusive([';', '{', '}'])
        .filter(|part| part.ends_with('{') && !part.trim_start().starts_with('@'))
        .flat_map(|selector| selector.split('.').skip(1))
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect()
        })
        .collect()
}

fn read(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_readme_names_every_format() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for format in mailtrace::formats::FORMATS {
        let row = format!("| {} |", format.title());
        assert!(
            readme.contains(&row),
            "the README's table lacks “{}”",
            format.title()
        );
    }
}
