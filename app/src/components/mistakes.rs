//! What is wrong with the fields of a form: said at each of them, to eyes and ears, when it was last sent.
//!
//! A field is named by its place in what is sent, as the service names it: a JSON pointer. What belongs to no field
//! is said by the form as a whole (`doing`).

use leptos::prelude::*;
use shared::mistake::Mistake;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::doing::NotDone;
use crate::api::CallError;
use crate::cell::Cell;
use crate::wording::fault::{Fault, sentence, unfit};

/// What was wrong with a form when it was last sent.
#[derive(Clone, Copy)]
pub struct Mistakes {
    /// Tells the forms of a page apart.
    form: &'static str,
    found: Cell<Vec<Mistake>>,
}

impl Mistakes {
    /// Starts with nothing wrong.
    pub fn of(form: &'static str) -> Self {
        Self { form, found: Cell::new(Vec::new()) }
    }

    /// Forgets what was wrong.
    pub fn clear(self) {
        self.found.set(Vec::new());
    }

    /// Keeps what the service found, and says why the form was not sent.
    pub fn answered(self, error: CallError) -> NotDone {
        if let Fault::Refused(problem) = &error.fault {
            self.keep(problem.errors.clone());
        }
        NotDone::Failed(error)
    }

    /// Keeps what was found before the form was sent, and says why it was not.
    pub fn found(self, found: Vec<Mistake>) -> NotDone {
        let words = unfit(&found);
        self.keep(found);
        NotDone::Unfit(words)
    }

    fn keep(self, found: Vec<Mistake>) {
        self.found.set(found);
        // Once the fields are marked, the first of them is where to go on.
        request_animation_frame(|| {
            open_the_marked();
            let field = document().query_selector("form [aria-invalid='true']").ok().flatten();
            if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
                _ = field.focus();
            }
        });
    }

    /// Gives what is wrong with one field, or with what is in it.
    pub fn at(self, pointer: impl Into<String>) -> Wrong {
        let pointer = pointer.into();
        let id = format!("{}{}", self.form, pointer.replace('/', "-"));
        let text = Memo::new(move |_| self.found.with(|found| in_field(found, &pointer)));
        Wrong { id, text }
    }

    /// Gives what is wrong with a part of the form and with no field of it that has one of these names.
    pub fn beside(self, pointer: String, fields: impl Fn(&str) -> bool + Send + Sync + 'static) -> Wrong {
        let id = format!("{}{}-whole", self.form, pointer.replace('/', "-"));
        let text = Memo::new(move |_| self.found.with(|found| outside(found, &pointer, &fields)));
        Wrong { id, text }
    }
}

/// Opens what is folded over a marked field: what is not shown takes no focus.
fn open_the_marked() {
    let Ok(folds) = document().query_selector_all("form details:has([aria-invalid='true'])") else { return };
    for place in 0..folds.length() {
        if let Some(fold) = folds.item(place).and_then(|fold| fold.dyn_into::<Element>().ok()) {
            _ = fold.set_attribute("open", "");
        }
    }
}

/// Gives what is left of a pointer within another, with the slash that it begins with; none when it is outside.
fn within<'a>(mistake: &'a Mistake, pointer: &str) -> Option<&'a str> {
    let rest = mistake.pointer.strip_prefix(pointer)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn in_field(found: &[Mistake], pointer: &str) -> Option<String> {
    let of_field = found.iter().find(|mistake| within(mistake, pointer).is_some());
    of_field.map(|mistake| sentence(&mistake.detail))
}

fn outside(found: &[Mistake], pointer: &str, fields: impl Fn(&str) -> bool) -> Option<String> {
    let of_part = found.iter().find(|mistake| {
        let name = within(mistake, pointer).map(|rest| rest.split('/').nth(1).unwrap_or_default());
        name.is_some_and(|name| !fields(name))
    });
    of_part.map(|mistake| sentence(&mistake.detail))
}

/// What is wrong with one field.
#[derive(Clone)]
pub struct Wrong {
    /// The field's own id.
    pub id: String,
    text: Memo<Option<String>>,
}

impl Wrong {
    /// Gives `aria-invalid`, as it changes.
    pub fn invalid(&self) -> impl Fn() -> Option<&'static str> + Clone + Send + Sync + 'static {
        let text = self.text;
        move || text.with(Option::is_some).then_some("true")
    }

    /// Gives the id of what is said of the field, for `aria-describedby`.
    pub fn described(&self) -> String {
        format!("{}-mistake", self.id)
    }

    /// As `described`, after a help with this id.
    pub fn described_after(&self, help: &str) -> String {
        format!("{help} {}", self.described())
    }

    /// Says what is wrong, if anything is.
    pub fn note(&self) -> AnyView {
        let text = self.text;
        any! {
            <p id=self.described() class="mistake">
                {text}
            </p>
        }
    }

    /// Says aloud what is wrong with more than a field, if anything is.
    pub fn alert(&self) -> AnyView {
        let text = self.text;
        let shown = move || text.get().map(|words| any! { <p class="mistake" role="alert">{words}</p> });
        shown.into_any()
    }

    /// Shows a field of so many lines of text, with what is wrong with it.
    pub fn text(&self, label: &'static str, lines: &'static str, typed: RwSignal<String>) -> AnyView {
        let control = any! {
            <textarea
                id=self.id.clone()
                rows=lines
                aria-invalid=self.invalid()
                aria-describedby=self.described()
                bind:value=typed
            ></textarea>
        };
        self.field("field", label, control)
    }

    /// Shows the field of the name that something is saved under, with what that means. It has the focus.
    pub fn name(&self, help: &'static str, typed: RwSignal<String>) -> AnyView {
        let of_help = format!("{}-help", self.id);
        let control = any! {
            <input
                id=self.id.clone()
                maxlength="200"
                required
                autofocus
                aria-invalid=self.invalid()
                aria-describedby=self.described_after(&of_help)
                bind:value=typed
            />
        };
        any! {
            {self.field("field", "Name", control)}
            <p id=of_help class="quiet small">
                {help}
            </p>
        }
    }

    /// Puts a control under its label, with what is wrong with it below.
    pub fn field(&self, class: &'static str, label: &'static str, control: AnyView) -> AnyView {
        any! {
            <div class=class>
                <label for=self.id.clone()>{label}</label>
                {control}
                {self.note()}
            </div>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(pointer: &str, expected: Expect) {
        let found = [
            Mistake::new("/scorers/1/pattern", "no"),
            Mistake::new("/scorers/1/odd/0", "what"),
            Mistake::new("/scorers/10/name", "taken"),
            Mistake::new("/models/2/id", "empty"),
        ];
        let known = |name: &str| matches!(name, "pattern" | "name");
        expected.assert_eq(&format!("{:?} {:?}", in_field(&found, pointer), outside(&found, pointer, known)));
    }

    #[test]
    fn a_mistake_is_said_at_its_field() {
        check("/scorers/1/pattern", expect![[r#"Some("No.") Some("No.")"#]]);
        check("/models", expect![[r#"Some("Empty.") Some("Empty.")"#]]);
        check("/model", expect!["None None"]);
    }

    #[test]
    fn what_has_no_field_is_said_of_the_part_that_it_is_in() {
        check("/scorers/1", expect![[r#"Some("No.") Some("What.")"#]]);
        check("/scorers/10", expect![[r#"Some("Taken.") None"#]]);
    }
}
