//! JSON objects out of a text of any length, one after another (RFC 8259).
//!
//! Exports of mail logs are one object, an array of them, one a line, or an array in an envelope that
//! tells of pages, and a file may be one line of many mebibytes. So the text is scanned piece by piece:
//! each object is handed over as it closes, with those of its members that are texts, numbers or words,
//! and nothing is held but what is open. Damage costs the object that it is in: scanning goes on at
//! the next one. What an object is about is its format's to say.

use std::ops::Range;

/// The most that is held of objects that are open, in bytes.
const HELD_LEN: usize = 1 << 20;
/// The most members that are held of them.
const MEMBERS: usize = 1 << 14;
/// Containers within each other; no export has more.
const DEPTH: usize = 64;

/// An object that has closed.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// Its opening brace, counted in the source's unpacked text.
    pub offset: u64,
    text: &'a [u8],
    members: &'a [Member],
}

impl<'a> Object<'a> {
    /// The value of the first member of this name, whatever its case; empty for none, null, and what
    /// is no text, number or word.
    pub fn get(&self, name: &str) -> &'a [u8] {
        let member = self.member(name);
        let value = member.and_then(|member| self.text.get(member.value.clone()));
        value.unwrap_or_default()
    }

    /// Whether there is a member of this name, though it may be null.
    pub fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// An object that stands in it as a text, as log shippers keep the original (Elastic Common Schema,
    /// `event.original`).
    pub fn wrapped(&self) -> Option<&'a [u8]> {
        let names = ["original", "event.original", "message"];
        let texts = names.iter().map(|name| self.get(name).trim_ascii());
        texts.into_iter().find(|text| text.first() == Some(&b'{'))
    }

    fn member(&self, name: &str) -> Option<&'a Member> {
        self.members.iter().find(|member| {
            let key = self.text.get(member.key.clone());
            key.is_some_and(|key| key.eq_ignore_ascii_case(name.as_bytes()))
        })
    }
}

/// Takes what a scan finds.
pub trait Objects {
    /// An object begins that stands in an array, or in nothing.
    fn begins(&mut self) {}

    /// An object has closed.
    fn object(&mut self, object: &Object<'_>) -> Taken;

    /// An object was damaged, or is none that is known.
    fn lost(&mut self) {}

    /// Something stands outside of all objects that is no JSON.
    fn stray(&mut self) {}

    /// What was scanned since the last object has been understood.
    fn understood(&mut self) {}
}

/// What was made of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is what is looked for.
    Item,
    /// It tells of the items that it holds, or would hold.
    Envelope,
    Foreign,
}

#[derive(Clone, Debug)]
struct Member {
    key: Range<usize>,
    value: Range<usize>,
}

/// A container that is open.
#[derive(Clone, Debug)]
struct Frame {
    is_object: bool,
    /// Of an object that is the value of a member: that member's name.
    key: Option<Range<usize>>,
    offset: u64,
    /// What was held when it opened.
    text: usize,
    members: usize,
    holds_items: bool,
    is_damaged: bool,
}

/// What may come next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Expect {
    #[default]
    Value,
    Key,
    Colon,
    Comma,
}

/// What the scan stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Token {
    #[default]
    None,
    Word,
    Text,
    Escape,
    /// Digits of `\u0000` so far, and their number.
    Code(u32, u8),
}

/// Scans a text for objects.
#[derive(Clone, Debug, Default)]
pub struct Scanner {
    frames: Vec<Frame>,
    members: Vec<Member>,
    /// Names and values that are held, without their escapes.
    text: Vec<u8>,
    expect: Expect,
    token: Token,
    /// Where in `text` the token begins.
    start: usize,
    /// The first half of a character beyond the Basic Multilingual Plane.
    surrogate: Option<u32>,
    /// The name whose value is awaited.
    key: Option<Range<usize>>,
    /// The byte before, for finding back out of a quote that was lost.
    before: u8,
}

impl Scanner {
    /// Whether a container is open.
    pub fn is_inside(&self) -> bool {
        !self.frames.is_empty()
    }

    /// Whether an object is open that holds no item, so that its own end is missing.
    pub fn is_inside_object(&self) -> bool {
        let open = |frame: &Frame| frame.is_object && !frame.holds_items;
        self.frames.iter().any(open)
    }

    /// Scans the next piece of a text. `ends` says that a line ends with it.
    pub fn scan(&mut self, offset: u64, piece: &[u8], ends: bool, objects: &mut dyn Objects) {
        for (at, byte) in piece.iter().enumerate() {
            self.byte(offset + at as u64, *byte, objects);
            self.before = *byte;
        }
        if ends {
            self.line_end(objects);
        }
    }

    /// Scans a text that is whole.
    pub fn scan_all(text: &[u8], objects: &mut dyn Objects) {
        Scanner::default().scan(0, text, true, objects);
    }

