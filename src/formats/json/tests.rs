use super::*;
use proptest::prelude::*;

/// Takes objects that have a member `id`.
#[derive(Default)]
struct Found {
    items: Vec<(u64, String, String)>,
    lost: u32,
    stray: bool,
}

impl Objects for Found {
    fn object(&mut self, object: &Object<'_>) -> Taken {
        if object.is_empty() {
            return Taken::Envelope;
        }
        if !object.has("id") {
            return Taken::Foreign;
        }
        let text = |name: &str| String::from_utf8_lossy(object.get(name)).into_owned();
        self.items.push((object.offset, text("ID"), text("s")));
        Taken::Item
    }

    fn lost(&mut self) {
        self.lost += 1;
    }

    fn stray(&mut self) {
        self.stray = true;
    }
}

/// Scans a text by lines, each in pieces.
fn scan(text: &str, step: usize) -> (Found, Scanner) {
    let (mut found, mut scanner) = (Found::default(), Scanner::default());
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let ends = line.ends_with('\n');
        let bytes = line.strip_suffix('\n').unwrap_or(line).as_bytes();
        let mut at = offset;
        for piece in bytes.chunks(step.max(1)) {
            scanner.scan(at, piece, false, &mut found);
            at += piece.len() as u64;
        }
        scanner.scan(at, b"", ends, &mut found);
        offset += line.len() as u64;
    }
    (found, scanner)
}

fn ids(text: &str) -> (Vec<String>, u32) {
    let (found, _) = scan(text, usize::MAX);
    let ids = found.items.into_iter().map(|(_, id, _)| id).collect();
    (ids, found.lost)
}

fn said(text: &str) -> String {
    let (found, _) = scan(text, usize::MAX);
    assert_eq!(found.items.len(), 1, "{text}");
    found.items[0].2.clone()
}

