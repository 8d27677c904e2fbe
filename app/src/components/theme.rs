//! The switch between light and dark. Before the first paint, the page's own small script applies the choice.

use leptos::prelude::*;

/// Where the choice is kept; the script that runs before the first paint reads it there.
const KEY: &str = "theme";

/// The theme that was chosen; empty for the system's. A handle that can be copied.
#[derive(Clone, Copy)]
pub struct Theme(RwSignal<String>);

impl Theme {
    /// Makes the choice available to the whole app.
    pub fn provide() -> Self {
        let theme = Self(RwSignal::new(kept().unwrap_or_default()));
        provide_context(theme);
        theme
    }

    /// Gives the choice of the app.
    pub fn of_app() -> Self {
        // Provided before anything is shown.
        use_context().unwrap_or_else(Self::provide)
    }

    /// Chooses a theme; an empty one follows the system.
    pub fn choose(self, theme: &str) {
        keep(theme);
        self.0.set(theme.to_owned());
    }
}

/// Chooses between the system's theme, light and dark.
#[component]
pub fn ThemeSwitch(theme: Theme) -> impl IntoView {
    any! {
        <label class="theme">
            <span class="hidden">"Theme"</span>
            <select on:change:target=move |event| theme.choose(&event.target().value()) prop:value=theme.0>
                <option value="">"System"</option>
                <option value="light">"Light"</option>
                <option value="dark">"Dark"</option>
            </select>
        </label>
    }
}

fn kept() -> Option<String> {
    window().local_storage().ok()??.get_item(KEY).ok()?
}

/// Applies a theme and remembers it; an empty one follows the system.
fn keep(theme: &str) {
    if let Some(root) = document().document_element() {
        // Blocked storage or an odd document only means that the choice is not remembered.
        _ = if theme.is_empty() {
            root.remove_attribute("data-theme")
        } else {
            root.set_attribute("data-theme", theme)
        };
    }
    if let Ok(Some(storage)) = window().local_storage() {
        _ = if theme.is_empty() { storage.remove_item(KEY) } else { storage.set_item(KEY, theme) };
    }
}
