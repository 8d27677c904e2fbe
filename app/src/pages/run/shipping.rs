//! Whether the run may ship: what the gate says, and what takes it elsewhere.

use leptos::prelude::*;
use shared::compare::{Sides, Unanswered};
use shared::gate::checks::{self, Checks};
use shared::gate::{self, Gate, Verdict, findings};
use shared::report::Format;
use shared::run::Run;
use shared::share::Share;
use shared::stats::margin::Decision;
use shared::summary::Summary;

use super::report::Report;
use crate::address;
use crate::cell::Derived;
use crate::components::held::held;
use crate::components::margin;
use crate::route::Route;
use crate::wording::compare::{against_originals, can_tell};
use crate::wording::fault::sentence;
use crate::wording::ship;

/// Says whether a run that is over may ship, at the threshold and the margin that are set on the page.
#[component]
pub fn Shipping(report: Report, whole: Run) -> impl IntoView {
    let judges_originals = whole.baseline;
    let judged_at = whole.threshold;
    let links = links(&whole);
    let word = address::parameter("margin");
    let margin = Derived::new(move || word.get().and_then(|word| word.parse::<Share>().ok()));
    let pairs =
        report.exact.with_value(|exact| report.scores.with_value(|scores| scores.beside_originals(exact)));
    let sides = StoredValue::new(pairs.map(|pairs| Sides::of(pairs, Unanswered::Fails)));
    let run = StoredValue::new(whole);
    let decided = Derived::new(move || {
        let threshold = report.threshold.get();
        let margin = margin.get().filter(|_| judges_originals);
        let checks = checks::choose(None, margin, None, judges_originals, threshold);
        let comparison = checks
            .not_worse
            .as_ref()
            .and_then(|check| sides.with_value(|sides| Some(sides.as_ref()?.at(threshold, check.margin))));
        run.with_value(|run| {
            // What was found about the judge does not depend on the threshold, and only the service knows it.
            let canaries = run.summary.as_ref().map(|summary| summary.canaries.clone());
            let summary = report.rescored.with(|rescored| rescored.summary.clone());
            let summary = Summary { canaries: canaries.unwrap_or_default(), ..summary };
            said(&gate::decide(run, &checks, summary, comparison, None), run, &checks)
        })
    });
    let moved = move || {
        let threshold = report.threshold.get();
        (threshold != judged_at).then(|| {
            let words = ship::moved(threshold.value(), judged_at.value());
            any! { <p class="quiet">{words}</p> }
        })
    };
    let command = move || {
        let origin = window().location().origin().unwrap_or_default();
        let margin = judges_originals.then(|| margin.get().unwrap_or(Share::MARGIN));
        run.with_value(|run| ship::command(&origin, &run.id, margin))
    };
    any! {
        <section class="ship" aria-labelledby="ship-title">
            <div class="beside">
                <div>
                    <div class="line">
                        <h2 id="ship-title">"May it ship?"</h2>
                        {move || decided.with(Said::mark)}
                    </div>
                    {move || decided.with(Said::show)}
                    {moved}
                </div>
                <div>
                    {judges_originals.then(|| margin::margin("Margin: points of pass rate that it may cost", margin))}
                    {ci(command)}
                    {links}
                </div>
            </div>
        </section>
    }
}

/// What the gate says, as it is shown.
#[derive(Clone, PartialEq)]
struct Said {
    gate: Gate,
    /// Some item has a score: without any the gate fails, and yet nothing speaks against the run.
    known: bool,
    /// Sentences, the most important first.
    reasons: Vec<String>,
}

fn said(gate: &Gate, run: &Run, checks: &Checks) -> Said {
    let summary = gate.summary.as_ref();
    let errored = summary.map_or(0, |summary| summary.errored);
    if summary.is_some_and(|summary| summary.scored == 0) {
        return Said { gate: gate.clone(), known: false, reasons: vec![ship::NOTHING_KNOWN.to_owned()] };
    }
    let doubts = [findings::cancelled(run), summary.and_then(findings::unscored)];
    let doubts = doubts.into_iter().flatten().filter(|doubt| doubt.verdict != Verdict::Pass);
    let mut reasons: Vec<_> = doubts.map(|doubt| sentence(&doubt.reason)).collect();
    // What the judge got wrong is said in full before anything else on the page.
    reasons.extend(summary.and_then(findings::canaries).map(|_| ship::UNRELIABLE.to_owned()));
    let comparison = gate.comparison.as_ref();
    let against = comparison.and_then(|comparison| against_originals(comparison, errored));
    // The gate's own words where there are no numbers to say it in ours.
    let last = || gate.reasons.last().map(|reason| sentence(reason));
    let checked = if checks.not_worse.is_some() { against.or_else(last) } else { last() };
    reasons.extend(checked);
    let unclear = comparison.filter(|comparison| comparison.verdict == Decision::Inconclusive);
    reasons.extend(unclear.and_then(can_tell));
    Said { gate: gate.clone(), known: true, reasons }
}

impl Said {
    fn mark(&self) -> AnyView {
        if self.known { mark(self.gate.verdict) } else { mark(Verdict::Inconclusive) }
    }

    fn show(&self) -> AnyView {
        let reasons = self.reasons.iter().cloned().map(|reason| any! { <p>{reason}</p> });
        any! {
            {reasons.collect_view()}
            {self.gate.comparison.as_ref().and_then(held)}
        }
    }
}

fn mark(verdict: Verdict) -> AnyView {
    let class = match verdict {
        Verdict::Pass => "mark good",
        Verdict::Fail => "mark bad",
        Verdict::Incomplete | Verdict::Inconclusive => "mark odd",
    };
    any! { <strong class=class>{ship::verdict(verdict)}</strong> }
}

fn ci(command: impl Fn() -> String + Clone + Send + Sync + 'static) -> AnyView {
    let copied = RwSignal::new(String::new());
    let (of_click, of_word) = (command.clone(), command.clone());
    any! {
        <details>
            <summary>"Ask from CI"</summary>
            <p class="quiet">
                "Exits 0 when the run may ship, else not. An access key that may run is in "
                <code>"ASSAY_KEY"</code> "."
            </p>
            <pre class="command" tabindex="0" aria-label="Command for CI">{command}</pre>
            <p>
                <button
                    type="button"
                    on:click=move |_| {
                        let text = untrack(&of_click);
                        // Where the browser refuses, the text can still be selected.
                        _ = window().navigator().clipboard().write_text(&text);
                        copied.set(text);
                    }
                >
                    {move || if copied.get() == of_word() { "Copied" } else { "Copy" }}
                </button>
            </p>
        </details>
    }
}

fn links(run: &Run) -> AnyView {
    let compare = address::write(
        &Route::Compare.path(),
        &[("set".to_owned(), run.set_id.to_string()), ("candidate".to_owned(), run.id.to_string())],
    );
    let report = |format: Format| {
        let href = format!("/api/runs/{}/report?format={format}", run.id);
        any! {
            <a href=href download="">
                {ship::format(format)}
            </a>
            " "
        }
    };
    any! {
        <p class="links">"Report, as judged: " {Format::ALL.map(report).collect_view()}</p>
        <p>
            <a href=compare>"Compare with another run"</a>
        </p>
    }
}
