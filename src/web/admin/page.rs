//! The page of the desk: a heading, what came of the last act, lists whose entries may be acted on,
//! and forms.

use crate::domain::login::oidc::encoded;
use crate::flow::login;
use crate::web::Pages;
use crate::web::admin::guard::Member;
use crate::web::answer::{self, Shown};
use crate::web::layout::{Frame, Here, print};
use crate::web::listing::{Line, Tab};
use crate::web::markup::Markup;
use askama::Template;

/// A field of a form.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// What it is called in the form.
    pub name: &'static str,
    /// What people read before it.
    pub label: String,
    /// What helps to fill it in.
    pub hint: &'static str,
    /// What stands in it.
    pub value: String,
    /// The most characters.
    pub most: usize,
    /// Whether something must stand in it.
    pub is_required: bool,
    /// What one chooses from: the value and the words.
    pub choices: Vec<(String, String)>,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shape {
    #[default]
    Line,
    Long,
    Date,
}

impl Field {
    /// A line that must be filled in.
    pub fn line(name: &'static str, label: impl Into<String>, most: usize) -> Field {
        Field { name, label: label.into(), most, is_required: true, ..Field::default() }
    }

    /// Several lines.
    pub fn long(name: &'static str, label: impl Into<String>, most: usize) -> Field {
        Field { shape: Shape::Long, ..Field::line(name, label, most) }
    }

    /// A day.
    pub fn date(name: &'static str, label: impl Into<String>) -> Field {
        Field { shape: Shape::Date, ..Field::line(name, label, "2018-11-13".len()) }
    }

    /// One of several.
    pub fn choice(
        name: &'static str,
        label: impl Into<String>,
        choices: Vec<(String, String)>,
    ) -> Field {
        Field { choices, ..Field::line(name, label, 0) }
    }

    /// With this in it.
    pub fn with(self, value: impl Into<String>) -> Field {
        Field { value: value.into(), ..self }
    }

    /// With words that help.
    pub fn hint(self, hint: &'static str) -> Field {
        Field { hint, ..self }
    }

    /// May be left empty.
    pub fn optional(self) -> Field {
        Field { is_required: false, ..self }
    }

    /// Whether it has several lines.
    pub fn is_long(&self) -> bool {
        self.shape == Shape::Long
    }

    /// The type of its input.
    pub fn kind(&self) -> &'static str {
        if self.shape == Shape::Date { "date" } else { "text" }
    }
}

/// A form: a button, perhaps with fields.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// What the ids of its fields begin with; unique on the page.
    pub id: String,
    /// Where it goes.
    pub action: String,
    /// What it says without being seen.
    pub hidden: Vec<(&'static str, String)>,
    /// What is filled in.
    pub fields: Vec<Field>,
    /// What stands on its button.
    pub button: String,
    /// The whole of what the button does, for who hears the page without what stands around it.
    pub name: Option<String>,
    /// Whether the button is one of several.
    pub is_quiet: bool,
    /// Whether it only asks, so that its address can be kept.
    pub is_question: bool,
}

impl Form {
    /// A form to be filled in.
    pub fn new(id: impl Into<String>, action: &str, button: &str, fields: Vec<Field>) -> Form {
        let (id, action, button) = (id.into(), action.to_string(), button.to_string());
        Form { id, action, button, fields, ..Form::default() }
    }

    /// One button about one thing, which `name` says in full.
    pub fn act(action: &str, button: &str, name: String, hidden: (&'static str, String)) -> Form {
        Form {
            action: action.to_string(),
            button: button.to_string(),
            name: Some(name),
            hidden: vec![hidden],
            is_quiet: true,
            ..Form::default()
        }
    }

    /// Saying this, too, without being seen.
    pub fn saying(mut self, name: &'static str, value: impl Into<String>) -> Form {
        self.hidden.push((name, value.into()));
        self
    }
}

/// A line of a list, and what can be done about it.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// The line.
    pub line: Line,
    /// What can be done.
    pub forms: Vec<Form>,
}

