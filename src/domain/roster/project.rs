//! The group's projects, as the configuration names them. Who maintains one stands in the roster.

use crate::domain::text::Text;

/// Something the group works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// What it is called.
    pub name: Text,
    /// Where its documentation is.
    pub documents: Vec<String>,
}

impl Project {
    /// Whether that is its name, in whatever case.
    pub fn is_called(&self, word: &str) -> bool {
        self.name.as_untrusted().eq_ignore_ascii_case(word.trim())
    }
}
