//! A status by colour, sign and word.

use leptos::prelude::*;
use mailtrace::delivery::status::Status;

use super::icon::{Icon, Sign};

#[component]
pub fn StatusBadge(status: Status) -> impl IntoView {
    view! {
        <span class="status-badge" data-status=name(status)>
            <Sign icon=sign(status) />
            {status.title()}
        </span>
    }
}

/// What the style calls a status.
pub const fn name(status: Status) -> &'static str {
    match status {
        Status::Delivered => "delivered",
        Status::Pending => "pending",
        Status::Expanded => "expanded",
        Status::Failed => "failed",
        Status::FilteredAsSpam => "spam",
        Status::Quarantined => "quarantined",
        Status::GettingStatus => "getting",
    }
}

pub const fn sign(status: Status) -> Icon {
    match status {
        Status::Delivered => Icon::Check,
        Status::Pending => Icon::Clock,
        Status::Expanded => Icon::Fork,
        Status::Failed => Icon::Cross,
        Status::FilteredAsSpam => Icon::Filter,
        Status::Quarantined => Icon::Shield,
        Status::GettingStatus => Icon::Dots,
    }
}