impl From<Line> for Entry {
    fn from(line: Line) -> Entry {
        Entry { line, forms: Vec::new() }
    }
}

/// A part of the page.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The name of its heading's anchor.
    pub id: String,
    /// The heading; empty where it needs none.
    pub heading: String,
    /// Sentences under it.
    pub lead: Vec<Markup>,
    /// Names and what they stand for.
    pub facts: Vec<(String, String)>,
    /// A text as somebody wrote it.
    pub text: Option<String>,
    /// What that text is.
    pub text_label: &'static str,
    /// The list.
    pub entries: Vec<Entry>,
    /// What is said where the list is empty.
    pub empty: &'static str,
    /// Forms after it.
    pub forms: Vec<Form>,
}

impl Part {
    /// A list.
    pub fn list(id: &str, heading: &str, entries: Vec<Entry>, empty: &'static str) -> Part {
        Part { id: id.into(), heading: heading.into(), entries, empty, ..Part::default() }
    }

    /// A form under a heading.
    pub fn form(heading: &str, form: Form) -> Part {
        let id = format!("do-{}", form.id);
        Part { id, heading: heading.into(), forms: vec![form], ..Part::default() }
    }
}

/// A page of the desk.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// The heading.
    pub title: String,
    /// The tab that it belongs to.
    pub tab: &'static str,
    /// Sentences under the heading.
    pub lead: Vec<Markup>,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Where it goes on: the words and the path.
    pub onward: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "admin/desk.html")]
struct DeskPage<'a> {
    frame: Frame<'a>,
    tabs: Vec<Tab>,
    told: Option<String>,
    token: &'a str,
    lead: Vec<Markup>,
    parts: Vec<Part>,
    onward: Vec<(String, String)>,
}

impl Desk {
    /// A page that belongs to a tab.
    pub fn new(title: impl Into<String>, tab: &'static str) -> Desk {
        Desk { title: title.into(), tab, ..Desk::default() }
    }

    /// The page for a member, who is told what came of the last act.
    pub async fn show(self, pages: &Pages, member: &Member) -> Shown {
        let told = login::told(&pages.db, &member.visitor).await?;
        let page = print(&DeskPage {
            frame: Frame::new(&pages.site, Here::Elsewhere, self.title),
            tabs: tabs(member, self.tab),
            told,
            token: &member.visitor.session.form,
            lead: self.lead,
            parts: self.parts,
            onward: self.onward,
        })?;
        Ok(answer::private(page))
    }
}

/// The tabs of the desk; some are a lead's only.
const TABS: &[(&str, &str, bool)] = &[
    ("/admin", "Overview", false),
    ("/admin/held", "Held posts", true),
    ("/admin/discarded", "Discarded posts", false),
    ("/admin/subscribers", "Subscribers", true),
    ("/admin/members", "People", false),
    ("/admin/schedule", "Schedule", false),
    ("/admin/notices", "Notices", false),
    ("/admin/repositories", "Repositories", false),
    ("/admin/report", "Report", false),
    ("/admin/sessions", "Sessions", false),
    ("/admin/log", "Journal", false),
];

fn tabs(member: &Member, here: &str) -> Vec<Tab> {
    let may = TABS.iter().filter(|(_, _, of_leads)| !of_leads || member.visitor.is_lead);
    may.map(|(path, words, _)| Tab::new(*path, *words, *path == here)).collect()
}

/// A path with one value in its query.
pub fn with(path: &str, key: &str, value: &str) -> String {
    format!("{path}?{key}={}", encoded(value))
}

/// The lines of a text, each cut into what it is indented by and its words: the escaper takes no line
/// breaks, and nothing at the ends.
pub fn lines(text: &str) -> Vec<(String, &str)> {
    let line = |line| {
        let words = str::trim_start_matches(line, ' ');
        (" ".repeat(line.len() - words.len()), words)
    };
    text.lines().map(line).collect()
}
