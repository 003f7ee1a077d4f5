//! The page's signs, drawn by itself: lines on a field of 16 by 16.

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Arrow,
    ArrowLeft,
    Brand,
    Check,
    ChevronDown,
    ChevronUp,
    Circle,
    Clock,
    Close,
    Cross,
    Dots,
    File,
    Filter,
    Folder,
    Fork,
    Gear,
    Lock,
    Moon,
    Paste,
    Question,
    Search,
    Shield,
    Sun,
    System,
    Upload,
    Warning,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Icon::Arrow => "M3 8h10M9.5 4.5 13 8l-3.5 3.5",
            Icon::ArrowLeft => "M13 8H3M6.5 4.5 3 8l3.5 3.5",
            Icon::Brand => {
                "M3.5 2.8h9a2 2 0 0 1 2 2v6.4a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2V4.8a2 2 0 0 1 2-2ZM3.6 8.5h1.7l1.3-3 2.1 5.5L10 7l.8 1.5h1.6"
            }
            Icon::Check => "m3 8.5 3.2 3.2L13 4.8",
            Icon::ChevronDown => "m4 6 4 4 4-4",
            Icon::ChevronUp => "m4 10 4-4 4 4",
            Icon::Circle => "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM8 7.5v3M8 5.2v.1",
            Icon::Clock => "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM8 5v3.2l2 1.3",
            Icon::Close | Icon::Cross => "m4 4 8 8M12 4l-8 8",
            Icon::Dots => "M3.5 8h.1M8 8h.1M12.5 8h.1",
            Icon::File => "M4 2h5l3.5 3.5V14h-8.5ZM9 2v3.5h3.5",
            Icon::Filter => "M2.5 3.5h11L9.3 8.6v4.2l-2.6-1.3V8.6Z",
            Icon::Folder => "M2 4.2h4.2l1.4 1.6H14v7H2Z",
            Icon::Fork => {
                "M2.5 8h4M6.5 8l3-3.5H13M6.5 8l3 3.5H13M11 2.7l2 1.8-2 1.8M11 9.7l2 1.8-2 1.8"
            }
            Icon::Gear => {
                "M8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4ZM8 1.8v1.7M8 12.5v1.7M1.8 8h1.7M12.5 8h1.7M3.6 3.6l1.2 1.2M11.2 11.2l1.2 1.2M3.6 12.4l1.2-1.2M11.2 4.8l1.2-1.2"
            }
            Icon::Lock => "M3.5 7.2h9v6.3h-9ZM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
            Icon::Moon => "M13 9.6A5.4 5.4 0 0 1 6.4 3a5.4 5.4 0 1 0 6.6 6.6Z",
            Icon::Paste => "M5.5 3.2H3.8v10.3h8.4V3.2h-1.7M5.5 2.2h5v2.2h-5ZM6 7.5h4M6 10h4",
            Icon::Question => {
                "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM6.4 6.6a1.6 1.6 0 1 1 2.3 1.5c-.5.3-.7.6-.7 1.1M8 11v.1"
            }
            Icon::Search => "M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4ZM10.2 10.2l3.3 3.3",
            Icon::Shield => "M8 2 3.2 3.7v4c0 3 2 5.2 4.8 6.3 2.8-1.1 4.8-3.3 4.8-6.3v-4Z",
            Icon::Sun => {
                "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9"
            }
            Icon::System => "M2.2 3h11.6v7.8H2.2ZM5.5 13.3h5M8 10.8v2.5",
            Icon::Upload => "M8 10.5V3M4.8 6 8 2.8 11.2 6M2.8 10.5v3h10.4v-3",
            Icon::Warning => "M8 2.3 14.3 13H1.7ZM8 6.5v3M8 11.3v.1",
        }
    }
}

/// Decoration: the word beside it says the same.
#[component]
pub fn Sign(icon: Icon) -> impl IntoView {
    view! {
        <svg class="sign" viewBox="0 0 16 16" aria-hidden="true">
            <path d=icon.path()></path>
        </svg>
    }
}