    fn byte(&mut self, offset: u64, byte: u8, objects: &mut dyn Objects) {
        match self.token {
            Token::Text => return self.in_text(offset, byte, objects),
            Token::Escape => return self.escape(byte),
            Token::Code(code, digits) => return self.code(code, digits, byte),
            Token::Word if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+') => {
                return self.hold(&[byte]);
            }
            Token::Word => self.word_end(),
            Token::None => {}
        }
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'{' | b'[' => self.open(offset, byte == b'{', objects),
            b'}' | b']' => self.close(byte == b'}', objects),
            b',' => {
                if matches!(self.expect, Expect::Colon)
                    || self.expect == Expect::Value && self.key.is_some()
                {
                    self.damage(objects);
                }
                self.expect = self.after_comma();
            }
            b':' if self.expect == Expect::Colon => self.expect = Expect::Value,
            b'"' => {
                if self.expect == Expect::Colon || self.expect == Expect::Comma {
                    self.damage(objects);
                    self.expect = self.after_comma();
                }
                self.begin(Token::Text);
            }
            byte if self.expect == Expect::Value
                && !self.frames.is_empty()
                && (byte.is_ascii_alphanumeric() || byte == b'-') =>
            {
                self.begin(Token::Word);
                self.hold(&[byte]);
            }
            // The byte order mark.
            0xEF | 0xBB | 0xBF if self.frames.is_empty() => {}
            _ => self.damage(objects),
        }
    }

    fn after_comma(&self) -> Expect {
        match self.frames.last() {
            Some(frame) if frame.is_object => Expect::Key,
            _ => Expect::Value,
        }
    }

    fn begin(&mut self, token: Token) {
        self.token = token;
        self.start = self.text.len();
        self.surrogate = None;
    }

    /// Holds bytes of a token, unless they belong to an object that is lost or too long.
    fn hold(&mut self, bytes: &[u8]) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        if frame.is_damaged {
            return;
        }
        if self.text.len() + bytes.len() > HELD_LEN || self.members.len() >= MEMBERS {
            frame.is_damaged = true;
            self.text.truncate(frame.text);
            self.members.truncate(frame.members);
            self.start = self.text.len();
            return;
        }
        self.text.extend_from_slice(bytes);
    }

    fn in_text(&mut self, offset: u64, byte: u8, objects: &mut dyn Objects) {
        match byte {
            b'\\' => self.token = Token::Escape,
            b'"' => {
                self.token = Token::None;
                let is_lost = self.frames.last().is_some_and(|frame| frame.is_damaged);
                if is_lost && self.before == b'{' {
                    // A quote was lost: what seemed text is not, and here an object begins.
                    self.expect = Expect::Comma;
                    self.open(offset.saturating_sub(1), true, objects);
                    self.begin(Token::Text);
                } else {
                    self.value_end(true);
                }
            }
            byte => {
                self.surrogate = None;
                self.hold(&[byte]);
            }
        }
    }

    fn escape(&mut self, byte: u8) {
        self.token = Token::Text;
        let byte = match byte {
            b'u' => {
                self.token = Token::Code(0, 0);
                return;
            }
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            byte => byte,
        };
        self.surrogate = None;
        self.hold(&[byte]);
    }

    fn code(&mut self, code: u32, digits: u8, byte: u8) {
        let Some(digit) = char::from(byte).to_digit(16) else {
            // No code at all: what follows is text.
            self.token = Token::Text;
            self.surrogate = None;
            self.hold(
                char::REPLACEMENT_CHARACTER
                    .encode_utf8(&mut [0; 4])
                    .as_bytes(),
            );
            if byte != b'"' {
                self.hold(&[byte]);
            } else {
                self.token = Token::None;
                self.value_end(true);
            }
            return;
        };
        let code = code * 16 + digit;
        if digits < 3 {
            self.token = Token::Code(code, digits + 1);
            return;
        }
        self.token = Token::Text;
        let code = match (self.surrogate.take(), code) {
            (None, 0xD800..=0xDBFF) => {
                self.surrogate = Some(code);
                return;
            }
            (Some(high), 0xDC00..=0xDFFF) => 0x1_0000 + ((high - 0xD800) << 10) + (code - 0xDC00),
            (_, code) => code,
        };
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.hold(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn word_end(&mut self) {
        self.token = Token::None;
        let word = self.text.get(self.start..).unwrap_or_default();
        if word == b"null" {
            self.text.truncate(self.start);
        }
        self.value_end(false);
    }

    /// A text or word has ended: it is a name, a value, or neither.
    fn value_end(&mut self, is_text: bool) {
        let span = self.start..self.text.len().max(self.start);
        let Some(frame) = self.frames.last() else {
            self.expect = Expect::Value;
            return;
        };
        if self.expect == Expect::Key && is_text {
            self.key = Some(span);
            self.expect = Expect::Colon;
            return;
        }
        self.expect = Expect::Comma;
        match self.key.take() {
            Some(key) if frame.is_object && !frame.is_damaged => {
                self.members.push(Member { key, value: span })
            }
            // Items of an array are not held.
            _ => self.text.truncate(self.start),
        }
    }

    fn open(&mut self, offset: u64, is_object: bool, objects: &mut dyn Objects) {
        // Where an object can't begin, the one before has no end.
        while let Some(frame) = self.frames.last() {
            if !frame.is_object || self.expect == Expect::Value && self.key.is_some() {
                break;
            }
            self.drop_frame(objects);
        }
        if self.frames.len() >= DEPTH {
            while !self.frames.is_empty() {
                self.drop_frame(objects);
            }
        }
        let key = self.key.take();
        let in_object = self.frames.last().is_some_and(|frame| frame.is_object);
        if is_object && !in_object {
            objects.begins();
        }
        self.frames.push(Frame {
            is_object,
            key: key.filter(|_| in_object),
            offset,
            text: self.text.len(),
            members: self.members.len(),
            holds_items: false,
            is_damaged: false,
        });
        self.expect = match is_object {
            true => Expect::Key,
            false => Expect::Value,
        };
    }

    fn close(&mut self, is_object: bool, objects: &mut dyn Objects) {
        // A brace that closes nothing is what is left of a file that was cut.
        if !self.frames.iter().any(|frame| frame.is_object == is_object) {
            return;
        }
        while self
            .frames
            .last()
            .is_some_and(|frame| frame.is_object != is_object)
        {
            self.drop_frame(objects);
        }
        if self.expect == Expect::Colon || self.expect == Expect::Value && self.key.is_some() {
            self.damage(objects);
        }
        let Some(frame) = self.frames.pop() else {
            return;
        };
        self.key = None;
        self.expect = Expect::Comma;
        if !frame.is_object {
            self.inherit(frame.holds_items);
            return self.forget(&frame);
        }
        let taken = match frame.is_damaged {
            true => Taken::Foreign,
            false => objects.object(&Object {
                offset: frame.offset,
                text: &self.text,
                members: self.members.get(frame.members..).unwrap_or_default(),
            }),
        };
        let is_element = self.frames.last().is_none_or(|parent| !parent.is_object);
        match taken {
            Taken::Item | Taken::Envelope if !frame.is_damaged => objects.understood(),
            _ if frame.is_damaged => objects.lost(),
            _ if frame.holds_items => objects.understood(),
            _ if is_element => objects.lost(),
            _ => {}
        }
        self.inherit(taken == Taken::Item || frame.holds_items);
        let value = self.value_of(&frame);
        self.forget(&frame);
        if let (Some(key), Some(value)) = (frame.key, value) {
            let start = self.text.len();
            self.text.extend_from_slice(&value);
            let value = start..self.text.len();
            if !self.frames.last().is_none_or(|parent| parent.is_damaged) {
                self.members.push(Member { key, value });
            }
        }
    }

    /// PowerShell writes a date that it has added properties to as an object with the date as `value`.
    fn value_of(&self, frame: &Frame) -> Option<Vec<u8>> {
        frame.key.as_ref()?;
        let object = Object {
            offset: frame.offset,
            text: &self.text,
            members: self.members.get(frame.members..).unwrap_or_default(),
        };
        let value = object.get("value");
        (!value.is_empty()).then(|| value.to_vec())
    }

    fn inherit(&mut self, holds_items: bool) {
        if let Some(parent) = self.frames.last_mut() {
            parent.holds_items |= holds_items;
        }
    }

    fn forget(&mut self, frame: &Frame) {
        self.text.truncate(frame.text);
        self.members.truncate(frame.members);
    }

    /// Gives up the innermost container, which has no end.
    fn drop_frame(&mut self, objects: &mut dyn Objects) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        self.forget(&frame);
        self.inherit(frame.holds_items);
        self.key = None;
        self.expect = Expect::Comma;
        if frame.is_object {
            objects.lost();
        }
    }

    /// What was scanned makes no sense: the innermost object is not to be trusted.
    fn damage(&mut self, objects: &mut dyn Objects) {
        self.key = None;
        match self.frames.last_mut() {
            Some(frame) if frame.is_object => {
                if !frame.is_damaged {
                    frame.is_damaged = true;
                    self.text.truncate(frame.text);
                    self.members.truncate(frame.members);
                    self.start = self.text.len();
                }
                self.expect = Expect::Comma;
            }
            _ => objects.stray(),
        }
    }

    /// Neither texts nor words go on in the next line.
    fn line_end(&mut self, objects: &mut dyn Objects) {
        match self.token {
            Token::None => {}
            Token::Word => self.word_end(),
            _ => {
                self.token = Token::None;
                self.damage(objects);
            }
        }
    }
}

#[cfg(test)]
mod tests;
