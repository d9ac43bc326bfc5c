//! The demo: a small IRC server of our own, and the cast that plays a meeting on it.
