//! The recipients of a message as a tree: a group with its members below it, an address that was
//! replaced with its replacement. Pure.

use std::collections::{BTreeMap, BTreeSet};

use mailtrace::delivery::status::Status;
use mailtrace::protocol::RecipientView;

/// Groups within groups that are shown as such.
const DEEPEST: usize = 32;

/// A recipient and those who came from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub recipient: RecipientView,
    pub members: Vec<Node>,
}

impl Node {
    /// Everyone below, by status, in the order of [`Status::ALL`]. What stands for others is not
    /// counted: a group within the group, an address that was replaced.
    pub fn counts(&self) -> Vec<(Status, u64)> {
        let mut counts = [0; Status::ALL.len()];
        self.count_below(&mut counts);
        let counts = Status::ALL.into_iter().zip(counts);
        counts.filter(|(_, count)| *count > 0).collect()
    }

    fn count_below(&self, counts: &mut [u64; Status::ALL.len()]) {
        for member in &self.members {
            let one = &member.recipient;
            let stands_for_others = !one.replaced_by.is_empty() || one.status == Status::Expanded;
            if !stands_for_others && let Some(count) = counts.get_mut(one.status as usize) {
                *count += 1;
            }
            member.count_below(counts);
        }
    }

    /// Whether this is the delivery, or it is below.
    pub fn holds(&self, delivery: u32) -> bool {
        self.recipient.delivery == delivery
            || self.members.iter().any(|member| member.holds(delivery))
    }

    /// Everyone below.
    pub fn len(&self) -> usize {
        self.members.iter().map(|member| member.len() + 1).sum()
    }
}

/// The tree, in the order of the recipients that are given. Nobody stands in it twice, whatever the
/// logs say of who came from whom.
pub fn tree(recipients: Vec<RecipientView>) -> Vec<Node> {
    let by_address: BTreeMap<String, usize> = recipients
        .iter()
        .enumerate()
        .rev()
        .map(|(at, one)| (one.recipient.to_ascii_lowercase(), at))
        .collect();
    let find = |address: &str| match address {
        "" => None,
        address => by_address.get(&address.to_ascii_lowercase()).copied(),
    };
    // Who was put in the place of an address stands below it, said from either side.
    let mut parents: Vec<Option<usize>> =
        recipients.iter().map(|one| find(&one.came_from)).collect();
    for (at, one) in recipients.iter().enumerate() {
        let parent = find(&one.replaced_by).and_then(|to| parents.get_mut(to));
        if let Some(parent @ None) = parent {
            *parent = Some(at);
        }
    }
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut roots = Vec::new();
    for (at, parent) in parents.iter().enumerate() {
        match parent {
            Some(parent) if *parent != at => children.entry(*parent).or_default().push(at),
            _ => roots.push(at),
        }
    }
    let mut grower = Grower {
        recipients,
        children,
        seen: BTreeSet::new(),
    };
    // Those who came from each other in a circle, or are too deep, hang from nowhere.
    roots.extend(0..grower.recipients.len());
    roots
        .into_iter()
        .filter_map(|at| grower.node(at, 0))
        .collect()
}

struct Grower {
    recipients: Vec<RecipientView>,
    children: BTreeMap<usize, Vec<usize>>,
    seen: BTreeSet<usize>,
}

impl Grower {
    fn node(&mut self, at: usize, depth: usize) -> Option<Node> {
        if depth > DEEPEST || !self.seen.insert(at) {
            return None;
        }
        let recipient = self.recipients.get(at)?.clone();
        let below = self.children.get(&at).cloned().unwrap_or_default();
        let members = below
            .into_iter()
            .filter_map(|at| self.node(at, depth + 1))
            .collect();
        Some(Node { recipient, members })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(recipient: &str, status: Status, came_from: &str, replaced_by: &str) -> RecipientView {
        RecipientView {
            delivery: 0,
            recipient: recipient.to_owned(),
            status,
            came_from: came_from.to_owned(),
            replaced_by: replaced_by.to_owned(),
        }
    }

    /// `team(ann bob)`.
    fn drawn(nodes: &[Node]) -> String {
        let drawn = nodes.iter().map(|node| {
            let name = node.recipient.recipient.clone();
            match node.members.as_slice() {
                [] => name,
                members => format!("{name}({})", drawn(members)),
            }
        });
        drawn.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn members_stand_below_their_group_and_replacements_below_what_they_replaced() {
        let nodes = tree(vec![
            one("ann", Status::Delivered, "Team", ""),
            one("team", Status::Expanded, "", ""),
            one("desk", Status::Expanded, "team", ""),
            one("bob", Status::Failed, "desk", ""),
            one("old", Status::Delivered, "team", "new"),
            one("new", Status::Delivered, "", ""),
            one("eve", Status::Pending, "elsewhere", ""),
        ]);
        assert_eq!(drawn(&nodes), "team(ann desk(bob) old(new)) eve");
        let team = &nodes[0];
        assert_eq!(team.len(), 5);
        assert_eq!(team.counts(), [(Status::Delivered, 2), (Status::Failed, 1)]);
    }

    #[test]
    fn a_circle_holds_everyone_once() {
        let nodes = tree(vec![
            one("a", Status::Expanded, "b", ""),
            one("b", Status::Expanded, "a", ""),
            one("c", Status::Delivered, "c", ""),
        ]);
        assert_eq!(drawn(&nodes), "c a(b)");
    }
}
