//! A fresh schema on the PostgreSQL server of the tests, gone with its owner.

use super::process::random;
use sqlx::Connection;

/// A schema nobody else uses.
pub struct Schema {
    server: String,
    name: String,
}

impl Schema {
    /// A fresh one; `None` where there is no server, which in CI is a failure.
    pub fn fresh() -> Option<Schema> {
        let Some(server) = std::env::var("BEADLE_TEST_POSTGRES").ok().filter(|it| !it.is_empty())
        else {
            assert!(std::env::var_os("CI").is_none(), "run this under scripts/test-postgres");
            eprintln!("not tested on PostgreSQL: BEADLE_TEST_POSTGRES is not set");
            return None;
        };
        let schema = Schema { server, name: format!("story_{:x}", random()) };
        execute(&schema.server, format!("create schema {}", schema.name));
        Some(schema)
    }

    /// Its URL, for the bot's configuration.
    pub fn url(&self) -> String {
        let separator = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{separator}options=-csearch_path%3D{}", self.server, self.name)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        execute(&self.server, format!("drop schema {} cascade", self.name));
    }
}

fn execute(server: &str, statement: String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut connection = sqlx::PgConnection::connect(server).await.expect("PostgreSQL answers");
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await;
        done.expect("a statement that can be done");
    });
}
