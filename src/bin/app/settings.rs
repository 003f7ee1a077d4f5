//! What the person chose and the browser remembers.
//!
//! The one file that knows localStorage. Where there is none, the choice lasts as long as the page.

use gloo_storage::{LocalStorage, Storage};
use mailtrace::delivery;
use serde::{Deserialize, Serialize};

const KEY: &str = "mailtrace.settings";

/// All of the settings. A setting that an older build did not know takes its default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: Theme,
    pub zone: ZoneChoice,
    /// How contested cases are decided.
    pub cases: delivery::Settings,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

/// The zone that times are shown and asked for in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ZoneChoice {
    /// The browser's own.
    #[default]
    Local,
    Utc,
}

impl Theme {
    pub const fn title(self) -> &'static str {
        match self {
            Theme::System => "System theme",
            Theme::Light => "Light theme",
            Theme::Dark => "Dark theme",
        }
    }

    /// The value of the root's `data-theme`; the system's is its absence.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Theme::System => None,
            Theme::Light => Some("light"),
            Theme::Dark => Some("dark"),
        }
    }

    pub const fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        }
    }
}

pub fn load() -> Settings {
    LocalStorage::get(KEY).unwrap_or_default()
}

pub fn save(settings: Settings) {
    // A browser that refuses to remember still shows what was chosen.
    let _ = LocalStorage::set(KEY, settings);
}
