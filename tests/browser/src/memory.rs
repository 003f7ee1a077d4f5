//! What a tree of processes holds in memory, as Linux counts it.

use std::collections::BTreeMap;
use std::fs;

/// Bytes that a process and everything it started hold, in kilobytes' precision.
///
/// The proportional set size: pages that several processes share, the browser's own code above all,
/// count once in all.
pub(crate) fn of_tree(root: u32) -> u64 {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry.file_name().to_string_lossy().parse::<u32>();
        if let Ok(pid) = pid
            && let Some(parent) = parent(pid)
        {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut open = vec![root];
    let mut bytes = 0;
    while let Some(pid) = open.pop() {
        bytes += held(pid);
        open.extend(children.get(&pid).into_iter().flatten());
    }
    bytes
}

/// The fourth word of `stat`, behind a name in brackets that may hold anything.
fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// A process that ends meanwhile holds nothing.
fn held(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let kilobytes = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
