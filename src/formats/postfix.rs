//! Postfix, as it speaks to syslog.
use super::{Format, Line, Reader, Reading, Sink};

pub struct Postfix;

impl Format for Postfix {
    fn id(&self) -> &'static str {
        "postfix"
    }
    fn title(&self) -> &'static str {
        "Postfix (syslog)"
    }
    fn samples(&self) -> &'static [&'static str] {
        &[]
    }
    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Dialect)
    }
}

struct Dialect;

impl Reader for Dialect {
    fn line(&mut self, _line: &Line<'_>, _out: &mut dyn Sink) -> Reading {
        Reading::Unknown
    }
}
