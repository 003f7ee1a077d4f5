//! How contested cases are decided: what each setting does, what it is unless changed, and why.

use leptos::prelude::*;
use mailtrace::delivery::Settings;

use super::dialog::Modal;
use crate::state::{Dialog, State};

#[component]
pub fn SettingsDialog() -> impl IntoView {
    view! {
        <Modal which=Dialog::Settings title="Settings" class="settings-dialog">
            <Cases />
        </Modal>
    }
}

struct Case {
    title: &'static str,
    words: &'static str,
    source: &'static str,
    get: fn(&Settings) -> bool,
    set: fn(&mut Settings, bool),
}

const CASES: [Case; 3] = [
    Case {
        title: "Delivered spam is in Junk Email",
        words: "A message that a filter called spam, and that was then delivered to a folder which no line names, is Filtered as spam. Otherwise it is Delivered.",
        source: "Exchange Online’s default anti-spam policy moves spam to Junk Email.",
        get: |settings| settings.spam_verdict_means_junk,
        set: |settings, on| settings.spam_verdict_means_junk = on,
    },
    Case {
        title: "What was refused as spam is Filtered as spam",
        words: "Where a server refuses a message and names a block list or a spam filter. Otherwise it is Failed, as any message is whose sender was told.",
        source: "RFC 5321, 4.2.1: an answer of 5yz is a lasting failure, whatever its reason.",
        get: |settings| settings.refused_spam_is_filtered,
        set: |settings, on| settings.refused_spam_is_filtered = on,
    },
    Case {
        title: "What was refused for now, and not offered again, is Failed",
        words: "Where a server asks to try again later, as greylisting does, and no line shows that anyone did. Otherwise it is Pending.",
        source: "RFC 5321, 4.2.1: an answer of 4yz asks to try again, so the message may still come.",
        get: |settings| settings.refused_for_now_is_failed,
        set: |settings, on| settings.refused_for_now_is_failed = on,
    },
];

#[component]
fn Cases() -> impl IntoView {
    let state = State::here();
    let cases = CASES.into_iter().enumerate().map(|(at, case)| {
        let id = format!("case-{at}");
        let default = match (case.get)(&Settings::default()) {
            true => "On unless changed.",
            false => "Off unless changed.",
        };
        view! {
            <li class="settings-case">
                <input
                    type="checkbox"
                    id=id.clone()
                    aria-describedby=format!("{id}-words")
                    prop:checked=move || state.cases.with(case.get)
                    on:change:target=move |event| {
                        let on = event.target().checked();
                        state.cases.update(|settings| (case.set)(settings, on));
                    }
                />
                <label class="settings-title" for=id.clone()>{case.title}</label>
                <div class="settings-words" id=format!("{id}-words")>
                    <p>{case.words}</p>
                    <p class="settings-source">{default} " " {case.source}</p>
                </div>
            </li>
        }
    });
    view! {
        <div class="dialog-body">
            <p class="settings-intro">
                "Some cases can be told either way. These decide how; every status changes at once, and its detail says where a setting made the difference."
            </p>
            <ul>{cases.collect_view()}</ul>
        </div>
        <footer class="dialog-actions">
            <button
                type="button"
                disabled=move || state.cases.get() == Settings::default()
                on:click=move |_| state.cases.set(Settings::default())
            >
                "Back to the defaults"
            </button>
            <button type="button" class="button-main" on:click=move |_| state.dialog.set(None)>"Done"</button>
        </footer>
    }
}
