//! Every rule that gives a status has a fixture of its name, and decides one of its deliveries.

mod support;

use mailtrace::delivery::rule::Rule;
use support::*;

#[test]
fn every_rule_decides_a_delivery_of_its_fixture() {
    for rule in Rule::ALL {
        let own = fixtures("rules").into_iter();
        let is_its =
            |path: &std::path::Path| path.file_stem().is_some_and(|stem| stem == rule.name());
        let mut own = own.filter(|(path, _)| is_its(path));
        let (_, bytes) = own
            .next()
            .unwrap_or_else(|| panic!("the fixture of {} is missing", rule.name()));
        let traced = trace(&[read("log", &bytes)]);
        let decided: Vec<Rule> = traced
            .deliveries()
            .map(|(_, delivery)| delivery.rule)
            .collect();
        assert!(
            decided.contains(rule),
            "{}: no delivery is decided by the rule",
            rule.name()
        );
        assert!(
            decided.iter().any(|other| other != rule),
            "{}: no look-alike that the rule does not decide",
            rule.name()
        );
    }
}

#[test]
fn every_fixture_of_a_rule_names_one() {
    for (path, _) in fixtures("rules") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            Rule::ALL.iter().any(|rule| rule.name() == name),
            "{} is the name of no rule",
            path.display()
        );
    }
}

#[test]
fn names_of_rules_are_unique_and_each_states_its_source() {
    let mut names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Rule::ALL.len());
    assert!(Rule::ALL.iter().all(|rule| !rule.source().is_empty()));
}
