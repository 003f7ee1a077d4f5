//! The way of the message as a picture: stations from top to bottom, and between them how long each leg
//! took, how often the message was put off, and how sure it is that it is the same one.
//!
//! Every line belongs to a column: 0 is the way to where the trail ends, what branches off has the next.

use leptos::prelude::*;
use mailtrace::delivery::status::Status;
use mailtrace::protocol::{DetailView, MissingView, StationView};
use web_sys::HtmlElement;
use web_sys::wasm_bindgen::JsCast as _;

use super::icon::Sign;
use super::status_badge::{name, sign};
use crate::format;
use crate::state::State;

/// What the style calls the line to something that no log tells of.
const UNSEEN: &str = "unseen";

/// A stop of the picture, and the line to it.
struct Stop {
    column: u32,
    before: Option<usize>,
    /// How the style draws the line: by the certainty of the join, or [`UNSEEN`].
    line: String,
    leg: AnyView,
    is_told: bool,
    body: AnyView,
}

#[component]
pub fn Journey(
    detail: DetailView,
    /// The station whose events are marked.
    marked: RwSignal<Option<u32>>,
) -> impl IntoView {
    let missing = detail.missing.clone();
    let is_way = detail.stations.len() > 1 || missing.as_ref().is_some_and(|one| one.is_station);
    let said = detail.sentence.clone();
    let picture = match (is_way, missing) {
        (true, _) => {
            let stops = stops(detail, marked);
            let lines = (0..stops.len()).map(|at| (turns(&stops, at), lines_past(&stops, at)));
            let lines: Vec<(bool, Vec<Option<String>>)> = lines.collect();
            let rows = stops.into_iter().zip(lines);
            let rows = rows
                .map(|(stop, (turns, lines))| row(stop, turns, lines))
                .collect_view();
            view! { <ol class="journey">{rows}</ol> }.into_any()
        }
        (false, Some(missing)) => view! { <Look missing=missing said=said /> }.into_any(),
        (false, None) => return None,
    };
    Some(view! {
        <section class="detail-section" aria-label="Journey">
            <h3 class="detail-title">"Journey"</h3>
            {picture}
        </section>
    })
}

fn stops(detail: DetailView, marked: RwSignal<Option<u32>>) -> Vec<Stop> {
    let (before, behind) = match detail.missing {
        Some(missing) if missing.is_before => (Some(missing), None),
        missing => (None, missing),
    };
    let said = StoredValue::new(detail.sentence);
    let unseen = |missing: MissingView, before: Option<usize>, leg: AnyView| Stop {
        column: 0,
        before,
        line: UNSEEN.to_owned(),
        leg,
        is_told: false,
        body: view! { <Unseen missing=missing said=said.get_value() /> }.into_any(),
    };
    let mut stops = Vec::new();
    let comes_first = before.as_ref().is_some_and(|one| one.is_station);
    let mut look = before;
    if let Some(missing) = look.take_if(|_| comes_first) {
        stops.push(unseen(missing, None, ().into_any()));
    }
    let shift = stops.len();
    for (station, place) in detail.stations.into_iter().zip(0..) {
        let is_behind_unseen = place == 0 && comes_first;
        let line = match is_behind_unseen {
            true => UNSEEN.to_owned(),
            false => station.certainty.clone(),
        };
        let before = station.before.map(|before| before as usize + shift);
        stops.push(Stop {
            column: station.branch,
            before: before.or(is_behind_unseen.then_some(0)),
            line,
            leg: view! { <Leg station=station.clone() /> }.into_any(),
            is_told: true,
            body: view! { <Station station=station place=place marked=marked /> }.into_any(),
        });
    }
    let last = |stops: &[Stop]| stops.iter().rposition(|stop| stop.column == 0);
    let (took, deferrals) = (detail.end.took, detail.end.deferrals);
    let mut leg = Some(words([took.map(format::duration), put_off(deferrals)]));
    let mut line = "id";
    let mut ending = look.or(behind);
    if let Some(missing) = ending.take_if(|missing| missing.is_station) {
        let before = last(&stops);
        stops.push(unseen(missing, before, leg.take().into_any()));
        line = UNSEEN;
    }
    if ending.is_some() {
        line = UNSEEN;
    }
    let (status, why) = (detail.status, detail.end.words);
    stops.push(Stop {
        column: 0,
        before: last(&stops),
        line: line.to_owned(),
        leg: leg.into_any(),
        is_told: true,
        body: view! { <End status=status why=why missing=ending said=said.get_value() /> }
            .into_any(),
    });
    stops
}

/// Whether the line to a stop comes from the column beside it.
fn turns(stops: &[Stop], at: usize) -> bool {
    let stop = stops.get(at);
    let before = stop.and_then(|stop| stops.get(stop.before?));
    stop.zip(before)
        .is_some_and(|(stop, before)| stop.column > before.column)
}

