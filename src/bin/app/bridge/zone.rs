//! The browser's own zone as a table of transitions, probed off `Date`.

use js_sys::{Array, Date, Intl, Object, Reflect};
use mailtrace::time::Zone;
use wasm_bindgen::JsValue;

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
    fn a_zone_without_transitions_has_none() {
        assert!(transitions(|_| -18_000).is_empty());
    }
}
