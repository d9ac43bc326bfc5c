//! What Mailman 3's REST interface answers to `/lists/LIST/roster/member`.

use crate::domain::list::import::{Entry, Source};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Page(Page),
    Pages(Vec<Page>),
    Members(Vec<Member>),
}

#[derive(Deserialize)]
struct Page {
    entries: Vec<Member>,
    total_size: Option<usize>,
}

#[derive(Deserialize)]
struct Member {
    #[serde(alias = "address")]
    email: String,
    #[serde(default, alias = "name")]
    display_name: Option<String>,
    #[serde(default)]
    delivery_mode: Option<String>,
    #[serde(default)]
    delivery_status: Option<String>,
    #[serde(default)]
    moderation_action: Option<String>,
    #[serde(default)]
    role: Option<String>,
    // Our own export.
    #[serde(default)]
    other_of: Option<String>,
    #[serde(default)]
    moderated: bool,
    #[serde(default)]
    extended: bool,
    #[serde(default)]
    nomail: bool,
}

/// Reads one answer, several in a list, or a list of members.
pub(super) fn read(bytes: &[u8]) -> Result<Source, String> {
    let answer: Answer = serde_json::from_slice(bytes).map_err(|_| {
        "it is no JSON of members: {\"entries\": [{\"email\": …}]}, or a list of such".to_string()
    })?;
    let (total, members): (Option<usize>, Vec<Member>) = match answer {
        Answer::Page(page) => (page.total_size, page.entries),
        Answer::Pages(pages) => (
            pages.first().and_then(|page| page.total_size),
            pages.into_iter().flat_map(|page| page.entries).collect(),
        ),
        Answer::Members(members) => (None, members),
    };
    let mut source = Source::default();
    if let Some(total) = total.filter(|total| *total != members.len()) {
        source.notes.push(format!(
            "it says there are {total} members, and holds {}: is a page missing?",
            members.len()
        ));
    }
    for (member, number) in members.iter().zip(1..) {
        if member.role.as_deref().is_some_and(|role| role != "member") {
            continue;
        }
        source.add(number, member.entry());
    }
    let digests = members
        .iter()
        .filter(|one| one.delivery_mode.as_deref().is_some_and(|mode| mode != "regular"));
    let digests = digests.count();
    if digests > 0 {
        source
            .notes
            .push(format!("{digests} of them had a digest; they are taken like the others"));
    }
    Ok(source)
}

impl Member {
    fn entry(&self) -> Option<Entry> {
        let mut entry = Entry::new(&self.email, self.display_name.as_deref().unwrap_or(""))?;
        entry.other_of = self.other_of.as_deref().and_then(crate::domain::list::key::Key::parse);
        let action = self.moderation_action.as_deref();
        entry.is_moderated = self.moderated || action == Some("hold");
        entry.is_extended = self.extended;
        let status = self.delivery_status.as_deref();
        entry.is_nomail = self.nomail || status.is_some_and(|status| status.starts_with("by_"));
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::import::tests::addresses;

    #[test]
    fn an_answer_a_list_of_answers_and_a_list_of_members() {
        let anna = r#"{"email":"anna@x.example","display_name":"Anna","delivery_mode":"regular","role":"member","self_link":"x"}"#;
        let bob = r#"{"email":"bob@x.example","delivery_mode":"mime_digests","moderation_action":"hold","delivery_status":"by_user"}"#;
        let owner = r#"{"email":"owner@x.example","role":"owner"}"#;
        for text in [
            format!(r#"{{"start":0,"total_size":3,"entries":[{anna},{bob},{owner}]}}"#),
            format!(r#"[{{"total_size":3,"entries":[{anna}]}},{{"entries":[{bob},{owner}]}}]"#),
            format!("[{anna},{bob},{owner}]"),
        ] {
            let source = read(text.as_bytes()).unwrap();
            assert_eq!(addresses(&source), ["anna@x.example", "bob@x.example"], "{text}");
            assert_eq!(source.entries[0].name, "Anna");
            assert!(source.entries[1].is_moderated && source.entries[1].is_nomail);
            assert_eq!(source.notes.len(), 1, "{:?}", source.notes);
        }
        let part = read(format!(r#"{{"total_size":9,"entries":[{anna}]}}"#).as_bytes()).unwrap();
        assert!(part.notes[0].starts_with("it says there are 9 members, and holds 1"));
        assert!(read(b"{\"x\": 1}").is_err() && read(b"\xff").is_err());
    }
}
