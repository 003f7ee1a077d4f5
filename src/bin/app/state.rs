//! What the page knows.

use leptos::html;
use leptos::prelude::*;
use mailtrace::delivery;
use mailtrace::protocol::{DetailView, Found, LineView, Notice, SourceView, Storage, Ticket};
use mailtrace::search::Sort;

use crate::bridge::Bridge;
use crate::clock;
use crate::form::Form;
use crate::format;
use crate::import::Import;
use crate::pages::Pages;
use crate::scroll::Scroll;
use crate::settings::{Settings, Theme, ZoneChoice};

/// The page's memory: signals, made once at the root and handed down by context.
#[derive(Clone, Copy)]
pub struct State {
    /// What the person asks for.
    pub form: Form,
    /// The order of the rows.
    pub sort: RwSignal<Sort>,
    /// The newest search's counts; `None` until the first answer.
    pub found: RwSignal<Option<Found>>,
    /// The rows that are here.
    pub pages: RwSignal<Pages>,
    /// Which rows are on the screen.
    pub scroll: RwSignal<Scroll>,
    /// The row that keys act on.
    pub cursor: RwSignal<Option<u32>>,
    /// The delivery whose detail was asked for.
    pub open: RwSignal<Option<u32>>,
    /// The detail that is shown; the former one stays until the next is here.
    pub detail: RwSignal<Option<DetailView>>,
    /// The raw lines of that detail; `None` while they are being read.
    pub lines: RwSignal<Option<Vec<LineView>>>,
    /// Every source.
    pub sources: RwSignal<Vec<SourceView>>,
    /// Whether what is imported lasts.
    pub storage: RwSignal<Storage>,
    /// Titles of the formats that are read.
    pub formats: RwSignal<Vec<String>>,
    /// The drops of this visit that are under way, or of which something is left to say.
    pub imports: RwSignal<Vec<Import>>,
    /// What the person should know and has not put away.
    pub notices: RwSignal<Vec<Notice>>,
    /// The page that is shown.
    pub place: RwSignal<Place>,
    /// The dialog that is open.
    pub dialog: RwSignal<Option<Dialog>>,
    /// Whether files are being dragged over the window.
    pub dragging: RwSignal<bool>,
    /// Whether the search's fields are unfolded, where the screen is too narrow to show them always.
    pub search_open: RwSignal<bool>,
    /// Whether the less common conditions are unfolded.
    pub search_more: RwSignal<bool>,
    /// Whether the screen is too narrow for more than one thing beside another.
    pub narrow: RwSignal<bool>,
    /// Whether the table is too narrow for columns, so that a row takes two lines.
    pub folded: RwSignal<bool>,
    /// Light, dark, or as the system has it.
    pub theme: RwSignal<Theme>,
    /// The zone that times are shown in.
    pub zone: RwSignal<ZoneChoice>,
    /// How contested cases are decided.
    pub cases: RwSignal<delivery::Settings>,
    /// The table, which focus comes back to.
    pub grid: NodeRef<html::Div>,
    /// The field that `/` leads to.
    pub search_field: NodeRef<html::Input>,
    /// The way to the engine; `None` before the workers are started.
    pub bridge: StoredValue<Option<Bridge>, LocalStorage>,
    /// The last ticket that was given out.
    pub ticket: StoredValue<Ticket>,
    /// The newest search's ticket.
    pub search_ticket: StoredValue<Ticket>,
    /// The newest detail's ticket.
    pub detail_ticket: StoredValue<Ticket>,
    /// Something has changed since the detail was asked for.
    pub detail_is_old: StoredValue<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    Paste,
    Settings,
}

/// The page's pages: each has an address, so that the browser's own way back leads back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Messages,
    Imports,
}

impl Place {
    /// The part of the address behind the `#`, with it.
    pub const fn hash(self) -> &'static str {
        match self {
            Place::Messages => "#messages",
            Place::Imports => "#imports",
        }
    }

    pub fn of(hash: &str) -> Place {
        if hash == Place::Imports.hash() {
            Place::Imports
        } else {
            Place::Messages
        }
    }
}

