//! Comma-separated records (RFC 4180), field by field, without an allocation per record.
//!
//! It splits one record at a time and knows nothing of columns or headers; what lines make a record is
//! the reader's to find out, with the help of [`End::Open`].

use memchr::memchr;

/// Whether a record's text is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Whole,
    /// A quote is still open: the record goes on in the next line, or is broken.
    Open,
}

/// The fields of one record. Made once and used for every record of a source.
#[derive(Debug)]
pub struct Fields {
    delimiter: u8,
    spans: Vec<Span>,
    /// The text of fields that hold doubled quotes, with single ones.
    unquoted: Vec<u8>,
    /// The quoted field that has not ended.
    open: Option<Quoted>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
    /// The text lies in `Fields::unquoted`, not in the record.
    unquoted: bool,
}

#[derive(Clone, Copy, Debug)]
struct Quoted {
    start: usize,
    /// Where the search for the closing quote goes on.
    from: usize,
    doubled: bool,
}

impl Fields {
    pub fn new(delimiter: u8) -> Fields {
        Fields {
            delimiter,
            spans: Vec::new(),
            unquoted: Vec::new(),
            open: None,
        }
    }

    /// Splits a record, less its line end.
    pub fn split(&mut self, record: &[u8]) -> End {
        self.spans.clear();
        self.unquoted.clear();
        self.open = None;
        self.fields_from(record, 0)
    }

    /// Goes on after [`End::Open`], when more has been appended to the same record. What was seen is
    /// not looked at again, so a record of many lines takes no longer than one of the same length.
    pub fn resume(&mut self, record: &[u8]) -> End {
        let Some(quoted) = self.open.take() else {
            return End::Whole;
        };
        // An open field was noted as far as it went.
        self.spans.pop();
        match self.quoted(record, quoted) {
            Some(next) => self.fields_from(record, next),
            None => self.end(),
        }
    }

    /// How many fields there are; an open one counts.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// A field of the record that was split last; empty where the record has none.
    pub fn get<'a>(&'a self, record: &'a [u8], index: usize) -> &'a [u8] {
        let text = self.spans.get(index).and_then(|span| {
            let whole = if span.unquoted {
                &self.unquoted
            } else {
                record
            };
            whole.get(span.start..span.end)
        });
        text.unwrap_or_default()
    }

    fn end(&self) -> End {
        match self.open {
            Some(_) => End::Open,
            None => End::Whole,
        }
    }

    fn fields_from(&mut self, record: &[u8], mut start: usize) -> End {
        while let Some(rest) = record.get(start..) {
            start = if rest.first() == Some(&b'"') {
                let quoted = Quoted {
                    start: start + 1,
                    from: start + 1,
                    doubled: false,
                };
                match self.quoted(record, quoted) {
                    Some(next) => next,
                    None => break,
                }
            } else {
                // Many fields are empty, and a call costs more than a look.
                let len = match rest.first() {
                    Some(first) if *first == self.delimiter => 0,
                    _ => memchr(self.delimiter, rest).unwrap_or(rest.len()),
                };
                let end = start + len;
                self.spans.push(Span {
                    start,
                    end,
                    unquoted: false,
                });
                end + 1
            };
        }
        self.end()
    }

    /// Reads a quoted field and gives where the next field starts; `None` if the quote stays open.
    ///
    /// A quote that neither is doubled nor ends the field belongs to the text: that is what writers
    /// mean who forget to double it.
    fn quoted(&mut self, record: &[u8], quoted: Quoted) -> Option<usize> {
        let Quoted {
            start,
            mut from,
            mut doubled,
        } = quoted;
        while let Some(found) = record.get(from..).and_then(|rest| memchr(b'"', rest)) {
            let quote = from + found;
            match record.get(quote + 1) {
                Some(b'"') => {
                    doubled = true;
                    from = quote + 2;
                }
                Some(next) if *next != self.delimiter => from = quote + 1,
                _ => {
                    self.note(record, start, quote, doubled);
                    return Some(quote + 2);
                }
            }
        }
        self.open = Some(Quoted {
            start,
            from: record.len(),
            doubled,
        });
        self.spans.push(Span {
            start,
            end: record.len(),
            unquoted: false,
        });
        None
    }