/// The lines that go on below a stop, by column, up to its own.
fn lines_past(stops: &[Stop], at: usize) -> Vec<Option<String>> {
    let own = stops.get(at).map_or(0, |stop| stop.column);
    let columns = 0..=own;
    let line = |column| {
        let leaves_here = |stop: &&Stop| {
            let from = stop.before.filter(|before| *before <= at);
            let from = from.and_then(|before| stops.get(before));
            from.is_some_and(|from| from.column == column)
        };
        let later = || stops.iter().skip(at + 1).filter(leaves_here);
        let goes_on = later().find(|stop| stop.column == column);
        goes_on.or(later().next()).map(|stop| stop.line.clone())
    };
    columns.map(line).collect()
}

fn row(stop: Stop, turns: bool, mut lines: Vec<Option<String>>) -> impl IntoView {
    let below = lines.pop().flatten();
    let columns = lines
        .into_iter()
        .map(|line| view! { <span class="journey-column" data-line=line></span> });
    let leg = stop.before.map(|_| {
        view! {
            <p class="journey-leg" data-line=stop.line data-turns=turns.then_some("")>
                {stop.leg}
            </p>
        }
    });
    view! {
        <li class="journey-stop">
            {columns.collect_view()}
            <div class="journey-body">
                {leg}
                <div class="journey-place" class:journey-unseen=!stop.is_told data-line=below>
                    {stop.body}
                </div>
            </div>
        </li>
    }
}

/// What there is to say of the way to a station.
#[component]
fn Leg(station: StationView) -> impl IntoView {
    let sure = (!station.certainty.is_empty()).then(|| format!("by {}", station.certainty));
    let apart = (station.apart != 0).then(|| {
        let apart = format!("clocks differ: {}", format::difference(station.apart));
        view! { <span class="journey-apart">{apart}</span> }
    });
    let took = station.took.map(format::duration);
    view! {
        <span title=station.joined_by>{words([took, put_off(station.deferrals), sure])}</span>
        " "
        {apart}
    }
}

#[component]
fn Station(station: StationView, place: u32, marked: RwSignal<Option<u32>>) -> impl IntoView {
    let is_marked = move || marked.get() == Some(place);
    let host = match station.host.is_empty() {
        true => station.system.clone(),
        false => station.host,
    };
    let system = (host != station.system).then_some(station.system);
    view! {
        <button
            type="button"
            class="journey-station"
            title="Show its events"
            aria-pressed=move || is_marked().to_string()
            on:click=move |_| {
                marked.set((!is_marked()).then_some(place));
                if is_marked() {
                    show_events(place);
                }
            }
        >
            <strong>{host}</strong>
            <span class="journey-quiet">{system}</span>
            <code>{station.id}</code>
        </button>
        {note(station.note)}
    }
}

/// A system that no log tells of.
#[component]
fn Unseen(missing: MissingView, said: String) -> impl IntoView {
    let way = if missing.is_before { "before" } else { "after" };
    let title = format!("Nothing from {} {way} this", missing.host);
    view! {
        <strong>{title}</strong>
        <Look missing=missing said=said />
    }
}

/// What became of it.
#[component]
fn End(status: Status, why: String, missing: Option<MissingView>, said: String) -> impl IntoView {
    view! {
        <span class="journey-end" data-status=name(status)>
            <span class="journey-mark">
                <Sign icon=sign(status) />
            </span>
            <strong>{status.title()}</strong>
        </span>
        " "
        <span class="journey-quiet">{why}</span>
        {missing.map(|missing| view! { <Look missing=missing said=said /> })}
    }
}

/// What no log tells, unless that is said already, and where to look for it.
#[component]
fn Look(missing: MissingView, said: String) -> impl IntoView {
    let state = State::here();
    let text = (!said.contains(&missing.text)).then_some(missing.text);
    let look_at = (!missing.is_covered).then(|| {
        let span = (missing.from, missing.until);
        move || format!(" Look at {}, {}.", missing.look_at, state.span(span))
    });
    view! { <p class="journey-note">{text} {look_at}</p> }
}

fn note(words: String) -> Option<impl IntoView> {
    (!words.is_empty()).then(|| view! { <p class="journey-note">{words}</p> })
}

fn put_off(deferrals: u32) -> Option<String> {
    match deferrals {
        0 => None,
        1 => Some("put off once".to_owned()),
        several => Some(format!("put off {} times", format::number(several.into()))),
    }
}

fn words<const N: usize>(parts: [Option<String>; N]) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}

/// Leads to the first event of a station, whose rows are marked.
fn show_events(station: u32) {
    let row = document().query_selector(&format!("[data-station=\"{station}\"]"));
    if let Some(row) = row.ok().flatten()
        && let Ok(row) = row.dyn_into::<HtmlElement>()
    {
        let _ = row.focus();
    }
}
