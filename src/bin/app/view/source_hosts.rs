//! The hosts of a source: how each one's times were read and where that came from, and a form to
//! correct it, which takes effect at once.

use leptos::html;
use leptos::prelude::*;
use mailtrace::protocol::{Correction, HostView, SourceView};
use mailtrace::time::Told;

use super::zone_names::ZONES;
use crate::ask;
use crate::bridge::zone;
use crate::correct::{self, told};
use crate::state::State;

#[component]
pub fn SourceHosts(id: u32) -> impl IntoView {
    let state = State::here();
    let names = Memo::new(move |_| {
        with_source(state, id, |source| {
            let hosts = source.hosts.iter();
            hosts.map(|host| host.name.clone()).collect::<Vec<_>>()
        })
        .unwrap_or_default()
    });
    view! {
        <Show when=move || names.with(|names| !names.is_empty())>
            <section class="source-hosts">
                <h4 class="source-hosts-title">"Hosts and their clocks"</h4>
                <ul>
                    <For each=move || names.get() key=Clone::clone let:name>
                        <li class="source-host"><Host id=id name=name /></li>
                    </For>
                </ul>
            </section>
        </Show>
    }
}

fn with_source<T>(state: State, id: u32, look: impl FnOnce(&SourceView) -> T) -> Option<T> {
    state.sources.with(|sources| {
        let source = sources.iter().find(|source| source.source == id)?;
        Some(look(source))
    })
}

type Span = Option<(i64, i64)>;

#[component]
fn Host(id: u32, name: String) -> impl IntoView {
    let state = State::here();
    let name = StoredValue::new(name);
    let host = Memo::new(move |_| {
        with_source(state, id, |source| {
            let mut hosts = source.hosts.iter();
            let host = hosts.find(|host| name.with_value(|name| host.name == *name))?;
            Some((host.clone(), source.span))
        })
        .flatten()
    });
    let editing = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    // What was before the correction that is under way.
    let before = StoredValue::new(None::<(HostView, Span)>);
    let said = RwSignal::new(String::new());
    Effect::new(move |_| {
        let Some((is, span)) = host.get() else { return };
        before.update_value(|before| {
            if let Some((was, was_span)) = before {
                let words = correct::changes((was, *was_span), (&is, span));
                if !words.is_empty() {
                    said.set(words);
                    *before = None;
                }
            }
        });
    });
    let close = move || {
        editing.set(false);
        request_animation_frame(move || {
            if let Some(button) = button.get_untracked() {
                let _ = button.focus();
            }
        });
    };
    let apply = move |correction: Correction| {
        if correction != Correction::default() {
            said.set(String::new());
            before.set_value(host.get_untracked());
            ask::correct(state, id, name.get_value(), correction);
        }
        close();
    };
    view! {
        <div class="source-host-row">
            {move || host.get().map(|(host, _)| view! { <Clock host=host /> })}
            <button
                type="button"
                class="source-host-correct"
                aria-label=move || {
                    host.with(|host| host.as_ref().map(|(host, _)| format!("Correct {}…", correct::name(host))))
                }
                aria-expanded=move || editing.get().to_string()
                node_ref=button
                on:click=move |_| editing.update(|editing| *editing = !*editing)
            >
                "Correct…"
            </button>
        </div>
        <Show when=move || editing.get()>
            {move || {
                host.get_untracked()
                    .map(|(host, _)| view! { <CorrectionForm host=host apply=apply close=close /> })
            }}
        </Show>
        <p class="source-host-said" role="status">{said}</p>
    }
}

/// Each value with where it came from.
#[component]
fn Clock(host: HostView) -> impl IntoView {
    let value = |title: &'static str, text: String, from: Option<Told>| {
        let from = from.map(|from| {
            view! { <span class="source-host-told" data-told=told_name(from)>{told(from)}</span> }
        });
        view! {
            <div class="source-host-value">
                <dt>{title}</dt>
                <dd>{text} " " {from}</dd>
            </div>
        }
    };
    let zone = match host.zone.as_str() {
        "" => value("Zone", String::new(), Some(host.zone_told)),
        zone => value("Zone", zone.to_owned(), Some(host.zone_told)),
    };
    let year = host
        .year
        .map(|year| value("Year", year.to_string(), Some(host.year_told)));
    let order = host.day_first.map(|day_first| {
        value(
            "Dates",
            correct::order(day_first).to_owned(),
            Some(host.day_first_told),
        )
    });
    let renamed = (!host.given_name.is_empty() && !host.name.is_empty())
        .then(|| format!("in its lines {}", host.name));
    view! {
        <div class="source-host-name">
            <strong>{correct::name(&host).to_owned()}</strong>
            {renamed.map(|renamed| view! { <span class="source-host-told">{renamed}</span> })}
        </div>
        <dl class="source-host-clock">{zone} {year} {order}</dl>
    }
}

