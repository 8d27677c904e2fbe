//! The components that are no charts.

use leptos::prelude::*;
use shared::outcome::{Change, Verdict};
use shared::run::Status;

use crate::api::CallError;
use crate::cell::Cell;
use crate::components::dialog::{Dialog, Place};
use crate::components::doing::Doing;
use crate::components::fault::fault;
use crate::components::long_text::long_text;
use crate::components::marks;
use crate::components::mistakes::Mistakes;
use crate::components::toasts::Toasts;
use crate::shortcut;
use crate::wording::fault::Fault;
use shared::mistake::Mistake;

/// Shows the components, under ids of this theme's own.
pub fn pieces(theme: &'static str) -> AnyView {
    any! {
        {buttons(theme)}
        {fields(theme)}
        {table(theme)}
        {navigation(theme)}
        {words()}
    }
}

fn buttons(theme: &'static str) -> AnyView {
    let toasts = Toasts::of_app();
    let opened = Cell::new(None::<Place>);
    let menu = format!("design-menu-{theme}");
    let panel = move || {
        opened.get().map(|place| {
            any! {
                <Dialog title="A panel" place on_close=Callback::new(move |()| _ = opened.set(None))>
                    <p>"What it is about, and what can be done about it."</p>
                    <p class="actions">
                        <button type="button" class="main">"Do it"</button>
                        <button type="button" on:click=move |_| _ = opened.set(None)>
                            "Cancel"
                        </button>
                    </p>
                </Dialog>
            }
        })
    };
    let failed = CallError { fault: Fault::Unreachable, request_id: None };
    any! {
        <section>
            <h3>"Buttons"</h3>
            <p class="actions">
                <button type="button" class="main">"Main"</button>
                <button type="button">"Other"</button>
                <button type="button" class="danger">"Danger"</button>
                <button type="button" class="plain">"Plain"</button>
                <button type="button" disabled>"Not now"</button>
                <button type="button" class="icon" aria-label="Close">"✕"</button>
                <a class="button" href="/design">"A link"</a>
            </p>
            <div class="chips" role="group" aria-label="Filters">
                <button type="button" class="chip" aria-pressed="true">"Broke " <span class="number">"7"</span></button>
                <button type="button" class="chip" aria-pressed="false">"Fixed " <span class="number">"2"</span></button>
            </div>
        </section>
        <section>
            <h3>"Dialog, slide-over, menu, toast"</h3>
            <p class="actions">
                <button type="button" on:click=move |_| _ = opened.set(Some(Place::Middle))>"Dialog…"</button>
                <button type="button" on:click=move |_| _ = opened.set(Some(Place::Side))>"Slide-over…"</button>
                <button type="button" popovertarget=menu.clone()>"Menu ▾"</button>
                <button type="button" on:click=move |_| toasts.done("It is done.")>"Toast"</button>
                <button type="button" on:click=move |_| gone(toasts)>"Toast that undoes"</button>
                <button type="button" on:click=move |_| toasts.failed(failed.clone())>"Toast of a failure"</button>
            </p>
            <div popover="auto" id=menu class="menu" role="group" aria-label="A menu">
                <ul>
                    <li><a href="/design" aria-current="true">"What is shown"</a></li>
                    <li><a href="/design">"Something else"</a></li>
                </ul>
            </div>
            {panel}
        </section>
    }
}

fn fields(theme: &'static str) -> AnyView {
    let text = RwSignal::new("A text of several lines.\nIt keeps its breaks.".to_owned());
    let number = RwSignal::new("-1".to_owned());
    let checked = RwSignal::new(true);
    let mistakes = Mistakes::of(theme);
    // Found once the fields are there, as when a form was sent.
    let found = vec![Mistake::new("/weight", "a weight is above 0 and at most 1000")];
    let check = Doing::new(move || {
        let found = found.clone();
        async move { Err(mistakes.found(found)) }
    });
    let of_weight = mistakes.at("/weight");
    let weight = any! {
        <input
            id=of_weight.id.clone()
            class="short"
            aria-invalid=of_weight.invalid()
            aria-describedby=of_weight.described()
            bind:value=number
        />
    };
    any! {
        <section>
            <h3>"Fields"</h3>
            <form on:submit=move |event| {
                event.prevent_default();
                check.start();
            }>
                <div class="fields">
                    <label class="field grow">
                        <span>"Search"</span>
                        <input type="search" placeholder="Words" />
                    </label>
                    <label class="field">
                        <span>"Choice"</span>
                        <select>
                            <option>"Any time"</option>
                            <option>"Last hour"</option>
                        </select>
                    </label>
                    <label class="field">
                        <span>"Day"</span>
                        <input type="date" />
                    </label>
                </div>
                {mistakes.at("/text").text("Text", "3", text)}
                {of_weight.field("field", "Weight", weight)}
                <label class="choice">
                    <input type="checkbox" bind:checked=checked />
                    <span>"Required"</span>
                </label>
                <fieldset>
                    <legend>"A group"</legend>
                    <label class="choice">
                        <input type="radio" name=theme checked />
                        <span>"One"</span>
                    </label>
                    <label class="choice">
                        <input type="radio" name=theme />
                        <span>"The other"</span>
                    </label>
                </fieldset>
                {check.problem()}
                {check.submit("Save", "Saving…")}
            </form>
        </section>
    }
}

