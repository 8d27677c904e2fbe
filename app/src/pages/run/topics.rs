//! The topics of a run's failures by the names that people gave them, and the field that names one.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use shared::api::sets::PutTopic;
use shared::id::SetId;
use shared::topics::Middle;
use shared::topics::alike::Alike;
use shared::topics::named::{self, Called, NamedTopic, NewTopicName, TopicName};
use shared::topics::texts::Texts;

use crate::address;
use crate::api::{self, CallError};
use crate::cell::Cell;
use crate::components::caller::Caller;
use crate::components::doing::{Doing, NotDone};
use crate::components::toasts::Toasts;
use crate::wording::{preview, slice, topic};

/// How many topics are shown.
const SHOWN: usize = 12;

/// The topics of a run, as they are named.
#[derive(Clone, Copy)]
pub struct Topics {
    texts: StoredValue<Arc<Texts>>,
    alike: StoredValue<Alike>,
    set: StoredValue<Option<SetId>>,
    named: Cell<Vec<NamedTopic>>,
    /// The topic whose name is being written, by its largest part.
    open: Cell<Option<Middle>>,
    /// The topic whose name was written last: where the reader goes on.
    left: StoredValue<Option<Middle>>,
    /// Whether the reader may name topics.
    may_name: Memo<bool>,
    toasts: Toasts,
}

impl Topics {
    /// Starts with the names that are known.
    pub fn of(
        texts: Arc<Texts>,
        alike: Alike,
        set: Option<SetId>,
        named: &[NamedTopic],
        caller: Caller,
    ) -> Self {
        let of_set = set.is_some();
        Self {
            texts: StoredValue::new(texts),
            alike: StoredValue::new(alike),
            set: StoredValue::new(set),
            named: Cell::new(named.to_vec()),
            open: Cell::new(None),
            left: StoredValue::new(None),
            may_name: Memo::new(move |_| of_set && caller.may::<PutTopic>()),
            toasts: Toasts::of_app(),
        }
    }

    /// Shows the topics, the largest first.
    pub fn show(self) -> AnyView {
        let list = move || {
            let called =
                self.alike.with_value(|alike| self.named.with(|named| named::call(&alike.topics, named)));
            let open = self.open.get();
            let shown = called.iter().take(SHOWN).map(|called| self.topic(called, open.as_ref()));
            let left = called.len().saturating_sub(SHOWN);
            let rest = topic::rest(left, self.alike.with_value(|alike| alike.wordless));
            any! {
                <ol class="topics">{shown.collect_view()}</ol>
                {rest.map(|rest| any! { <p class="quiet">{rest}</p> })}
            }
        };
        list.into_any()
    }

    fn topic(self, called: &Called, open: Option<&Middle>) -> AnyView {
        let failures = self.alike.with_value(|alike| alike.failures);
        let examples = called.examples().into_iter().filter_map(|place| self.example(place)).collect_view();
        let middles: Vec<_> = called.parts.iter().map(|part| part.middle.clone()).collect();
        let is_open = open.is_some() && middles.first() == open;
        any! {
            <li>
                <div class="line">
                    <strong>{topic::name(called)}</strong>
                    <span class="quiet">{topic::size(called.size() as u64, failures)}</span>
                    {(!is_open && self.may_name.get()).then(|| self.pencil(called, &middles))}
                </div>
                {topic::terms(called).map(|terms| any! { <p class="quiet small">{terms}</p> })}
                {is_open.then(|| self.field(called.name.clone(), middles))}
                <ul>{examples}</ul>
            </li>
        }
    }

    fn example(self, place: usize) -> Option<AnyView> {
        self.texts.with_value(|texts| {
            let id = texts.items.get(place)?.to_string();
            let request = texts.requests.get(place).map(String::as_str).unwrap_or_default();
            let said = texts.said.get(place).cloned().flatten().unwrap_or_default();
            Some(any! {
                <li>
                    <a class="open" href=address::link_with("open", Some(id))>
                        {preview::leading(request)}
                    </a>
                    <p class="quiet preview">{preview::of(&slice::head(&said))}</p>
                </li>
            })
        })
    }

