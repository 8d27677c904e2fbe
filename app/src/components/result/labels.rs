//! Labels: what people say of a response, criterion by criterion and as a whole, given and withdrawn in place.

use leptos::prelude::*;
use shared::api::labels::{DeleteLabel, PutLabel};
use shared::auth::Scope;
use shared::criteria::{Kind, Name};
use shared::id::{ItemId, RunId};
use shared::label::{Draw, Label, NewLabel, Note, Opinion};
use shared::outcome::Detail;
use shared::score::{HIGHEST, Level};
use shared::unseen::seen;

use crate::api::{self, CallError};
use crate::cell::Cell;
use crate::clock;
use crate::components::caller::{self, Caller};
use crate::components::confirm::Confirm;
use crate::components::doing::{Doing, NotDone};
use crate::components::toasts::Toasts;
use crate::wording::{label, subject};

/// The labels of one response, as they are given and withdrawn.
#[derive(Clone, Copy)]
pub struct Labelling {
    run: StoredValue<RunId>,
    item: StoredValue<ItemId>,
    labels: Cell<Vec<Label>>,
    caller: Caller,
    /// Goes with the next label.
    note: RwSignal<String>,
    /// How the item was drawn; none when the reader chose it.
    draw: Option<Draw>,
    changed: Option<Callback<()>>,
    toasts: Toasts,
}

impl Labelling {
    /// Starts from the labels that are there. `changed` hears of every change; `draw` says how the item was
    /// drawn, if the reader did not choose it.
    pub fn of(
        detail: &Detail,
        run: RunId,
        caller: Caller,
        draw: Option<Draw>,
        changed: Option<Callback<()>>,
    ) -> Self {
        Self {
            run: StoredValue::new(run),
            item: StoredValue::new(detail.row.item_id.clone()),
            labels: Cell::new(detail.labels.clone()),
            caller,
            note: RwSignal::default(),
            draw,
            changed,
            toasts: Toasts::of_app(),
        }
    }

    /// Shows the labels, and the buttons that give them.
    pub fn show(self, detail: &Detail) -> AnyView {
        if detail.response.is_none() {
            return any! { <p class="quiet">"There is no response to label."</p> };
        }
        let criteria = detail.judgements.iter().filter_map(|outcome| {
            let name = Name::try_from(outcome.name.clone()).ok()?;
            Some(self.subject(Some(name), Some(outcome.kind)))
        });
        any! {
            <div class="labels">{criteria.collect_view()} {self.subject(None, None)}</div>
            <label class="field">
                <span>"Why? (optional, goes with the next label)"</span>
                <input maxlength="2000" bind:value=self.note />
            </label>
        }
    }

    fn subject(self, criterion: Option<Name>, kind: Option<Kind>) -> AnyView {
        let title = label::subject(criterion.as_ref().map(Name::as_str));
        let about = StoredValue::new(criterion);
        let chosen = StoredValue::new(None::<Opinion>);
        let save = Doing::new(move || async move {
            let Some(opinion) = chosen.get_value() else { return Ok(()) };
            let before = untrack(|| self.mine(about));
            self.put(about.get_value(), opinion, before).await
        });
        let mine = move || self.mine(about);
        let called = title.clone();
        let button = move |opinion: Opinion| {
            let name = match opinion {
                Opinion::Level(level) => level.number().to_string(),
                Opinion::Pass(_) => label::opinion(opinion),
            };
            any! {
                <button
                    type="button"
                    class="chip"
                    aria-label=format!("{called}: {}", label::opinion(opinion))
                    aria-pressed=move || mine().is_some_and(|label| label.opinion == opinion).to_string()
                    on:click=move |_| {
                        chosen.set_value(Some(opinion));
                        save.start();
                    }
                >
                    {name}
                </button>
            }
        };
        let buttons = caller::offered::<PutLabel>(move || {
            opinions(kind).into_iter().map(&button).collect_view().into_any()
        });
        let said = move || {
            let labels = self.labels.get().into_iter().filter(|label| label.criterion == about.get_value());
            labels.map(|label| self.said(label)).collect_view()
        };
        let saving = move || save.is_under_way().then_some("Saving…");
        any! {
            <div class="label" role="group" aria-label=format!("Label: {title}")>
                <p>
                    <strong>{title.clone()}</strong> " " <span class="quiet small">{label::how(kind)}</span>
                </p>
                <div class="chips">
                    {buttons} <span class="quiet small" role="status">{saving}</span>
                </div>
                <ul class="said">{said}</ul>
                {save.problem()}
            </div>
        }
    }

