//! The browser's clock and zone.

use js_sys::Date;
use wasm_bindgen::JsValue;

use crate::format;
use crate::settings::ZoneChoice;

/// Milliseconds since 1970.
pub fn now() -> f64 {
    Date::now()
}

/// How far the chosen zone is east of UTC at an instant, in minutes.
pub fn offset(zone: ZoneChoice, micros: i64) -> i32 {
    match zone {
        ZoneChoice::Utc => 0,
        ZoneChoice::Local => {
            let date = Date::new(&JsValue::from_f64(micros as f64 / 1000.0));
            // NaN, beyond the dates that JavaScript knows, becomes 0.
            -(date.get_timezone_offset() as i32)
        }
    }
}

/// The instant that a date and time input means in the chosen zone.
pub fn instant(zone: ZoneChoice, text: &str) -> Option<i64> {
    match zone {
        ZoneChoice::Utc => format::from_input(text),
        // JavaScript reads a date and time without zone as local, daylight saving and all.
        ZoneChoice::Local => {
            let millis = Date::parse(text);
            millis.is_finite().then_some((millis * 1000.0) as i64)
        }
    }
}
