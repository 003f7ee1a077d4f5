//! What happens to each message, decided from the seed: facts for the writers, and the story of every
//! recipient for the score. A flow knows no format.

pub mod exchange;
pub mod queue;
pub mod relay;

use std::rc::Rc;

use queue::Queue;

use crate::calendar::{DAY, MILLISECOND, SECOND, Time};
use crate::fact::{Client, Entry, Fact, Mail, Text, What};
use crate::random::Random;
use crate::schedule::Schedule;
use crate::truth::{Status, Story, Turn};
use crate::world::{Host, World};

/// What is planned: facts, stories once they are over, and what one system hands to another.
#[derive(Debug)]
pub enum Planned {
    Fact(Fact),
    Story(Box<Story>, Rc<Mail>),
    Arrival(Box<Arrival>),
}

/// A message on its way from one system to another. The receiver has promised to take it, and as what;
/// a refusal is the sender's to tell, in the receiver's words.
#[derive(Debug)]
pub struct Arrival {
    /// Which host takes it.
    pub host: usize,
    pub mail: Rc<Mail>,
    pub taken_as: Taken,
    /// Who hands it over.
    pub client: Client,
    /// Each recipient with its story so far.
    pub legs: Vec<(Text, Story)>,
    /// Whom the receiver refuses in the same session, if its system logs refusals.
    pub refused: Vec<Refusal>,
}

/// A recipient that a receiver refuses, for good or for now.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub at: Time,
    pub recipient: Text,
    /// The receiver's words.
    pub reply: Text,
}

/// What the receiver has called a message in its answer.
#[derive(Clone, Debug)]
pub enum Taken {
    /// The number of Exchange's copy.
    Copy(u64),
    Entry(Rc<Entry>),
    /// It began this entry, and then its filter put off or refused all that is named among the refused.
    NotInTheEnd(Rc<Entry>),
    /// It took nothing: every recipient was refused.
    Nothing,
}

/// What the flows of all topologies share.
#[derive(Debug)]
pub struct Flow {
    pub world: World,
    pub hosts: Rc<[Host]>,
    /// The names in each host's queue.
    queues: Vec<Queue>,
    /// Exchange's copies so far.
    copies: u64,
    pub random: Random,
    pub schedule: Schedule<Planned>,
    /// Messages so far.
    pub mails: u64,
    /// Stories so far.
    pub stories: u64,
}

const SUBJECTS: [&str; 13] = [
    "Offer",
    "Re: Offer, second version",
    "Minutes of Monday",
    "Invoice 4711",
    "Re: \"old\" price, again",
    "Lunch?",
    "Fwd: shipping notice; parcel 12",
    "Holiday plan",
    "Änderung der Öffnungszeiten",
    "Password expires",
    "Quarterly figures = good",
    "Re: Re: Re: Meeting room, and what was said there about the heating, the windows, the plants, the chairs, the tables, the lamps, the carpets, the curtains, the kitchen, the coffee, the tea, the cups, the plates, the spoons, the sugar, the milk, the fridge, the bin, the keys and the door, second part",
    "",
];

impl Flow {
    pub fn new(seed: u64, hosts: &[Host]) -> Self {
        let mut random = Random::new(seed);
        Flow {
            world: World::new(&mut random),
            hosts: hosts.into(),
            queues: hosts.iter().map(|_| Queue::default()).collect(),
            copies: 0,
            random,
            schedule: Schedule::default(),
            mails: 0,
            stories: 0,
        }
    }

    /// A while, in milliseconds from the first to the last.
    pub fn moment(&mut self, first: i64, last: i64) -> Time {
        self.random.between(first * MILLISECOND, last * MILLISECOND)
    }

