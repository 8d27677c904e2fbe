//! Putting one question to the judge, once more when its reply cannot be read, and in other words when its
//! provider does not take it as it is.

use serde_json::Value;
use shared::canonical::Key;
use shared::chat::{FinishReason, Usage};
use shared::criteria::Criterion;
use shared::judge::omitted::Omitted;
use shared::judge::prompt::{self, Prompt, Tried};
use shared::judge::reply::Unreadable;
use shared::judge::{Case, Flag, Judgement, Unscored, datamark, evidence, reply};
use shared::moment::Moment;
use shared::run::Calls;

use super::plan::Seat;
use crate::ports::{Clock, Ledger, Random, Upstream};
use crate::store::fact::Took;
use crate::upstream::allowance::Allowance;
use crate::upstream::ask::{self, Failed};
use crate::upstream::paid::Paid;
use crate::upstream::patience::Patience;
use crate::upstream::retry;

/// How many replies to one question are read.
const REPLIES: u8 = 2;

/// What came of a question, and what it took.
pub struct Reply {
    /// None when the whole run must stand still, or the judge's key or model is not accepted.
    pub answer: Result<Judgement, Refused>,
    pub took: Took,
    pub calls: Calls,
    pub paid: Paid,
}

/// Why there is no judgement.
pub enum Refused {
    /// Of this case.
    Unscored(Unscored),
    /// Of any case.
    Failed(Failed),
}

/// Asks the judge about one case on one criterion.
///
/// A reply that cannot be read is answered once with what was wrong with it. A part of the question that the
/// provider refuses is left out, of this question and of the judge's others in the slice.
pub async fn judge(
    ports: &(impl Upstream + Clock + Random + Ledger),
    judge: &Seat,
    means: (&Allowance, &Patience),
    criterion: &Criterion,
    case: &Case<'_>,
    key: &Key,
) -> Reply {
    let mut so_far = impossible(ports.now());
    let mut complaint: Option<String> = None;
    let mut replies = 0;
    while replies < REPLIES {
        let tried = Tried { complaint: complaint.as_deref(), omitted: judge.omitted.get() };
        let asked = prompt::write(&judge.member, criterion, case, key, tried);
        let body = match judge.reach.form().write(asked.body.clone()) {
            Ok(written) => match tried.omitted.unheard(&written.lossy) {
                Some(omitted) => {
                    judge.omitted.set(omitted);
                    continue;
                }
                None => with_room(judge, written.request),
            },
            Err(mistake) => {
                so_far.answer = Err(Refused::Unscored(Unscored::Unreachable { why: mistake.detail }));
                return so_far;
            }
        };
        let answered = match ask::ask(ports, &judge.reach, &body, means, &mut so_far.paid).await {
            Ok(answered) => answered,
            Err(failed) => {
                so_far.calls.retried += u64::from(failed.repeated());
                if let Some(omitted) = refused(&failed, &asked, tried.omitted) {
                    so_far.calls.retried += u64::from(failed.settled());
                    judge.omitted.set(judge.omitted.get().and(omitted));
                    continue;
                }
                so_far.calls.judge += u64::from(failed.settled());
                so_far.answer = Err(match failed {
                    Failed::Unanswered { why, .. } => Refused::Unscored(Unscored::Unreachable { why }),
                    other => Refused::Failed(other),
                });
                return so_far;
            }
        };
        replies += 1;
        so_far.calls.judge += 1;
        so_far.calls.retried += u64::from(answered.retried);
        so_far.took = Took {
            usage: answered.response.usage,
            cost_usd: so_far.took.cost_usd.zip(answered.cost_usd).map(|(before, now)| before + now),
            latency_ms: so_far.took.latency_ms + answered.latency_ms,
            at: ports.now(),
        };
        let output = answered.response.output;
        let read = match output.finish_reason {
            // What looks like a verdict in a part of a reply may be what the rest takes back.
            Some(FinishReason::Length) => Err(cut_off(judge, &body)),
            _ => reply::read(&output, criterion.kind, case.swapped),
        };
        match read {
            Ok(mut judgement) => {
                if asked.truncated {
                    judgement.flags.push(Flag::Truncated);
                }
                if let Some(marker) = asked.marker {
                    datamark::clear(&mut judgement, marker);
                }
                judgement.flags.extend(tried.omitted.flags());
                evidence::check(&mut judgement, case);
                judgement.answered_by = answered.by;
                so_far.answer = Ok(judgement);
                return so_far;
            }
            Err(Unreadable::Refused) => {
                so_far.answer =
                    Err(Refused::Unscored(Unscored::Refused { words: shared::log::preview(&output.text) }));
                return so_far;
            }
            Err(unreadable) => {
                let why = unreadable.to_string();
                complaint = Some(why.clone());
                // Long enough to see what the judge did, short enough to keep beside the outcome.
                let reply: String = output.text.chars().take(2000).collect();
                so_far.answer = Err(Refused::Unscored(Unscored::Unreadable { why, reply }));
            }
        }
    }
    so_far
}

/// Gives a question with room for the verdict beside what the judge thinks, unless its own parameters bound its reply.
fn with_room(judge: &Seat, mut request: Value) -> Value {
    if !prompt::has_own_bound(&judge.member) {
        judge.reach.form().make_room(&mut request);
    }
    request
}

fn cut_off(judge: &Seat, request: &Value) -> Unreadable {
    judge.reach.form().bound(request).map_or(Unreadable::CutOffUnasked, Unreadable::CutOff)
}

/// Gives what to leave out, if a call failed for a part of the question that can be left out.
fn refused(failed: &Failed, asked: &Prompt, omitted: Omitted) -> Option<Omitted> {
    let Failed::Unanswered { why, .. } = failed else { return None };
    omitted.refused(&asked.body, retry::complaint(why)?)
}

/// Gives the reply to a question that has no case, which no list of questions holds.
pub fn impossible(at: Moment) -> Reply {
    let took = Took { usage: Usage::default(), cost_usd: Some(0.0), latency_ms: 0, at };
    let why = "there is nothing to judge".to_owned();
    let answer = Err(Refused::Unscored(Unscored::Unreachable { why }));
    Reply { answer, took, calls: Calls::default(), paid: Paid::default() }
}
