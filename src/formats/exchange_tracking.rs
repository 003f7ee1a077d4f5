//! Exchange Server message tracking logs (MSGTRK, MSGTRKMA, MSGTRKMD, MSGTRKMS).
use super::{Format, Line, Reader, Reading, Sink};

pub struct ExchangeTracking;

impl Format for ExchangeTracking {
    fn id(&self) -> &'static str {
        "exchange_tracking"
    }
    fn title(&self) -> &'static str {
        "Exchange message tracking log"
    }
    fn samples(&self) -> &'static [&'static str] {
        &[]
    }
    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Tracking)
    }
}

struct Tracking;

impl Reader for Tracking {
    fn line(&mut self, _line: &Line<'_>, _out: &mut dyn Sink) -> Reading {
        Reading::Unknown
    }
}