    pub fn mail(&mut self, sender: &str, client: Client, login: Option<Text>) -> Mail {
        self.mails += 1;
        let number = self.mails;
        let domain = sender.split('@').nth(1).unwrap_or(crate::world::DOMAIN);
        let message_id: Text = match self.random.below(200) {
            0 => "".into(),
            1..20 => format!(
                "<{:08X}.{number}@{}>",
                self.random.below(1 << 32),
                domain.to_uppercase()
            )
            .into(),
            _ => format!("<{number}.{:x}@{domain}>", self.random.below(1 << 40)).into(),
        };
        Mail {
            number,
            sender: sender.into(),
            message_id,
            subject: (*self.random.pick(&SUBJECTS)).into(),
            size: 900 + self.random.below(1 << 10) * self.random.below(400),
            client,
            login,
            lost: Default::default(),
            seen_at: Default::default(),
        }
    }

    /// The same message, as its sender sends it once more: a message of its own, by the same Message-ID.
    pub fn mail_again(&mut self, mail: &Mail) -> Rc<Mail> {
        self.mails += 1;
        Rc::new(Mail {
            number: self.mails,
            sender: mail.sender.clone(),
            message_id: mail.message_id.clone(),
            subject: mail.subject.clone(),
            size: mail.size,
            client: mail.client.clone(),
            login: mail.login.clone(),
            lost: Default::default(),
            seen_at: Default::default(),
        })
    }

    /// The number of a new copy at an Exchange server.
    pub fn copy_number(&mut self) -> u64 {
        self.copies += 1;
        70_912_345_560_000 + self.copies * 17
    }

    /// A name in a host's queue, and an entry under it.
    pub fn queued(&mut self, host: usize, mail: &Rc<Mail>, client: Client, at: Time) -> Rc<Entry> {
        let (mut came, mut id) = (at, Text::from(""));
        if let (Some(queue), Some(machine)) = (self.queues.get_mut(host), self.hosts.get(host)) {
            (came, id) = queue.name(machine, at, &mut self.random);
        }
        Rc::new(Entry {
            id,
            mail: mail.clone(),
            client,
            came,
            size: mail.size + 400,
        })
    }

    /// The name of an entry that has ended may be given again.
    pub fn free(&mut self, host: usize, entry: &Entry, at: Time) {
        if let Some(queue) = self.queues.get_mut(host) {
            queue.free(at, entry.id.clone());
        }
    }

    pub fn fact(&mut self, at: Time, host: usize, mail: &Rc<Mail>, what: What) {
        let mail = Some(mail.clone());
        self.schedule
            .plan(at, Planned::Fact(Fact { host, mail, what }));
    }

    /// A story is over, but for what is never told; with it that of the address whose place it took.
    pub fn tell(&mut self, mut story: Story, mail: &Rc<Mail>) {
        if let Some(mut replaced) = story.stands_for.take() {
            replaced.turns.extend(&story.turns);
            self.tell(*replaced, mail);
        }
        self.stories += 1;
        story.turns.sort_by_key(|(at, _)| *at);
        let is_open = matches!(story.turns.last(), Some((_, Turn::UnderWay)));
        let over = match story.ends {
            Some(ends) => ends,
            None if is_open => Time::MAX,
            None => story.settled(),
        };
        self.schedule
            .plan(over, Planned::Story(Box::new(story), mail.clone()));
    }

    /// The next arrival after this one: nobody writes at night.
    pub fn pause(&mut self, at: Time, per_day: i64) -> Time {
        let hour = at.rem_euclid(DAY) / (3600 * SECOND);
        let busy = if (5..17).contains(&hour) { 1 } else { 8 };
        let mean = DAY / per_day * busy;
        self.random.between(MILLISECOND, 2 * mean)
    }
}

/// A story without turns.
pub fn story(mail: &Mail, recipient: &Text, has_id_from: Time) -> Story {
    Story {
        message: mail.number,
        sender: mail.sender.clone(),
        recipient: recipient.clone(),
        message_id: mail.message_id.clone(),
        has_id_from,
        replaced_by: None,
        stands_for: None,
        turns: Vec::new(),
        ends: None,
    }
}

/// A turn that decides.
pub fn is(status: Status, reason: &'static str) -> Turn {
    Turn::Is(status, reason)
}