/// What the style calls it: what is a guess stands out, and what the person has set.
const fn told_name(told: Told) -> &'static str {
    match told {
        Told::Assumed => "assumed",
        Told::Person => "person",
        Told::Line | Told::Ids | Told::FileDate => "log",
    }
}

#[component]
fn CorrectionForm(
    host: HostView,
    apply: impl Fn(Correction) + Copy + 'static,
    close: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let called = RwSignal::new(match host.given_name.is_empty() {
        true => host.name.clone(),
        false => host.given_name.clone(),
    });
    let year = RwSignal::new(host.year.map_or_else(String::new, |year| year.to_string()));
    let zone_name = RwSignal::new(host.zone.clone());
    let order = RwSignal::new(match host.day_first {
        Some(true) => "day",
        _ => "month",
    });
    let wrong = RwSignal::new(None::<Wrong>);
    let first = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(first) = first.get() {
            let _ = first.focus();
        }
    });
    // What its lines state cannot be set.
    let sets_zone = host.zone_told != Told::Line;
    let (sets_year, sets_order) = (host.year.is_some(), host.day_first.is_some());
    let was = host.clone();
    let take = move || {
        let read = read(
            &was,
            &called.get_untracked(),
            &year.get_untracked(),
            &zone_name.get_untracked(),
            order.get_untracked() == "day",
        );
        match read {
            Ok(correction) => apply(correction),
            Err(reason) => wrong.set(Some(reason)),
        }
    };
    let is_wrong = move |which: Wrong| (wrong.get() == Some(which)).then_some("true");
    view! {
        <form
            class="correction"
            novalidate=true
            aria-label=format!("Correct {}", correct::name(&host))
            on:submit=move |event| {
                event.prevent_default();
                take();
            }
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                    event.prevent_default();
                    close();
                }
            }
        >
            <label class="correction-field">
                "Host name"
                <input type="text" autocomplete="off" spellcheck="false" node_ref=first bind:value=called />
            </label>
            {sets_zone
                .then(|| {
                    view! {
                        <label class="correction-field">
                            "Zone"
                            <input
                                type="text"
                                list=ZONES
                                autocomplete="off"
                                spellcheck="false"
                                placeholder="Europe/Berlin or +02:00"
                                aria-invalid=move || is_wrong(Wrong::Zone)
                                bind:value=zone_name
                                // So that the whole list is offered, and not only what is there.
                                on:focus:target=move |event| event.target().select()
                            />
                        </label>
                    }
                })}
            {sets_year
                .then(|| {
                    view! {
                        <label class="correction-field correction-year">
                            "Year of the first line"
                            <input
                                type="text"
                                inputmode="numeric"
                                autocomplete="off"
                                aria-invalid=move || is_wrong(Wrong::Year)
                                bind:value=year
                            />
                        </label>
                    }
                })}
            {sets_order
                .then(|| {
                    view! {
                        <label class="correction-field">
                            "Dates such as 3/4"
                            <select on:change:target=move |event| {
                                order.set(if event.target().value() == "day" { "day" } else { "month" });
                            }>
                                <option value="day" selected=move || order.get() == "day">"3 April: day first"</option>
                                <option value="month" selected=move || order.get() == "month">
                                    "March 4: month first"
                                </option>
                            </select>
                        </label>
                    }
                })}
            <div class="correction-actions">
                <button type="submit" class="button-main">"Apply"</button>
                <button type="button" on:click=move |_| close()>"Cancel"</button>
            </div>
            <p class="correction-wrong" role="alert">{move || wrong.get().map(Wrong::words)}</p>
        </form>
    }
}

/// Which field does not hold what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Zone,
    Year,
}

impl Wrong {
    const fn words(self) -> &'static str {
        match self {
            Wrong::Zone => {
                "This zone is not known. Choose one from the list, or write an offset such as +02:00."
            }
            Wrong::Year => "A year has four digits, such as 2026.",
        }
    }
}

/// What the fields ask to be other than it was; a guess that is left as it is stays a guess.
fn read(
    was: &HostView,
    called: &str,
    year: &str,
    zone_name: &str,
    day_first: bool,
) -> Result<Correction, Wrong> {
    let (called, year, zone_name) = (called.trim(), year.trim(), zone_name.trim());
    let mut correction = Correction::default();
    let called = if called == was.name { "" } else { called };
    if called != was.given_name {
        correction.name = Some(called.to_owned());
    }
    if let Some(was) = was.year {
        let year = year
            .parse()
            .ok()
            .filter(|year| (1970..=9999).contains(year));
        let year: i32 = year.ok_or(Wrong::Year)?;
        correction.year = (year != was).then_some(year);
    }
    if was.zone_told != Told::Line && zone_name != was.zone {
        correction.zone = Some(zone::named(zone_name).ok_or(Wrong::Zone)?);
    }
    if let Some(was) = was.day_first {
        correction.day_first = (day_first != was).then_some(day_first);
    }
    Ok(correction)
}
