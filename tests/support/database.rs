//! The database: real SQL over `SQLite` in memory, with the limits and the values of D1.

use std::collections::BTreeMap;
use std::path::Path;

use edge::ports::{Bound, Row, SqlError, Statement};
use edge::store::complaint;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, StatementStatus};
use serde_json::{Value, json};

/// The longest text that can be bound or stored, in bytes.
const LONGEST: usize = 2_000_000;

/// The limits that workerd sets on its databases.
const LIMITS: [(Limit, i32); 6] = [
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
];

pub struct Database {
    connection: Connection,
    /// Every statement that was ever run, with the values that it was first run with.
    pub seen: BTreeMap<String, Vec<Bound>>,
    /// How many steps each statement took, all times together: work without a clock.
    pub steps: BTreeMap<String, u64>,
}

impl Database {
    /// Makes a database with every migration applied, each noted in the deployment tool's own table.
    pub fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        let table = "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, \
                     applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";
        connection.execute_batch(table).unwrap();
        for (name, sql) in migrations() {
            connection.execute_batch(&sql).unwrap_or_else(|error| panic!("{name}: {error}"));
            connection.execute("INSERT INTO d1_migrations (name) VALUES (?)", [name]).unwrap();
        }
        connection.set_prepared_statement_cache_capacity(128);
        for (limit, most) in LIMITS {
            connection.set_limit(limit, most).unwrap();
        }
        Self { connection, seen: BTreeMap::new(), steps: BTreeMap::new() }
    }

    /// Runs statements in one transaction: all or none.
    pub fn batch(&mut self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, SqlError> {
        self.connection.execute_batch("BEGIN").unwrap();
        let done: Result<Vec<_>, _> = statements.iter().map(|statement| self.run(statement)).collect();
        self.connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).unwrap();
        done
    }

    fn run(&mut self, statement: &Statement) -> Result<Vec<Row>, SqlError> {
        self.seen.entry(statement.sql.clone()).or_insert_with(|| statement.values.clone());
        let done = rows(&self.connection, &statement.sql, &statement.values);
        let (found, steps) = done.map_err(|error| class(&error))?;
        *self.steps.entry(statement.sql.clone()).or_default() += steps;
        Ok(found)
    }

    /// Tells how `SQLite` would find the rows of a statement.
    pub fn plan(&self, sql: &str, values: &[Bound]) -> Vec<String> {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let (rows, _) =
            rows(&self.connection, &explain, values).unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.iter().map(|row| row["detail"].as_str().unwrap().to_owned()).collect()
    }
}

/// Gives the migrations in their order, each with its file name.
fn migrations() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../edge/migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &Path| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
    };
    files.iter().map(|path| read(path)).collect()
}

/// Runs a statement: its rows, and how many steps it took, those of triggers among them.
fn rows(connection: &Connection, sql: &str, values: &[Bound]) -> Result<(Vec<Row>, u64), Error> {
    let mut prepared = connection.prepare_cached(sql)?;
    assert_eq!(prepared.parameter_count(), values.len(), "as many values as parameters: {sql}");
    for (place, value) in values.iter().enumerate() {
        match value {
            Bound::Null => prepared.raw_bind_parameter(place + 1, rusqlite::types::Null)?,
            Bound::Number(number) => prepared.raw_bind_parameter(place + 1, number)?,
            Bound::Text(text) if text.len() > LONGEST => {
                return Err(Error::InvalidParameterName("string or blob too big".to_owned()));
            }
            Bound::Text(text) => prepared.raw_bind_parameter(place + 1, text)?,
        }
    }
    let names: Vec<_> = prepared.column_names().into_iter().map(str::to_owned).collect();
    let mut found = prepared.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let read =
            |(place, name): (usize, &String)| Ok((name.clone(), seen_from_outside(row.get_ref(place)?)));
        rows.push(names.iter().enumerate().map(read).collect::<Result<_, Error>>()?);
    }
    drop(found);
    let steps = prepared.reset_status(StatementStatus::VmStep);
    Ok((rows, u64::try_from(steps).unwrap_or_default()))
}

/// A value as D1 gives it: numbers go through a double, and a whole one is written without a point.
fn seen_from_outside(value: ValueRef<'_>) -> Value {
    /// The largest whole number that a double holds with all below it.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => json!(number),
        ValueRef::Real(number) if number.fract() == 0.0 && number.abs() < EXACT => json!(number as i64),
        ValueRef::Real(number) => json!(number),
        ValueRef::Text(text) => json!(std::str::from_utf8(text).unwrap()),
        ValueRef::Blob(_) => panic!("nothing stores blobs"),
    }
}

fn class(error: &Error) -> SqlError {
    complaint::class(error.to_string())
}
