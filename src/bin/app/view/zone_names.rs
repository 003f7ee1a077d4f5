//! The zones that can be chosen from, for every field that asks for one.

use leptos::prelude::*;

use crate::bridge::zone;

/// What the fields' `list` names.
pub const ZONES: &str = "zone-names";

#[component]
pub fn ZoneNames() -> impl IntoView {
    let fixed = (-12..=14).flat_map(|hour: i32| {
        let sign = if hour < 0 { '-' } else { '+' };
        let whole = format!("{sign}{:02}:00", hour.abs());
        // Those whose clocks stand on the half hour, or on a quarter.
        let others: &[&str] = match hour {
            -9 => &["-09:30"],
            -3 => &["-03:30", "-02:30"],
            3 => &["+03:30"],
            4 => &["+04:30"],
            5 => &["+05:30", "+05:45"],
            6 => &["+06:30"],
            8 => &["+08:45"],
            9 => &["+09:30"],
            10 => &["+10:30"],
            12 => &["+12:45"],
            13 => &["+13:45"],
            _ => &[],
        };
        std::iter::once(whole).chain(others.iter().map(|one| (*one).to_owned()))
    });
    let names = std::iter::once("UTC".to_owned())
        .chain(zone::names())
        .chain(fixed);
    view! {
        <datalist id=ZONES>
            {names.map(|name| view! { <option value=name></option> }).collect_view()}
        </datalist>
    }
}
