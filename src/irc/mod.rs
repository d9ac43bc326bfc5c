//! The IRC door.
