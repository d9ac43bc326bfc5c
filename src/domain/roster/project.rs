//! The group's projects, as the configuration names them. Who maintains one stands in the roster.

use crate::domain::escape;
use crate::domain::pattern::Pattern;
use crate::domain::text::Text;

/// Something the group works on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// What it is called.
    pub name: Text,
    /// Where its documentation is.
    pub documents: Vec<String>,
    /// The source packages that are its own; empty: those called as it, also with `-` and more.
    pub packages: Vec<Pattern>,
    /// How many numbers of a version make its major version.
    pub major_parts: usize,
}

impl Project {
    /// Whether that is its name, in whatever case.
    pub fn is_called(&self, word: &str) -> bool {
        self.name.as_untrusted().eq_ignore_ascii_case(word.trim())
    }

    /// Whether a source package of that name is its own.
    pub fn has_package(&self, source: &str) -> bool {
        if !self.packages.is_empty() {
            return self.packages.iter().any(|pattern| pattern.fits(source));
        }
        let (name, source) = (self.name.as_untrusted().to_lowercase(), source.to_lowercase());
        source.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// A project's name at the start of a sentence, as the configuration writes it where it knows it;
/// one with capitals of its own keeps them.
pub fn project_title(word: &str, projects: &[Project]) -> String {
    let known = projects.iter().find(|project| project.is_called(word));
    let word = escape::line(known.map_or(word, |known| known.name.as_untrusted()));
    if word.contains(char::is_uppercase) {
        return word;
    }
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_a_sentence_as_its_project_writes_it() {
        let project = |name: &str| Project { name: name.into(), ..Project::default() };
        let known = [project("oVirt"), project("xen")];
        for (word, expected) in
            [("OVIRT", "oVirt"), ("Xen", "Xen"), ("xen", "Xen"), ("qemu", "Qemu"), ("", "")]
        {
            assert_eq!(project_title(word, &known), expected, "{word}");
        }
    }
}
