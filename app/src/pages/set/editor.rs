//! A form over a list of parts that are being written, such as criteria: adding, removing and saving them.

use leptos::prelude::*;
use shared::api::sets::{PatchSet, SetChange};
use shared::mistake::Mistake;
use shared::set;
use web_sys::HtmlElement;
use web_sys::wasm_bindgen::JsCast;

use crate::api;
use crate::cell::Cell;
use crate::clock;
use crate::components::caller;
use crate::components::doing::Doing;
use crate::components::mistakes::Mistakes;
use crate::components::toasts::Toasts;
use crate::components::unsaved;
use crate::wording;

/// A part while it is being written.
pub trait Draft: Copy + Send + Sync + 'static {
    /// Starts from nothing.
    fn empty(number: u32) -> Self;

    /// Gives the number that tells it from the others of its form.
    fn number(self) -> u32;

    /// Names it as it is called now.
    fn called(self) -> String;
}

/// What the subjects of parts that were taken out begin with: they can be put back for as long as the form is there.
const PARTS: &str = "part/";

/// Finds the form in the page.
const FORM: &str = "form.criteria";

/// Offers to put a part of a form back that was taken out of it.
pub fn offer(toasts: Toasts, called: String, put_back: impl Fn() + Clone + Send + Sync + 'static) {
    let text = wording::set::part_removed(&called);
    toasts.undoable(format!("{PARTS}{}", clock::draw()), text, move || {
        put_back();
        let said = wording::set::part_back(&called);
        async move { Ok(said) }
    });
}

/// The parts, and what is wrong with them.
pub struct Editor<D> {
    pub drafts: Cell<Vec<D>>,
    pub mistakes: Mistakes,
    save: Doing,
    toasts: Toasts,
}

impl<D> Clone for Editor<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Editor<D> {}

impl<D: Draft> Editor<D> {
    /// Starts from what the set has. `read` reads what is typed, each mistake by its place in the change of the set.
    pub fn new(
        set: &set::Set,
        mistakes: Mistakes,
        drafts: Vec<D>,
        read: impl Fn(&[D]) -> Result<SetChange, Vec<Mistake>> + 'static,
        changed: Callback<()>,
    ) -> Self {
        let drafts = Cell::new(drafts);
        let toasts = Toasts::of_app();
        on_cleanup(move || toasts.forget(PARTS));
        let (id, version) = (set.id.clone(), set.version);
        let save = Doing::new(move || {
            let change = untrack(|| read(&drafts.get()));
            let call = PatchSet { set: id.clone() };
            async move {
                mistakes.clear();
                let change = change.map_err(|found| mistakes.found(found))?;
                let saved = api::submit(&call, &change).await.map_err(|error| mistakes.answered(error))?;
                toasts.done(wording::set::saved(version, saved.version));
                changed.try_run(());
                Ok(())
            }
        });
        Self { drafts, mistakes, save, toasts }
    }

    /// Takes a part out, and offers to put it back. The places that mistakes name are others then.
    pub fn remove(self, draft: D) {
        self.mistakes.clear();
        let drafts = self.drafts.get_untracked();
        let place = drafts.iter().position(|known| known.number() == draft.number());
        unsaved::changed_in(FORM);
        self.drafts.update(|drafts| drafts.retain(|known| known.number() != draft.number()));
        offer(self.toasts, untrack(|| draft.called()), move || {
            self.mistakes.clear();
            self.drafts.update(|drafts| drafts.insert(place.unwrap_or_default().min(drafts.len()), draft));
        });
        focus_on(".criteria .add");
    }

    fn add(self) {
        self.mistakes.clear();
        unsaved::changed_in(FORM);
        self.drafts.update(|drafts| {
            let number = drafts.iter().map(|draft| draft.number() + 1).max().unwrap_or_default();
            drafts.push(D::empty(number));
        });
        focus_on(".criteria > fieldset:nth-last-child(1 of fieldset) :is(input, select)");
    }

    /// Shows the form: a head, then the fields of each part, by its place.
    pub fn form(
        self,
        head: AnyView,
        add: &'static str,
        fields: impl Fn(D, usize) -> AnyView + Send + Sync + 'static,
    ) -> AnyView {
        let all = move || {
            let drafts = self.drafts.get().into_iter().enumerate();
            drafts.map(|(place, draft)| fields(draft, place)).collect_view()
        };
        any! {
            <form
                class="criteria"
                data-guarded
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    self.save.start();
                }
            >
                {caller::why_not::<PatchSet>()}
                {head}
                {all}
                {caller::offered::<PatchSet>(move || {
                    any! {
                        <p>
                            <button type="button" class="add" on:click=move |_| self.add()>
                                {add}
                            </button>
                        </p>
                        {self.save.problem()}
                        {self.save.submit("Save", "Saving…")}
                    }
                })}
            </form>
        }
    }
}

/// Gives something of the form the focus, once it is drawn.
fn focus_on(selector: &'static str) {
    request_animation_frame(move || {
        let found = document().query_selector(selector).ok().flatten();
        if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            _ = found.focus();
        }
    });
}
