//! What other programs make of the same real logs, where these lie beside the project.

mod support;
use support::*;

#[test]
fn show() {
    let folder = root().join("../../shared/corpus/postfix");
    let folder = if folder.is_dir() {
        folder
    } else {
        root().join("../shared/corpus/postfix")
    };
    let table = std::fs::read_to_string(
        folder.join("expected/lightmeterio-ControlCenter__tracking_expectations.tsv"),
    )
    .unwrap();
    let mut seen: Vec<&str> = Vec::new();
    for row in table.lines().skip(1) {
        let f: Vec<&str> = row.split('\t').collect();
        if f[3] != "len(pub.results)" || seen.contains(&f[2]) {
            continue;
        }
        seen.push(f[2]);
        let sources: Vec<Source> = f[2]
            .split(" + ")
            .filter_map(|n| {
                let p = folder.join(format!("lightmeterio-ControlCenter__{n}"));
                std::fs::read(&p).ok().map(|b| read(n, &b))
            })
            .collect();
        println!(
            "=== {} expects {} ({} files here)",
            f[2],
            f[5],
            sources.len()
        );
        if sources.is_empty() {
            continue;
        }
        println!("{}", deliveries_without_places(&trace(&sources)));
    }
}