fn table(theme: &'static str) -> AnyView {
    let row = |name: &'static str, verdict: Verdict, change: Option<Change>, score: &'static str| {
        any! {
            <tr>
                <td class="check"><input type="checkbox" aria-label=format!("Check: {name}") /></td>
                <td class="preview"><a class="open" href="/design">{name}</a></td>
                <td data-label="verdict">{marks::verdict(verdict)} " " {marks::change(change)}</td>
                <td class="number" data-label="score">{score}</td>
            </tr>
        }
    };
    any! {
        <section>
            <h3>"Table"</h3>
            <table class="rows" aria-label=format!("Items, {theme}")>
                <thead>
                    <tr>
                        <th scope="col" class="check"><span class="hidden">"Checked"</span></th>
                        <th scope="col">"Request"</th>
                        <th scope="col">"Verdict"</th>
                        <th scope="col" class="number">"Score"</th>
                    </tr>
                </thead>
                <tbody>
                    {row("Where is my order?", Verdict::Pass, Some(Change::Fixed), "0.92")}
                    {row("Cancel it, please.", Verdict::Fail, Some(Change::Broke), "0.40")}
                    {row("Do you ship to Malta?", Verdict::Unscored, None, "–")}
                </tbody>
            </table>
        </section>
    }
}

fn navigation(theme: &'static str) -> AnyView {
    let keys = shortcut::ALL.iter().take(4).map(crate::components::shortcuts::keys);
    let statuses = [Status::Queued, Status::Running, Status::Paused, Status::Done, Status::Cancelled];
    let statuses = statuses.map(|status| any! { {marks::status(status)} " " });
    any! {
        <section>
            <h3>"Tabs, badges, keys, meter"</h3>
            <nav class="parts" aria-label=format!("Tabs, {theme}")>
                <a href="/design" aria-current="page">"Items"</a>
                <a href="/design">"Criteria"</a>
                <a href="/design">"Runs"</a>
            </nav>
            <p>{statuses.into_iter().collect_view()} {marks::simulated(true)}</p>
            <p class="actions">{keys.collect_view()}</p>
            <div class="progress">
                <progress max="100" value="62" aria-label=format!("Progress, {theme}")></progress>
                <p class="number">"62 of 100 items"</p>
            </div>
        </section>
    }
}

fn words() -> AnyView {
    let failed = CallError { fault: Fault::Unanswered, request_id: Some("0199-a".to_owned()) };
    any! {
        <section>
            <h3>"States and texts"</h3>
            <div class="empty">
                <p>"No runs yet."</p>
                <p class="quiet">"A run sends the items of a set to a model, and has a judge score the responses."</p>
            </div>
            <p class="notice">"Paused by hand."</p>
            {fault(&failed, Some(Callback::new(|()| ())))}
            {long_text("A text to be read, in lines that are not too long.\nIts breaks are kept.")}
            <p>
                "What was " <del>"taken out"</del> " and what was " <ins>"put in"</ins> "; a "
                <mark>"quote"</mark> "; " <code>"code"</code> "; a " <a href="/design">"link"</a> "."
            </p>
            <details>
                <summary>"More"</summary>
                <p>"What few need."</p>
            </details>
        </section>
    }
}

/// Says that something is gone, and brings it back when that is undone.
fn gone(toasts: Toasts) {
    toasts.undoable("design", "It is gone.", || async { Ok("It is back.".to_owned()) });
}
