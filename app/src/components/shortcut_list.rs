//! The list of all shortcuts, and the switch for those of single keys.

use leptos::prelude::*;

use super::dialog::Dialog;
use super::shortcuts::{self, Shortcuts};
use crate::shortcut::{ALL, Group};

/// Lists the shortcuts.
#[component]
pub fn ShortcutList(close: Callback<()>) -> impl IntoView {
    let groups = Group::ALL.map(|group| {
        let rows = ALL.iter().filter(|one| one.group == group).map(|one| {
            any! {
                <div>
                    <dt>{shortcuts::keys(one)}</dt>
                    <dd>{one.words}</dd>
                </div>
            }
        });
        any! {
            <section>
                <h3>{group.title()}</h3>
                <dl class="shortcuts">{rows.collect_view()}</dl>
            </section>
        }
    });
    let switch = Shortcuts::of_app().map(|all| {
        any! {
            <label class="choice">
                <input
                    type="checkbox"
                    prop:checked=move || all.single()
                    on:change:target=move |event| all.switch(event.target().checked())
                />
                <span>"Single keys are shortcuts. With Ctrl or ⌘ they always are."</span>
            </label>
        }
    });
    any! {
        <Dialog title="Keyboard shortcuts" on_close=close>
            {groups.collect_view()}
            {switch}
        </Dialog>
    }
}
