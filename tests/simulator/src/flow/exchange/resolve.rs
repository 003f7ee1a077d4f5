//! What each address stands for: groups, groups of groups, moderated ones, other names, forwards.

use super::{Copy, Leg, Servers};
use crate::calendar::Time;
use crate::fact::Text;
use crate::flow::{Flow, story};
use crate::truth::{Status, Story, Turn};

impl Servers {
    /// What each address stands for.
    pub(super) fn resolve(&mut self, flow: &mut Flow, copy: &Copy, legs: Vec<Leg>, mut at: Time) {
        // Some departments' mail is journaled.
        if flow.random.per_mille(15) && !copy.mail.sender.is_empty() {
            self.journal(flow, copy, at + 500);
        }
        let mut known: Vec<Leg> = Vec::new();
        let mut unknown = None;
        for mut leg in legs {
            at += flow.moment(1, 15);
            let address = leg.address.clone();
            let nested = flow
                .world
                .nested
                .iter()
                .find(|(group, _)| *group == address);
            let alias = flow
                .world
                .aliases
                .iter()
                .find(|(group, _)| *group == address);
            let forward = flow
                .world
                .forwards
                .iter()
                .find(|(from, _)| *from == address);
            if let Some((_, groups)) = nested.cloned() {
                let groups: Vec<(Text, Vec<Text>)> = groups
                    .iter()
                    .filter_map(|place| flow.world.aliases.get(*place).cloned())
                    .collect();
                let names: Vec<Text> = groups.iter().map(|(name, _)| name.clone()).collect();
                self.expand(flow, copy, &address, &names, at);
                leg.story
                    .turns
                    .push((at, self.became(copy, Status::Expanded, "group")));
                flow.tell(leg.story, &copy.mail);
                let mut seen: Vec<Text> = Vec::new();
                for (name, members) in groups {
                    at += flow.moment(1, 15);
                    self.expand(flow, copy, &name, &members, at);
                    let mut story = story(&copy.mail, &name, at);
                    story
                        .turns
                        .push((at, self.became(copy, Status::Expanded, "group")));
                    flow.tell(story, &copy.mail);
                    let twice: Vec<Text> = members
                        .iter()
                        .filter(|one| seen.contains(one))
                        .cloned()
                        .collect();
                    if !twice.is_empty() {
                        let mut row = self.row(copy, "ROUTING", "DUPLICATEEXPAND");
                        row.recipients = twice.into_iter().map(|one| (one, "".into())).collect();
                        row.related = Some(name.clone());
                        self.log(flow, copy, at + 1000, row);
                    }
                    for member in members {
                        if !seen.contains(&member) {
                            seen.push(member.clone());
                            known.push(self.member(copy, member, at));
                        }
                    }
                }
            } else if let Some((_, members)) = alias.cloned() {
                if &*address == "board@contoso.example" {
                    self.moderated(flow, copy, leg, members, at);
                } else if let [only] = members.as_slice() {
                    let mut row = self.row(copy, "ROUTING", "RESOLVE");
                    row.recipients = vec![(only.clone(), "".into())];
                    row.related = Some(address.clone());
                    self.log(flow, copy, at, row);
                    known.push(self.replaced(copy, leg, only, at));
                } else {
                    self.expand(flow, copy, &address, &members, at);
                    leg.story
                        .turns
                        .push((at, self.became(copy, Status::Expanded, "group")));
                    flow.tell(leg.story, &copy.mail);
                    for member in members {
                        known.push(self.member(copy, member, at));
                    }
                }
            } else if let Some((_, target)) = forward.cloned() {
                let mut row = self.row(copy, "ROUTING", "REDIRECT");
                row.recipients = vec![(target.clone(), "".into())];
                row.related = Some(address.clone());
                self.log(flow, copy, at, row);
                known.push(self.replaced(copy, leg, &target, at));
            } else if address.starts_with("nobody") || address.starts_with("former") {
                let mut row = self.row(copy, "ROUTING", "FAIL");
                let text = "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup";
                row.recipients = vec![(address.clone(), text.into())];
                self.log(flow, copy, at, row);
                leg.story
                    .turns
                    .push((at, self.became(copy, Status::Failed, "unknown")));
                flow.tell(leg.story, &copy.mail);
                unknown = Some(at);
            } else {
                known.push(leg);
            }
        }
        if !known.is_empty() {
            self.route(flow, copy, known, at);
        }
        if let Some(at) = unknown {
            self.notice(flow, copy, at);
        }
    }

