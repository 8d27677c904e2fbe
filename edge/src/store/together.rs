//! Several readers, one trip to the database.
//!
//! What readers that run side by side ask for goes as one transaction, in the order in which they ask: each trip has its
//! price, whatever is in it. Leaves out what they ask.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_util::future::poll_immediate;
use shared::provider::ProviderName;

use crate::ports::{Row, Secrets, Sql, SqlError, Statement};
use crate::upstream::address::Allowed;
use crate::vault::Keyring;

type Found = Result<Vec<Vec<Row>>, SqlError>;

/// A database that waits until all who ask have asked.
pub struct Together<'a, P> {
    ports: &'a P,
    asked: RefCell<Vec<Asked>>,
}

/// What one reader asked.
struct Asked {
    statements: Vec<Statement>,
    reply: Rc<RefCell<Reply>>,
}

/// What came of it, and who waits for that.
#[derive(Default)]
struct Reply {
    found: Option<Found>,
    waiting: Option<Waker>,
}

impl<'a, P: Sql> Together<'a, P> {
    /// Gathers what this database is asked.
    pub fn of(ports: &'a P) -> Self {
        Self { ports, asked: RefCell::default() }
    }

    /// Runs readers of this database, joined into one future, to their end.
    ///
    /// When one statement fails, everything fails that was asked along with it.
    pub async fn run<F: Future>(&self, readers: F) -> F::Output {
        let mut readers = pin!(readers);
        loop {
            if let Some(done) = poll_immediate(readers.as_mut()).await {
                return done;
            }
            let asked = self.asked.take();
            if asked.is_empty() {
                // They wait for something else.
                return readers.await;
            }
            let statements = asked.iter().flat_map(|asked| asked.statements.iter().cloned()).collect();
            tell(asked, self.ports.batch(statements).await);
        }
    }
}

/// Gives each reader its part of what was found.
fn tell(asked: Vec<Asked>, found: Found) {
    let mut rows = found.map(Vec::into_iter);
    for Asked { statements, reply } in asked {
        let part = match &mut rows {
            Ok(rows) => Ok(rows.by_ref().take(statements.len()).collect()),
            Err(error) => Err(error.clone()),
        };
        let mut reply = reply.borrow_mut();
        reply.found = Some(part);
        if let Some(waiting) = reply.waiting.take() {
            waiting.wake();
        }
    }
}

impl<P: Sql> Sql for Together<'_, P> {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, SqlError> {
        Ok(self.batch(vec![statement]).await?.pop().unwrap_or_default())
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, SqlError> {
        let reply = Rc::new(RefCell::new(Reply::default()));
        self.asked.borrow_mut().push(Asked { statements, reply: Rc::clone(&reply) });
        poll_fn(|context| {
            let mut reply = reply.borrow_mut();
            match reply.found.take() {
                Some(found) => Poll::Ready(found),
                None => {
                    reply.waiting = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl<P: Secrets> Secrets for Together<'_, P> {
    fn admin_token(&self) -> Option<String> {
        self.ports.admin_token()
    }

    fn keyring(&self) -> Option<Keyring> {
        self.ports.keyring()
    }

    fn provider_key(&self, provider: &ProviderName) -> Option<String> {
        self.ports.provider_key(provider)
    }

    fn has_demo(&self) -> bool {
        self.ports.has_demo()
    }

    fn allowed(&self) -> Allowed {
        self.ports.allowed()
    }

    fn may_panic(&self) -> bool {
        self.ports.may_panic()
    }

    fn slice_limit(&self) -> u32 {
        self.ports.slice_limit()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use expect_test::{Expect, expect};
    use futures_util::FutureExt;
    use futures_util::future::{join_all, try_join};

    use super::*;

    /// Answers each statement with its own text, and counts the trips.
    #[derive(Default)]
    struct Echo {
        trips: RefCell<Vec<String>>,
        broken: Cell<bool>,
    }

    impl Sql for Echo {
        async fn query(&self, _: Statement) -> Result<Vec<Row>, SqlError> {
            Err(SqlError::Broken("all go together".to_owned()))
        }

        async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, SqlError> {
            let texts: Vec<_> = statements.into_iter().map(|statement| statement.sql).collect();
            self.trips.borrow_mut().push(texts.join(" "));
            if self.broken.get() {
                return Err(SqlError::Busy("no".to_owned()));
            }
            let row = |text: String| vec![Row::from_iter([(text, serde_json::Value::Null)])];
            Ok(texts.into_iter().map(row).collect())
        }
    }

    async fn ask(sql: &impl Sql, text: &str) -> Result<String, SqlError> {
        let found = sql.query(Statement::new(text, [])).await?;
        Ok(found.into_iter().flatten().map(|(column, _)| column).collect())
    }

    fn check<T: std::fmt::Debug>(
        echo: &Echo,
        readers: impl AsyncFnOnce(&Together<'_, Echo>) -> T,
        expected: Expect,
    ) {
        let together = Together::of(echo);
        let done = together.run(readers(&together)).now_or_never().expect("nothing waits");
        expected.assert_eq(&format!("{done:?} in {:?}", echo.trips.take()));
    }

    #[test]
    fn what_is_asked_side_by_side_goes_together() {
        let readers = async |sql: &Together<'_, Echo>| {
            let one_after_the_other = async {
                let first = ask(sql, "a").await?;
                Ok::<_, SqlError>(first + &ask(sql, "b").await?)
            };
            try_join(one_after_the_other, join_all(["c", "d"].map(|text| ask(sql, text))).map(Ok)).await
        };
        check(&Echo::default(), readers, expect![[r#"Ok(("ab", [Ok("c"), Ok("d")])) in ["a c d", "b"]"#]]);
        let broken = Echo { broken: Cell::new(true), ..Echo::default() };
        check(&broken, readers, expect![[r#"Err(Busy("no")) in ["a c d"]"#]]);
    }

    #[test]
    fn readers_that_ask_nothing_are_run_too() {
        check(&Echo::default(), async |_: &Together<'_, Echo>| 1, expect!["1 in []"]);
    }
}
