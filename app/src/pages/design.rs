//! Every token and component in both themes, for whoever works on the app: what is changed here is changed everywhere.

mod charts;
mod pieces;
mod tokens;

use leptos::prelude::*;

/// Shows the tokens and components.
#[component]
pub fn DesignPage() -> impl IntoView {
    let shown = [("light", "Light"), ("dark", "Dark")].map(|(theme, title)| {
        let id = format!("design-{theme}");
        any! {
            <section class="shown" data-theme=theme aria-labelledby=id.clone()>
                <h2 id=id.clone()>{title}</h2>
                {tokens::tokens()}
                {pieces::pieces(theme)}
                {charts::charts()}
            </section>
        }
    });
    any! {
        <h1>"Design"</h1>
        <p>"Every token and component of the app, in both themes. The styles are in app/styles, the tokens in tokens.css."</p>
        {shown.into_iter().collect_view()}
    }
}
