//! A page that is a heading and lists under it: actions, notices, decisions, repositories.

use crate::domain::time::Moment;
use crate::web::answer::Refusal;
use crate::web::ask::Pager;
use crate::web::layout::{Frame, print};
use crate::web::markup::Markup;
use askama::Template;

/// One point of a list.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// What its anchor is called.
    pub id: Option<String>,
    /// Its date.
    pub at: Option<Moment>,
    /// Where its date, or `lead` where it has none, leads.
    pub href: Option<String>,
    /// What stands first: a number.
    pub lead: String,
    /// The words.
    pub words: Markup,
    /// Short labels: the class, which may be empty, and the words.
    pub tags: Vec<(&'static str, String)>,
    /// What stands under it, each with an address or none.
    pub under: Vec<(String, Option<String>)>,
}

/// A part of the page with a list.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name of its heading's anchor.
    pub id: String,
    /// The heading.
    pub heading: String,
    /// The list.
    pub lines: Vec<Line>,
    /// What is said where the list is empty.
    pub empty: &'static str,
}

/// A way to another view of the same.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Where.
    pub path: String,
    /// What it is called.
    pub words: String,
    /// Whether it is this one.
    pub is_here: bool,
}

impl Tab {
    /// A way.
    pub fn new(path: impl Into<String>, words: impl Into<String>, is_here: bool) -> Tab {
        Tab { path: path.into(), words: words.into(), is_here }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "listing.html")]
pub struct Listing<'a> {
    /// The frame, whose title is the heading.
    pub frame: Frame<'a>,
    /// What stands under the heading.
    pub lead: Vec<Markup>,
    /// Other views.
    pub tabs: Vec<Tab>,
    /// The lists.
    pub parts: Vec<Part>,
    /// Where the last list goes on.
    pub pager: Option<Pager>,
}

impl<'a> Listing<'a> {
    /// A page with one list that needs no heading of its own.
    pub fn of(frame: Frame<'a>, lines: Vec<Line>, empty: &'static str) -> Listing<'a> {
        let part = Part { id: String::new(), heading: String::new(), lines, empty };
        Listing { frame, lead: Vec::new(), tabs: Vec::new(), parts: vec![part], pager: None }
    }

    /// As the text of a page.
    pub fn print(&self) -> Result<String, Refusal> {
        print(self)
    }
}
