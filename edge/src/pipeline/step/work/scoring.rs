//! What the set's scorers say of an item: of the new response, and of the original where there is a baseline.

use std::borrow::Cow;

use shared::chat::Request;
use shared::score::Weight;
use shared::scorer::result::{Mark, ScorerResult};
use shared::scorer::run::{self, Context, Original};
use shared::scorer::{Scorers, baseline};

use super::Work;
use crate::pipeline::step::plan::Plan;
use crate::store::fact::Known;

/// What the scorers say, in their order.
#[derive(Default)]
pub struct Scored {
    pub candidate: Vec<ScorerResult>,
    /// Empty without a baseline.
    pub baseline: Vec<ScorerResult>,
}

impl Work {
    /// Scores the new response, and the original by the same scorers.
    pub fn scorers(&self, plan: &Plan, known: &Known) -> Scored {
        let original = self.reference.as_ref().map(|output| Original {
            output,
            latency_ms: self.original.latency_ms,
            cost_usd: self.original.cost_usd,
        });
        let context = Context {
            request: &self.asked(plan),
            candidate: Ok(&known.output),
            latency_ms: Some(known.latency_ms),
            cost_usd: known.cost_usd,
            // Answered for another run: nobody waited or paid for it in this one.
            cached: known.at < plan.run.created_at,
            original,
        };
        let candidate = run::all(&plan.scorers, &context);
        let baseline = match original.filter(|_| plan.run.config.baseline) {
            Some(original) => baseline::of(&plan.scorers, &self.request, original, &candidate),
            None => Vec::new(),
        };
        Scored { candidate, baseline }
    }

    /// Gives what was asked for the new response: a target may have tools of its own.
    fn asked(&self, plan: &Plan) -> Cow<'_, Request> {
        let prompt = plan.run.config.target.prompt.as_ref();
        let Some(tools) = prompt.and_then(|prompt| prompt.tools.clone()) else {
            return Cow::Borrowed(&self.request);
        };
        let mut request = self.request.clone();
        request.settings.insert("tools".to_owned(), tools.into());
        Cow::Owned(request)
    }
}

/// Gives each scorer's weight with its mark.
pub fn marks<'a>(
    scorers: &'a Scorers,
    results: &'a [ScorerResult],
) -> impl Iterator<Item = (Option<Weight>, Mark)> + 'a {
    scorers.as_slice().iter().zip(results).map(|(scorer, result)| (scorer.weight, result.mark))
}