#[test]
fn objects_are_found_in_every_envelope() {
    let two = (vec!["1".to_owned(), "2".to_owned()], 0);
    assert_eq!(ids(r#"[{"id":1},{"id":2}]"#), two);
    assert_eq!(ids("{\"id\":1}\n{\"id\":2}\n"), two);
    assert_eq!(ids(r#"{"id":1}{"id":2}"#), two);
    assert_eq!(
        ids(r#"{"context":"x","value":[{"id":1},{"id":2}],"n":"y"}"#),
        two
    );
    assert_eq!(
        ids(r#"{"d":{"results":[{"__metadata":{"uri":"u"},"id":1},{"id":2}]}}"#),
        two
    );
    assert_eq!(
        ids("{\"value\":[{\"id\":1}]}\n{\"value\":[{\"id\":2}]}"),
        two
    );
    assert_eq!(
        ids("[\n  {\n    \"id\": 1,\n    \"s\": null\n  },\n  {\n    \"id\": 2\n  }\n]\n"),
        two
    );
    assert_eq!(ids("[]{\"value\":[]}{}"), (vec![], 0));
}

#[test]
fn offsets_are_those_of_braces() {
    let (found, _) = scan("[\n {\"id\":1},\n {\"id\":2}]", usize::MAX);
    let offsets: Vec<u64> = found.items.iter().map(|item| item.0).collect();
    assert_eq!(offsets, [3, 14]);
}

#[test]
fn texts_lose_their_escapes() {
    assert_eq!(
        said(r#"{"id":1,"s":"\u003ca\u003e \"b\" \\ \/ \t"}"#),
        "<a> \"b\" \\ / \t"
    );
    assert_eq!(said(r#"{"id":1,"s":"\u00fc\ud83d\ude00"}"#), "ü😀");
    assert_eq!(said(r#"{"id":1,"s":"\ud83dx \ude00"}"#), "x \u{fffd}");
    assert_eq!(said(r#"{"id":1,"s":"\u00zz"}"#), "\u{fffd}zz");
    assert_eq!(said(r#"{"id":1,"s":-1.5e3}"#), "-1.5e3");
    assert_eq!(said(r#"{"id":1,"s":null}"#), "");
    assert_eq!(said(r#"{"id":1,"s":["a","b"]}"#), "");
    assert_eq!(said(r#"{"id":1,"s":{"value":"v","DisplayHint":2}}"#), "v");
    assert_eq!(said(r#"{"id":1,"s":"first","S":"second"}"#), "first");
}

#[test]
fn damage_costs_only_the_object_that_it_is_in() {
    let two = |lost| (vec!["1".to_owned(), "2".to_owned()], lost);
    // Cut off, and another one behind it.
    assert_eq!(
        ids("{\"id\":1}\n{\"id\":9,\"s\":\"cut\n{\"id\":2}\n"),
        two(1)
    );
    assert_eq!(ids("[{\"id\":1},{\"id\":9,\"s\":\n{\"id\":2}]"), {
        let (found, lost) = two(1);
        (found, lost)
    });
    assert_eq!(ids(r#"[{"id":1},{"id":9,"s"},{"id":2}]"#), two(1));
    assert_eq!(ids(r#"[{"id":1},{"id":9,,x},{"id":2}]"#), two(1));
    assert_eq!(ids(r#"[{"id":1},{"id":9,"s":"a "b" c"},{"id":2}]"#), two(1));
    // A single quote too many turns text and syntax about.
    assert_eq!(ids(r#"[{"id":1},{"id":9,"s":"a " c"},{"id":2}]"#), two(1));
    assert_eq!(ids(r#"[{"id":1},{"x":9},{"id":2}]"#), two(1));
    let (found, scanner) = scan("[{\"id\":1},{\"id\":2,", usize::MAX);
    assert_eq!(found.items.len(), 1);
    assert!(scanner.is_inside_object());
}

#[test]
fn what_is_no_json_is_passed_over() {
    let (found, scanner) = scan("HTTP/1.1 200 OK\n\n{\"id\":1}\nbye }]\n", usize::MAX);
    assert_eq!((found.items.len(), found.stray), (1, true));
    assert!(!scanner.is_inside());
}

#[test]
fn no_object_is_held_beyond_its_bound() {
    let long = "x".repeat(HELD_LEN);
    let text = format!("[{{\"id\":9,\"s\":\"{long}\"}},{{\"id\":2}}]");
    let (found, scanner) = scan(&text, 4096);
    assert_eq!((found.items.len(), found.lost), (1, 1));
    assert!(scanner.text.capacity() <= 2 * HELD_LEN);
    let many = format!(
        "{{{}\"id\":9}}{{\"id\":2}}",
        "\"\":\"\",".repeat(2 * MEMBERS)
    );
    let (found, _) = scan(&many, 4096);
    assert_eq!((found.items.len(), found.lost), (1, 1));
    let (found, scanner) = scan(&format!("{}{{\"id\":2}}", "[{\"a\":".repeat(10_000)), 4096);
    assert_eq!(found.items.len(), 1);
    assert!(scanner.frames.len() <= DEPTH);
}

proptest! {
    #[test]
    fn pieces_change_nothing(text in "[\\[\\]{}\":,a1 \\\\u\n]{0,60}", step in 1..7usize) {
        let (whole, _) = scan(&text, usize::MAX);
        let (pieces, _) = scan(&text, step);
        prop_assert_eq!(whole.items, pieces.items);
        prop_assert_eq!(whole.lost, pieces.lost);
    }

    #[test]
    fn what_was_written_is_read_back(texts in prop::collection::vec(".{0,20}", 1..5), pretty in any::<bool>()) {
        let objects: Vec<serde_json::Value> = texts
            .iter()
            .map(|text| serde_json::json!({"id": "x", "s": text, "n": {"deep": [1, {"a": "}"}]}}))
            .collect();
        let text = match pretty {
            true => serde_json::to_string_pretty(&objects),
            false => serde_json::to_string(&objects),
        };
        let (found, scanner) = scan(&text.unwrap(), usize::MAX);
        let read: Vec<String> = found.items.into_iter().map(|item| item.2).collect();
        prop_assert_eq!(read, texts);
        prop_assert!(!scanner.is_inside());
    }

    #[test]
    fn an_item_after_any_damage_is_found(damage in "[\\[\\]{}\":,a1 ]{0,40}") {
        let text = format!("{{\"id\":1}}\n{{\"id\":9{damage}\n{{\"id\":2,\"s\":\"x\"}}\n");
        let (found, _) = scan(&text, usize::MAX);
        prop_assert!(found.items.iter().any(|item| item.1 == "1"));
        prop_assert!(found.items.iter().any(|item| item.1 == "2"), "{}", text);
    }
}
