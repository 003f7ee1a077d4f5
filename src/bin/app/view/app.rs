//! The page as a whole, and the three things outside it that its state moves: the engine, the theme
//! and what the browser remembers.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;

use super::drop_overlay::DropOverlay;
use super::footer::Footer;
use super::imports::Imports;
use super::notices::Notices;
use super::paste_dialog::PasteDialog;
use super::settings_dialog::SettingsDialog;
use super::top_bar::TopBar;
use super::trace::Trace;
use super::welcome::Welcome;
use crate::state::{Place, State};
use crate::{ask, drop, keys, settings};

/// Below this many pixels the detail is a page of its own; the style's own limit is the same.
const NARROW: f64 = 900.0;

#[component]
pub fn App() -> impl IntoView {
    let state = State::new(settings::load());
    provide_context(state);
    watch_width(state);
    watch_address(state);
    keep_settings(state);
    drop::listen(state);
    keys::listen(state);
    ask::start(state);
    ask_when_changed(state);
    view! {
        <div class="page">
            <TopBar />
            <Notices />
            <Show when=move || state.has_data() fallback=Welcome>
                <Show when=move || state.place.get() == Place::Imports fallback=Trace>
                    <Imports />
                </Show>
            </Show>
            <Footer />
        </div>
        <DropOverlay />
        <SettingsDialog />
        <PasteDialog />
    }
}

/// Asks the engine as the person types, once they pause for a moment.
fn ask_when_changed(state: State) {
    let query = Memo::new(move |_| state.form.query(state.newest(), state.zone.get()));
    let mut search = debounce(Duration::from_millis(60), move |(query, sort)| {
        ask::search(state, query, sort);
    });
    Effect::new(move |former: Option<()>| {
        let asked = (query.get(), state.sort.get());
        if former.is_some() {
            search(asked);
        }
    });
}

fn watch_width(state: State) {
    let look = move || {
        let width = window().inner_width().ok().and_then(|width| width.as_f64());
        let narrow = width.is_some_and(|width| width < NARROW);
        if state.narrow.get_untracked() != narrow {
            state.narrow.set(narrow);
        }
    };
    look();
    window_event_listener(ev::resize, move |_| look());
}

/// The page's pages have addresses: the browser's way back leads from one to the other.
fn watch_address(state: State) {
    let look = move || {
        let place = Place::of(&window().location().hash().unwrap_or_default());
        if state.place.get_untracked() != place {
            state.place.set(place);
        }
    };
    look();
    window_event_listener(ev::hashchange, move |_| look());
    Effect::new(move |_| {
        document().set_title(match state.place.get() {
            Place::Imports if state.has_data() => "Imports · Mailtrace",
            _ => "Mailtrace",
        });
    });
}

fn keep_settings(state: State) {
    Effect::new(move |former: Option<()>| {
        let settings = state.settings();
        if let Some(root) = document().document_element() {
            // Setting an attribute of this name cannot fail.
            let _ = match settings.theme.name() {
                Some(name) => root.set_attribute("data-theme", name),
                None => root.remove_attribute("data-theme"),
            };
        }
        if former.is_some() {
            settings::save(settings);
        }
    });
    Effect::new(move |former: Option<()>| {
        state.cases.track();
        if former.is_some() {
            ask::settle(state);
        }
    });
}
