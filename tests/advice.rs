//! What a help desk reads out below a status: what it means, what to do, for whom. Every rule has it.

mod support;

use std::collections::BTreeMap;

use expect_test::expect_file;
use mailtrace::delivery::rule::Rule;
use mailtrace::explain::{self, Entry};
use support::*;

#[test]
fn each_rule_comes_with_advice() {
    let mut told: BTreeMap<Rule, String> = BTreeMap::new();
    for (path, bytes) in fixtures("rules") {
        let trace = trace(&[read("log", &bytes)]);
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        let entries = trace
            .deliveries()
            .filter_map(|(number, _)| Entry::new(&trace, number));
        for entry in entries.filter(|entry| Some(entry.rule().name()) == stem.as_deref()) {
            let advice = explain::advice(&entry);
            assert!(!advice.means.is_empty() && !advice.next.is_empty());
            assert!(!advice.whom.is_empty() && !advice.source.is_empty());
            told.entry(entry.rule()).or_insert_with(|| {
                let (rule, status) = (entry.rule().name(), entry.status().title());
                let sentence = explain::sentence(&entry);
                format!("{rule}: {status}\n  {sentence}\n  {advice}\n")
            });
        }
    }
    let missing: Vec<&Rule> = Rule::ALL
        .iter()
        .filter(|rule| !told.contains_key(rule))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let all: String = told.into_values().collect();
    expect_file!["advice.txt"].assert_eq(&all);
}
