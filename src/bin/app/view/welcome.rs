//! The empty page: what this is, where to put files, what stays private.

use leptos::prelude::*;
use mailtrace::protocol::Storage;

use super::add_files::AddFiles;
use super::icon::{Icon, Sign};
use crate::sample;
use crate::state::State;

#[component]
pub fn Welcome() -> impl IntoView {
    let state = State::here();
    let opening = move || state.storage.with(|storage| *storage == Storage::Opening);
    view! {
        <main class="welcome">
            <Show
                when=move || !opening()
                fallback=|| view! { <p class="welcome-wait" role="status">"Opening what this browser keeps…"</p> }
            >
                <h2 class="welcome-question">"What happened to this e-mail?"</h2>
                <p class="welcome-answer">
                    "Drop the logs of the mail systems it crossed and read, for every recipient, what became of it, why, and on whose word."
                </p>
                <div class="welcome-drop">
                    <Sign icon=Icon::Upload />
                    <p class="welcome-drop-title">"Drop log files or folders here"</p>
                    <p class="welcome-drop-note">"As they are, gzip too, as many as you have. More can be added at any time."</p>
                    <AddFiles />
                    <p class="welcome-sample">
                        "Nothing at hand? "
                        <button type="button" class="link" on:click=move |_| sample::import(state)>
                            "Try it with sample data"
                        </button>
                    </p>
                </div>
                <Facts />
            </Show>
        </main>
    }
}

#[component]
fn Facts() -> impl IntoView {
    let state = State::here();
    let formats = move || {
        let titles = state.formats.get().into_iter();
        titles
            .map(|title| view! { <li>{title}</li> })
            .collect_view()
    };
    view! {
        <div class="welcome-facts">
            <section>
                <h3>"What it takes"</h3>
                <ul>{formats}</ul>
                <p>"Told by what is in a file, never by its name."</p>
            </section>
            <section>
                <h3>"What stays private"</h3>
                <p>
                    "Everything. The files are read on this machine by this page; nothing is sent anywhere. What you drop is kept in this browser until you erase it."
                </p>
            </section>
            <section>
                <h3>"What you get"</h3>
                <p>
                    "The trace you know from Office 365: delivery status, message events and more information for each recipient, with the very log lines that prove it."
                </p>
            </section>
        </div>
    }
}