/// The heights of a row, as `table.css` has them.
const ROW: f64 = 32.0;
const ROW_FOLDED: f64 = 60.0;

impl State {
    pub fn new(settings: Settings) -> Self {
        State {
            form: Form::new(),
            sort: RwSignal::default(),
            found: RwSignal::default(),
            pages: RwSignal::default(),
            scroll: RwSignal::new(Scroll {
                rows: 0,
                row_height: ROW,
                view: 0.0,
                top: 0.0,
                bar: 0.0,
            }),
            cursor: RwSignal::default(),
            open: RwSignal::default(),
            detail: RwSignal::default(),
            lines: RwSignal::default(),
            sources: RwSignal::default(),
            storage: RwSignal::new(Storage::Opening),
            formats: RwSignal::default(),
            imports: RwSignal::default(),
            notices: RwSignal::default(),
            place: RwSignal::default(),
            dialog: RwSignal::default(),
            dragging: RwSignal::new(false),
            search_open: RwSignal::new(false),
            search_more: RwSignal::new(false),
            narrow: RwSignal::new(false),
            folded: RwSignal::new(false),
            theme: RwSignal::new(settings.theme),
            zone: RwSignal::new(settings.zone),
            cases: RwSignal::new(settings.cases),
            grid: NodeRef::new(),
            search_field: NodeRef::new(),
            bridge: StoredValue::new_local(None),
            ticket: StoredValue::new(0),
            search_ticket: StoredValue::new(0),
            detail_ticket: StoredValue::new(0),
            detail_is_old: StoredValue::new(false),
        }
    }

    /// The state, anywhere below the root.
    pub fn here() -> Self {
        expect_context()
    }

    pub fn settings(&self) -> Settings {
        Settings {
            theme: self.theme.get(),
            zone: self.zone.get(),
            cases: self.cases.get(),
        }
    }

    pub fn row_height(&self) -> f64 {
        if self.folded.get() { ROW_FOLDED } else { ROW }
    }

    /// Whether there is anything to search in, or about to be.
    pub fn has_data(&self) -> bool {
        self.sources.with(|sources| !sources.is_empty()) || self.importing()
    }

    pub fn importing(&self) -> bool {
        self.imports
            .with(|imports| imports.iter().any(|import| !import.ended))
    }

    /// The newest event of all that is loaded.
    pub fn newest(&self) -> Option<i64> {
        self.found
            .with(|found| found.as_ref()?.span.map(|(_, last)| last))
    }

    /// An instant in the chosen zone, to the second; the year only where the rows are of several.
    pub fn date_time(&self, micros: i64) -> String {
        if self.of_one_year() {
            format::date_time_of_year(micros, self.offset(micros))
        } else {
            format::date_time(micros, self.offset(micros))
        }
    }

    /// Whether all that is loaded is of one year.
    pub fn of_one_year(&self) -> bool {
        let span = self.found.with(|found| found.as_ref()?.span);
        span.is_some_and(|(from, to)| format::one_year(from, to, self.offset(to)))
    }

    /// An instant in the chosen zone, as exact as the log has it.
    pub fn date_time_exact(&self, micros: i64) -> String {
        format::date_time_exact(micros, self.offset(micros))
    }

    pub fn span(&self, (from, to): (i64, i64)) -> String {
        format::span(from, to, self.offset(to))
    }

    /// The chosen zone's distance from UTC at an instant, in minutes.
    pub fn offset(&self, micros: i64) -> i32 {
        clock::offset(self.zone.get(), micros)
    }

    /// Says something to the person, once.
    pub fn notify(&self, notice: Notice) {
        self.notices.update(|notices| {
            if !notices.contains(&notice) {
                notices.push(notice);
            }
        });
    }
}
