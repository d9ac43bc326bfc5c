//! Package pushes: what repositories carry, the way of each build, what was announced where.
//!
//! Nothing here knows what any of it means.

pub mod announcement;
pub mod build;
pub mod carried;
pub mod place;
#[cfg(test)]
mod tests;
pub mod watch;

/// Text as the embedded database's and PostgreSQL's JSON take it.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("numbers and texts always serialise")
}

fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(text).map_err(decode)
}
