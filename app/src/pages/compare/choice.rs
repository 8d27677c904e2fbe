//! Choosing the two runs and the margin.

use leptos::prelude::*;
use shared::id::RunId;
use shared::run::Run;
use shared::share::Share;
use shared::unseen::seen;

use crate::cell::Derived;
use crate::components::margin;
use crate::{address, clock};

/// What is compared, as the address says.
#[derive(Clone, Copy)]
pub struct Choice {
    pub base: Derived<Option<RunId>>,
    pub candidate: Derived<Option<RunId>>,
    /// Five points unless somebody says otherwise.
    pub margin: Derived<Option<Share>>,
}

/// Shows the fields; `runs` are the ones to choose from, the newest first.
pub fn choice(runs: &[Run], choice: Choice) -> AnyView {
    let runs: Vec<_> = runs.iter().filter(|run| run.status.is_final()).cloned().collect();
    if runs.len() < 2 {
        return any! {
            <div class="empty">
                <p>"There are no two runs to compare yet."</p>
                <p class="quiet">"Run a set twice, with two prompts or two models: each run is compared item by item."</p>
                <p>
                    <a class="button main" href="/runs/new">
                        "New run"
                    </a>
                </p>
            </div>
        };
    }
    let runs = StoredValue::new(runs);
    let swap = move |_| {
        let (base, candidate) = (choice.base.get_untracked(), choice.candidate.get_untracked());
        let word = |run: Option<RunId>| run.map(String::from);
        address::set(&[("base", word(candidate)), ("candidate", word(base))]);
    };
    any! {
        <form class="filters choose" on:submit=|event| event.prevent_default()>
            {select(runs, choice, Side::Candidate)} {select(runs, choice, Side::Base)}
            <button type="button" on:click=swap>
                "⇄ Swap"
            </button>
            {margin::margin("Margin, in points", choice.margin)}
        </form>
    }
}

/// Which of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Base,
    Candidate,
}

fn select(runs: StoredValue<Vec<Run>>, choice: Choice, side: Side) -> AnyView {
    let (title, name, own, other) = match side {
        Side::Candidate => ("New run", "candidate", choice.candidate, choice.base),
        Side::Base => ("Base, what it must not be worse than", "base", choice.base, choice.candidate),
    };
    let options = move || {
        let (chosen, other) = (own.get(), other.get());
        // Only runs of one set compare; the first choice is free.
        let set = runs.with_value(|runs| {
            let other = runs.iter().find(|run| Some(&run.id) == other.as_ref());
            other.map(|run| run.set_id.clone())
        });
        let listed = runs.with_value(|runs| {
            let fits = |run: &&Run| {
                let of_set = set.as_ref().is_none_or(|set| *set == run.set_id);
                Some(&run.id) == chosen.as_ref() || (of_set && Some(&run.id) != other.as_ref())
            };
            let listed = runs.iter().filter(fits);
            listed.map(|run| (run.id.clone(), label(run))).collect::<Vec<_>>()
        });
        // The address may name a run that is too old to be listed.
        let unlisted = chosen.clone().filter(|chosen| listed.iter().all(|(run, _)| run != chosen));
        let unlisted = unlisted.map(|run| (run.clone(), format!("run {run}")));
        let option = |(run, label): (RunId, String)| {
            let selected = Some(&run) == chosen.as_ref();
            any! { <option value=String::from(run) selected=selected>{label}</option> }
        };
        let none = chosen.is_none();
        any! {
            <option value="" selected=none>"Choose a run"</option>
            {unlisted.into_iter().chain(listed).map(option).collect_view()}
        }
    };
    any! {
        <label class="field grow">
            <span>{title}</span>
            <select on:change:target=move |event| address::set(&[(name, Some(event.target().value()))])>{options}</select>
        </label>
    }
}

fn label(run: &Run) -> String {
    format!(
        "{} · {} · {}",
        seen(run.name.as_str()),
        seen(run.set_name.as_str()),
        clock::short(run.created_at)
    )
}