    fn said(self, label: Label) -> AnyView {
        let kept = label.clone();
        let withdraw = Doing::new(move || {
            let label = kept.clone();
            async move { self.withdraw(label).await }
        });
        let asking = RwSignal::new(false);
        let author = StoredValue::new(label.author.clone());
        let is_mine = move || self.caller.get().is_some_and(|caller| caller.subject == author.get_value());
        let is_operator =
            move || self.caller.get().is_some_and(|caller| caller.scopes.contains(&Scope::Admin));
        let word = label::opinion(label.opinion);
        let name = StoredValue::new(format!("Withdraw {word} by {}", subject::named(&label.author)));
        let button = move || {
            if is_mine() {
                return withdraw.button("plain", "Withdraw", "Withdrawing…", Some(name.get_value()));
            }
            // Nobody can give another's label again.
            let ask = is_operator().then(|| {
                any! {
                    <button
                        type="button"
                        class="plain"
                        aria-label=name.get_value()
                        on:click=move |_| asking.set(true)
                    >
                        "Withdraw…"
                    </button>
                }
            });
            ask.into_any()
        };
        let asked = move || {
            asking.get().then(|| {
                any! {
                    <Confirm
                        title="Withdraw the label?"
                        text=label::of_another(&author.get_value())
                        word="Withdraw label"
                        act=withdraw
                        close=Callback::new(move |()| asking.set(false))
                    />
                }
            })
        };
        any! {
            <li class="line small">
                <strong class="number">{word}</strong>
                <span class="quiet">
                    "by " {subject::named(&label.author)} ", "
                    <time title=clock::full(label.created_at)>{clock::ago(label.created_at)}</time>
                </span>
                {label.note.map(|note| any! { <q>{seen(&String::from(note))}</q> })}
                {button}
                {withdraw.problem()}
                {asked}
            </li>
        }
    }

    /// Gives the reader's label on something.
    fn mine(self, about: StoredValue<Option<Name>>) -> Option<Label> {
        let caller = self.caller.get()?;
        self.labels.with(|labels| {
            let mut of_it = labels.iter().filter(|label| label.criterion == about.get_value());
            of_it.rfind(|label| label.author == caller.subject).cloned()
        })
    }

    async fn put(
        self,
        criterion: Option<Name>,
        opinion: Opinion,
        before: Option<Label>,
    ) -> Result<(), NotDone> {
        let written = self.note.get_untracked();
        let note = (!written.trim().is_empty())
            .then(|| Note::try_from(written).map_err(NotDone::unfit))
            .transpose()?;
        let (level, pass) = parts(opinion);
        let (run_id, item_id) = (self.run.get_value(), self.item.get_value());
        let drawn = self.draw.map(|draw| draw.drawn);
        let weight = self.draw.and_then(|draw| draw.weight);
        let new = NewLabel { run_id, item_id, criterion, level, pass, note, drawn, weight };
        let label = self.give(&new).await?;
        self.note.try_set(String::new());
        if let Some(before) = before.filter(|before| before.id != label.id) {
            self.offer(label::replaced(&before, label.opinion), before);
        }
        Ok(())
    }

    async fn give(self, new: &NewLabel) -> Result<Label, CallError> {
        let label: Label = api::submit(&PutLabel {}, new).await?;
        self.labels.update(|labels| {
            // What the same person said of it before counts no more.
            labels.retain(|known| known.author != label.author || known.criterion != label.criterion);
            labels.push(label.clone());
        });
        self.tell();
        Ok(label)
    }

    async fn withdraw(self, label: Label) -> Result<(), NotDone> {
        api::read_from(&DeleteLabel { label: label.id.clone() }).await?;
        let is_mine = untrack(|| self.caller.get()).is_some_and(|caller| caller.subject == label.author);
        self.labels.update(|labels| labels.retain(|known| known.id != label.id));
        self.tell();
        if is_mine {
            self.offer(label::withdrawn(&label), label);
        }
        Ok(())
    }

    /// Says what became of the reader's label, and offers to give it again.
    fn offer(self, text: String, label: Label) {
        let about = label.criterion.as_ref().map_or("", Name::as_str);
        let subject = format!("label/{}/{about}", label.item_id);
        let (level, pass) = parts(label.opinion);
        let again = NewLabel {
            run_id: label.run_id.clone(),
            item_id: label.item_id.clone(),
            criterion: label.criterion.clone(),
            level,
            pass,
            note: label.note.clone(),
            drawn: label.drawn,
            weight: label.weight,
        };
        self.toasts.undoable(subject, text, move || {
            let again = again.clone();
            async move { Ok(label::back(&self.give(&again).await?)) }
        });
    }

    fn tell(self) {
        if let Some(changed) = self.changed {
            changed.try_run(());
        }
    }
}

/// Writes an opinion as it is sent.
fn parts(opinion: Opinion) -> (Option<Level>, Option<bool>) {
    match opinion {
        Opinion::Level(level) => (Some(level), None),
        Opinion::Pass(pass) => (None, Some(pass)),
    }
}

/// Gives what can be said of something: levels, or yes and no.
fn opinions(kind: Option<Kind>) -> Vec<Opinion> {
    match kind {
        None | Some(Kind::Binary) => vec![Opinion::Pass(true), Opinion::Pass(false)],
        Some(_) => {
            (0..=HIGHEST).filter_map(|number| Level::try_from(number).ok()).map(Opinion::Level).collect()
        }
    }
}