    pub(super) fn member(&self, copy: &Copy, address: Text, at: Time) -> Leg {
        let mut story = story(&copy.mail, &address, at);
        story.turns.push((at, Turn::UnderWay));
        Leg { address, story }
    }

    /// The address that takes the place of this one: two stories with the same end. The first is told
    /// with the second.
    fn replaced(&self, copy: &Copy, leg: Leg, by: &Text, at: Time) -> Leg {
        let mut next = self.member(copy, by.clone(), at);
        next.story.stands_for = Some(Box::new(Story {
            replaced_by: Some((at, by.clone())),
            ..leg.story
        }));
        next
    }

    fn expand(&self, flow: &mut Flow, copy: &Copy, group: &Text, members: &[Text], at: Time) {
        const TEXT: &str = "250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded";
        let mut row = self.row(copy, "ROUTING", "EXPAND");
        row.recipients = members.iter().map(|one| (one.clone(), "".into())).collect();
        if let Some((_, status)) = row.recipients.first_mut() {
            *status = TEXT.into();
        }
        row.related = Some(group.clone());
        self.log(flow, copy, at, row);
        let mut drop = self.row(copy, "ROUTING", "DROP");
        drop.recipients = vec![(group.clone(), TEXT.into())];
        self.log(flow, copy, at + 1000, drop);
    }

    /// A group whose moderator decides.
    fn moderated(
        &mut self,
        flow: &mut Flow,
        copy: &Copy,
        mut leg: Leg,
        members: Vec<Text>,
        at: Time,
    ) {
        let one = vec![(leg.address.clone(), Text::from(""))];
        let mut row = self.row(copy, "APPROVAL", "INITMESSAGECREATED");
        row.recipients = one.clone();
        self.log(flow, copy, at, row);
        leg.story.turns.push((
            at,
            self.became(copy, Status::Pending, "waits for its moderator"),
        ));
        let decided = at + flow.moment(60_000, 14_400_000);
        let (event, turn) = match flow.random.below(10) {
            0..6 => (
                "MODERATORAPPROVE",
                self.became(copy, Status::Expanded, "group"),
            ),
            6..8 => (
                "MODERATORREJECT",
                self.became(copy, Status::Failed, "rejected by its moderator"),
            ),
            8 => (
                "MODERATIONEXPIRE",
                self.became(copy, Status::Failed, "no moderator answered"),
            ),
            _ => {
                flow.tell(leg.story, &copy.mail);
                return;
            }
        };
        let mut row = self.row(copy, "APPROVAL", event);
        row.recipients = one.clone();
        self.log(flow, copy, decided, row);
        if event == "MODERATORAPPROVE" {
            let again = self.copied(flow, copy, copy.host);
            let mut row = self.row(&again, "APPROVAL", "RECEIVE");
            row.recipients = one;
            row.reference = copy.number.to_string().into();
            let at = decided + flow.moment(100, 900);
            self.log(flow, &again, at, row);
            let at = at + flow.moment(5, 50);
            self.expand(flow, &again, &leg.address, &members, at);
            leg.story.turns.push((at, turn));
            let legs = members
                .into_iter()
                .map(|member| self.member(&again, member, at))
                .collect();
            self.route(flow, &again, legs, at);
        } else {
            leg.story.turns.push((decided, turn));
        }
        flow.tell(leg.story, &copy.mail);
    }
}
