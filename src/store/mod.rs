//! What we remember: SQLite embedded, or PostgreSQL.
