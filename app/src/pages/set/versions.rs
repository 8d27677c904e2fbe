//! The versions of a set and what changed in each.

use leptos::prelude::*;
use shared::api::sets::GetVersions;
use shared::id::SetId;
use shared::query::{LARGEST_PAGE, Page};
use shared::set::Version;
use shared::unseen::seen;

use crate::components::listed::{Frame, Listed};
use crate::components::paged::paged;
use crate::route::Route;
use crate::wording::number::count;
use crate::{address, api, clock};

/// What a row measures before one was measured, in pixels.
const ESTIMATE: f64 = 32.0;

/// Lists the versions, the newest first.
#[component]
pub fn VersionList(
    set: SetId,
    /// The version that the set has now.
    newest: u32,
) -> impl IntoView {
    let set = StoredValue::new(set);
    let versions = paged(move |cursor| {
        let call = GetVersions { set: set.get_value() };
        async move { api::call(&call, &Page { limit: Some(LARGEST_PAGE), cursor }, &()).await }
    });
    let listed = Listed::of("versions", versions, |version: &Version| version.version.to_string(), ESTIMATE);
    let cells = move |version: &Version| {
        let path = Route::Set(set.get_value()).path();
        let href = address::write(&path, &[("version".to_owned(), version.version.to_string())]);
        any! {
            <td class="number" data-label="version">
                <a class="open" href=href>
                    {version.version}
                </a>
            </td>
            <td class="preview">
                {seen(&version.change)}
                {(version.version == newest).then(|| any! { " " <span class="mark">"newest"</span> })}
            </td>
            <td class="number" data-label="items">{count(version.item_count)}</td>
            <td class="when" data-label="made">
                <time title=clock::full(version.created_at)>{clock::ago(version.created_at)}</time>
            </td>
        }
    };
    listed.table(frame, || ().into_any(), cells)
}

fn frame() -> Frame {
    Frame {
        label: "Versions",
        class: "",
        widths: vec![Some(90.0), None, Some(90.0), Some(150.0)],
        heads: any! {
            <th scope="col" class="number">"Version"</th>
            <th scope="col">"What changed"</th>
            <th scope="col" class="number">"Items"</th>
            <th scope="col">"When"</th>
        },
    }
}
