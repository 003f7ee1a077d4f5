//! Zones as tables of transitions, probed off the browser: its own off `Date`, any other off `Intl`.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use mailtrace::time::Zone;
use wasm_bindgen::{JsCast, JsValue};

/// 1990-01-01 and 2040-01-01, in seconds UTC.
const FROM: i64 = 631_152_000;
const TO: i64 = 2_208_988_800;
/// No zone keeps an offset for less than a fortnight, not even over Ramadan.
const STEP: i64 = 14 * 86_400;

pub fn browsers() -> Zone {
    let format = Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    let name = Reflect::get(&format.resolved_options(), &JsValue::from_str("timeZone"));
    Zone {
        name: name
            .ok()
            .and_then(|name| name.as_string())
            .unwrap_or_default(),
        base: offset(FROM),
        transitions: transitions(offset),
    }
}

/// The names that the browser knows, and none where it is too old to tell.
pub fn names() -> Vec<String> {
    let known = Reflect::get(&js_sys::global(), &"Intl".into())
        .and_then(|intl| {
            let list: Function = Reflect::get(&intl, &"supportedValuesOf".into())?.dyn_into()?;
            list.call1(&intl, &"timeZone".into())
        })
        .map(|names| Array::from(&names));
    let names = known.iter().flat_map(Array::iter);
    names.filter_map(|name| name.as_string()).collect()
}

/// The zone of a name: an offset such as `+02:00`, or any that the browser knows, in whatever case.
pub fn named(name: &str) -> Option<Zone> {
    let name = name.trim();
    if let Some(zone) = Zone::parse(name) {
        return Some(zone);
    }
    let format = format_in(name)?;
    let resolved = Reflect::get(&format.resolved_options(), &"timeZone".into());
    let at = |seconds: i64| offset_in(&format, seconds);
    Some(Zone {
        name: resolved.ok()?.as_string()?,
        base: at(FROM),
        transitions: transitions(at),
    })
}

/// Writes `9/14/2026, GMT+02:00`; `None` for a zone that the browser does not know.
fn format_in(name: &str) -> Option<Intl::DateTimeFormat> {
    let options = Object::new();
    for (option, value) in [("timeZone", name), ("timeZoneName", "longOffset")] {
        Reflect::set(&options, &option.into(), &value.into()).ok()?;
    }
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let format = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?;
    let format: Function = format.dyn_into().ok()?;
    let arguments = Array::of2(&"en-US".into(), &options);
    // Built by hand since a name that is not known throws.
    Reflect::construct(&format, &arguments)
        .ok()
        .map(JsCast::unchecked_into)
}

fn offset_in(format: &Intl::DateTimeFormat, seconds: i64) -> i32 {
    let text = format.format().call1(
        &JsValue::UNDEFINED,
        &JsValue::from_f64(seconds as f64 * 1000.0),
    );
    let text = text.ok().and_then(|text| text.as_string());
    text.as_deref().map_or(0, offset_of)
}

/// Seconds east of UTC of `9/14/2026, GMT+02:00`; of `GMT` alone none.
fn offset_of(text: &str) -> i32 {
    let offset = text.rsplit_once("GMT").map_or("", |(_, offset)| offset);
    let (sign, digits) = match offset.split_at_checked(1) {
        Some(("+", digits)) => (1, digits),
        // A minus of typography, in some versions.
        Some(("-", digits)) => (-1, digits),
        _ => match offset.strip_prefix('−') {
            Some(digits) => (-1, digits),
            None => return 0,
        },
    };
    let parts = digits.split(':').zip([3600, 60, 1]);
    sign * parts
        .map(|(part, unit)| part.parse::<i32>().unwrap_or(0) * unit)
        .sum::<i32>()
}

fn offset(seconds: i64) -> i32 {
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1000.0));
    -(date.get_timezone_offset() * 60.0) as i32
}

/// Where an offset changes: steps over the years, and halves the step in which it did.
fn transitions(offset: impl Fn(i64) -> i32) -> Vec<(i64, i32)> {
    let mut found = Vec::new();
    let mut now = offset(FROM);
    let mut at = FROM;
    while at < TO {
        let next = at + STEP;
        let then = offset(next);
        if then != now {
            let (mut before, mut after) = (at, next);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if offset(middle) == now {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            found.push((after, then));
            now = then;
        }
        at = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transitions_are_found_to_the_second() {
        // Berlin, 2024: 31 March and 27 October, each at 01:00 UTC.
        let (spring, autumn) = (1_711_846_800, 1_729_990_800);
        let berlin = |at: i64| {
            if (spring..autumn).contains(&at) {
                7200
            } else {
                3600
            }
        };
        assert_eq!(transitions(berlin), [(spring, 7200), (autumn, 3600)]);
    }

    #[test]
    fn an_offset_is_read_off_the_words_around_it() {
        assert_eq!(offset_of("9/14/2026, GMT+02:00"), 7200);
        assert_eq!(offset_of("9/14/2026, GMT-03:30"), -12_600);
        assert_eq!(offset_of("9/14/2026, GMT−09:30"), -34_200);
        assert_eq!(offset_of("9/14/2026, GMT"), 0);
        assert_eq!(offset_of("1/1/1900, GMT+00:53:28"), 3208);
    }

    #[test]
    fn a_zone_without_transitions_has_none() {
        assert!(transitions(|_| -18_000).is_empty());
    }
}