    /// Shows the button that opens the field.
    fn pencil(self, called: &Called, middles: &[Middle]) -> AnyView {
        let node = NodeRef::<html::Button>::new();
        let was_open = self.left.with_value(|left| left.as_ref().is_some_and(|left| middles.contains(left)));
        Effect::new(move |_| {
            if let Some(button) = node.get().filter(|_| was_open) {
                request_animation_frame(move || _ = button.focus());
            }
        });
        let middle = middles.first().cloned();
        any! {
            <button
                type="button"
                class="icon"
                aria-label=topic::rename(called)
                node_ref=node
                on:click=move |_| _ = self.open.set(middle.clone())
            >
                "✎"
            </button>
        }
    }

    /// Shows the field for a name. All parts of a topic are named together.
    fn field(self, before: Option<TopicName>, middles: Vec<Middle>) -> AnyView {
        let written = RwSignal::new(before.clone().map(String::from).unwrap_or_default());
        let node = NodeRef::<html::Input>::new();
        Effect::new(move |_| {
            if let Some(input) = node.get() {
                request_animation_frame(move || _ = input.focus());
            }
        });
        let save = Doing::new(move || {
            let (written, before, middles) = (written.get_untracked(), before.clone(), middles.clone());
            async move {
                let name = read(written)?;
                if name == before {
                    self.close();
                } else if self.put(name.clone(), middles.clone()).await {
                    self.close();
                    self.offer(name, before, middles);
                }
                Ok(())
            }
        });
        let pressed = move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                self.close();
            }
        };
        any! {
            <form
                class="form"
                on:submit=move |event| {
                    event.prevent_default();
                    save.start();
                }
                on:keydown=pressed
            >
                <label class="field">
                    <span>{topic::FIELD}</span>
                    <input maxlength="80" aria-describedby="topic-hint" node_ref=node bind:value=written />
                </label>
                <p id="topic-hint" class="quiet small">{topic::HINT}</p>
                {save.problem()}
                <p class="actions">
                    {save.submit("Save", "Saving…")}
                    <button type="button" on:click=move |_| self.close()>
                        "Cancel"
                    </button>
                </p>
            </form>
        }
    }

    fn close(self) {
        // It may be gone by now.
        let open = self.open.get_untracked();
        self.left.try_update_value(|left| *left = open);
        self.open.set(None);
    }

    /// Names the parts of a topic; what could not be named is said. Tells whether all are named.
    async fn put(self, name: Option<TopicName>, middles: Vec<Middle>) -> bool {
        let Some(set) = self.set.try_get_value().flatten() else { return false };
        let (named, trouble) = name_parts(&set, name, middles).await;
        self.remember(named);
        let done = trouble.is_none();
        if let Some(error) = trouble {
            self.toasts.failed(error);
        }
        done
    }

    fn remember(self, named: Vec<NamedTopic>) {
        if !named.is_empty() {
            self.named.update(|known| {
                known.retain(|known: &NamedTopic| named.iter().all(|topic| topic.terms != known.terms));
                known.splice(..0, named);
            });
        }
    }

    /// Says what a topic is called now, and offers to call it as before: the name is everybody's.
    fn offer(self, now: Option<TopicName>, before: Option<TopicName>, middles: Vec<Middle>) {
        let Some(set) = self.set.try_get_value().flatten() else { return };
        let subject = format!("topic/{}", serde_json::to_value(middles.first()).unwrap_or_default());
        self.toasts.undoable(subject, topic::renamed(now.as_ref()), move || {
            let (set, before, middles) = (set.clone(), before.clone(), middles.clone());
            async move {
                let said = topic::renamed(before.as_ref());
                let (named, trouble) = name_parts(&set, before, middles).await;
                self.remember(named);
                trouble.map_or(Ok(said), Err)
            }
        });
    }
}

/// Names the parts of a topic one by one. Gives those that were named, and why not the others.
async fn name_parts(
    set: &SetId,
    name: Option<TopicName>,
    middles: Vec<Middle>,
) -> (Vec<NamedTopic>, Option<CallError>) {
    let mut named = Vec::new();
    for terms in middles {
        let new = NewTopicName { name: name.clone(), terms };
        match api::submit(&PutTopic { set: set.clone() }, &new).await {
            Ok(topic) => named.push(topic),
            Err(error) => return (named, Some(error)),
        }
    }
    (named, None)
}

/// Reads what was written; nothing takes the name away.
fn read(written: String) -> Result<Option<TopicName>, NotDone> {
    if written.trim().is_empty() {
        return Ok(None);
    }
    TopicName::try_from(written).map(Some).map_err(NotDone::unfit)
}
