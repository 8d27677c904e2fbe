//! Labels: what people say of responses, and what that says of the judge.

use super::endpoints;
use crate::auth::Scope;
use crate::canonical::Key;
use crate::health::Health;
use crate::id::LabelId;
use crate::label::{Label, NewLabel};

endpoints! {
    /// Labels a response. A newer label of the same caller about the same thing counts instead.
    PutLabel {} Put "/api/labels" Some(Scope::Run), 200;
    (), NewLabel => Label;

    /// Withdraws a label: one's own, or anybody's with the scope `admin`.
    DeleteLabel { label: LabelId } Delete "/api/labels/{label}" Some(Scope::Run), 204;
    (), () => ();

    /// Measures a judge by what people say of the same responses, in every run that it judged.
    GetJudgeHealth { judge_version: Key } Get "/api/judges/{judge_version}/health" Some(Scope::Read), 200;
    (), () => Health;
}