    fn note(&mut self, record: &[u8], start: usize, end: usize, doubled: bool) {
        let mut span = Span {
            start,
            end,
            unquoted: doubled,
        };
        if doubled {
            span.start = self.unquoted.len();
            let mut rest = record.get(start..end).unwrap_or_default();
            while let Some(quote) = memchr(b'"', rest) {
                let (text, after) = rest.split_at_checked(quote + 1).unwrap_or((rest, &[]));
                self.unquoted.extend_from_slice(text);
                rest = after.strip_prefix(b"\"").unwrap_or(after);
            }
            self.unquoted.extend_from_slice(rest);
            span.end = self.unquoted.len();
        }
        self.spans.push(span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(record: &str) -> (End, Vec<String>) {
        let mut fields = Fields::new(b',');
        let end = fields.split(record.as_bytes());
        let texts = (0..fields.len())
            .map(|index| String::from_utf8(fields.get(record.as_bytes(), index).to_vec()).unwrap())
            .collect();
        (end, texts)
    }

    #[test]
    fn fields_are_split_as_rfc_4180_says() {
        let whole = |texts: &[&str]| (End::Whole, texts.iter().map(|t| (*t).to_owned()).collect());
        assert_eq!(split(""), whole(&[""]));
        assert_eq!(split("a,,b,"), whole(&["a", "", "b", ""]));
        assert_eq!(split(r#""a,b",c"#), whole(&["a,b", "c"]));
        assert_eq!(
            split(r#""say ""hi"", Ann","""#),
            whole(&["say \"hi\", Ann", ""])
        );
        assert_eq!(
            split("a,\"\"\""),
            (End::Open, vec!["a".into(), "\"\"".into()])
        );
        assert_eq!(split(r#""""""#), whole(&["\""]));
        assert_eq!(split("\"two\nlines\",x"), whole(&["two\nlines", "x"]));
        assert_eq!(split(r#"5" disk,6"#), whole(&["5\" disk", "6"]));
        assert_eq!(split(r#""a "b" c",d"#), whole(&["a \"b\" c", "d"]));
    }

    #[test]
    fn a_record_is_resumed_where_it_stood() {
        let record = b"1,\"two \"\"q\"\"\nmore\nend\",3";
        let mut fields = Fields::new(b',');
        assert_eq!(fields.split(&record[..12]), End::Open);
        assert_eq!(fields.resume(&record[..17]), End::Open);
        assert_eq!(fields.resume(record), End::Whole);
        assert_eq!(fields.len(), 3);
        assert_eq!(fields.get(record, 1), b"two \"q\"\nmore\nend");
        assert_eq!(fields.get(record, 2), b"3");
        assert_eq!(fields.get(record, 3), b"");
    }

    proptest! {
        #[test]
        fn what_was_quoted_is_read_back(texts in prop::collection::vec("[a\",; \n]{0,8}", 1..6)) {
            let quoted: Vec<String> =
                texts.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect();
            prop_assert_eq!(split(&quoted.join(",")), (End::Whole, texts));
        }

        #[test]
        fn a_record_in_two_pieces_is_the_record_whole(text in "[a\",\n]{0,40}") {
            let text = text.as_bytes();
            let mut whole = Fields::new(b',');
            let end = whole.split(text);
            for line_end in memchr::memchr_iter(b'\n', text) {
                let mut pieces = Fields::new(b',');
                if pieces.split(&text[..line_end]) == End::Open {
                    prop_assert_eq!(pieces.resume(text), end);
                    prop_assert_eq!(pieces.len(), whole.len());
                    for index in 0..whole.len() {
                        prop_assert_eq!(pieces.get(text, index), whole.get(text, index));
                    }
                }
            }
        }

        #[test]
        fn arbitrary_bytes_are_split(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut fields = Fields::new(b',');
            fields.split(&bytes);
            prop_assert!(!fields.is_empty());
        }
    }
}
