//! What there is to know of a source: warnings, assumptions, notes, each by colour, sign and word.

use leptos::prelude::*;
use mailtrace::source::{Remark, RemarkKind};

use super::icon::{Icon, Sign};

#[component]
pub fn Remarks(remarks: Vec<Remark>) -> impl IntoView {
    (!remarks.is_empty()).then(|| {
        let remarks = remarks.into_iter().map(|remark| {
            let kind = remark.kind;
            view! {
                <li class="remark" data-remark=name(kind)>
                    <Sign icon=sign(kind) />
                    <p><strong class="remark-kind">{title(kind)}</strong> " " {remark.text}</p>
                </li>
            }
        });
        view! { <ul class="remarks">{remarks.collect_view()}</ul> }
    })
}

/// What the style calls a kind.
pub const fn name(kind: RemarkKind) -> &'static str {
    match kind {
        RemarkKind::Warning => "warning",
        RemarkKind::Assumption => "assumption",
        RemarkKind::Note => "note",
    }
}

pub const fn sign(kind: RemarkKind) -> Icon {
    match kind {
        RemarkKind::Warning => Icon::Warning,
        RemarkKind::Assumption => Icon::Question,
        RemarkKind::Note => Icon::Circle,
    }
}

const fn title(kind: RemarkKind) -> &'static str {
    match kind {
        RemarkKind::Warning => "Warning",
        RemarkKind::Assumption => "Assumed",
        RemarkKind::Note => "Note",
    }
}
