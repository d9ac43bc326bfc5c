//! The people, and the pages for whoever is new: members, getting started, contact, feeds.

use crate::clock;
use crate::domain::list::join::beside;
use crate::domain::roster::{Enrolled, Member};
use crate::domain::schedule::say;
use crate::domain::text::clean;
use crate::web::Pages;
use crate::web::answer::{HTML, Shown};
use crate::web::home::{self, Place};
use crate::web::layout::{Frame, Here, path_word, print};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;

/// `/members`, `/getting-started`, `/contact`, `/feeds`.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/members", get(members))
        .route("/getting-started", get(getting_started))
        .route("/contact", get(contact))
        .route("/feeds", get(feeds))
}

/// A member, without any address.
pub struct Person {
    /// The full name.
    pub name: String,
    /// What they are called on IRC.
    pub nicks: String,
    /// Their roles that are no projects.
    pub roles: String,
    /// The projects they maintain: the name and the page.
    pub projects: Vec<(String, String)>,
    /// Where their actions are.
    pub actions: String,
    /// Since when, and until when they were a member.
    pub dates: String,
}

impl Person {
    /// A member as pages show them.
    pub fn of(enrolled: &Enrolled) -> Person {
        let member = &enrolled.member;
        let nicks: Vec<String> = member.nicks.iter().map(|nick| clean(nick.as_str())).collect();
        let roles = member.roles.iter().map(|role| clean(role));
        let roles: Vec<String> = roles.filter(|role| !role.contains(':')).collect();
        let projects = member.projects().map(|project| (clean(project), project_page(project)));
        let since = enrolled.since.map(|day| format!("since {day}"));
        let until = enrolled.until.map(|day| format!("until {day}"));
        Person {
            name: name_of(member),
            nicks: nicks.join(", "),
            roles: roles.join(", "),
            projects: projects.collect(),
            actions: format!("/actions?person={}", path_word(member.handle())),
            dates: [since, until].into_iter().flatten().collect::<Vec<_>>().join(", "),
        }
    }
}

/// A name to be shown: the full one, else the nick.
pub fn name_of(member: &Member) -> String {
    match member.name.is_empty() {
        true => clean(member.handle()),
        false => clean(member.name.as_untrusted()),
    }
}

/// Where the page of a project is.
pub fn project_page(project: &str) -> String {
    format!("/projects/{}", path_word(&project.to_lowercase()))
}

#[derive(Template)]
#[template(path = "members.html")]
struct MembersPage<'a> {
    frame: Frame<'a>,
    members: Vec<Person>,
    former: Vec<Person>,
}

async fn members(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let page = async {
        let group = pages.group(&stamp).await?;
        let is_former = |one: &&Enrolled| one.until.is_some_and(|until| until <= today);
        print(&MembersPage {
            frame: Frame::new(&pages.site, Here::People, "People").main(),
            members: group.roster.on(today).map(Person::of).collect(),
            former: group.roster.all().iter().filter(is_former).map(Person::of).collect(),
        })
    };
    let key = format!("members {today} {}", stamp.journal);
    pages.shelf.page(key, HTML, &headers, page).await
}

#[derive(Template)]
#[template(path = "getting-started.html")]
struct StartPage<'a> {
    frame: Frame<'a>,
    next: Option<home::Next>,
    rule: Vec<String>,
    place: Option<Place>,
    list: Option<ListWays>,
    leads: Vec<String>,
}

/// The ways to the list.
struct ListWays {
    path: String,
    address: String,
    join: Option<String>,
    rule: String,
}

fn list_ways(pages: &Pages) -> Option<ListWays> {
    let list = pages.config.list.as_ref()?;
    Some(ListWays {
        path: format!("/lists/{}", path_word(list.address.local())),
        address: list.address.to_string(),
        join: beside(&list.address, "join").map(|address| address.to_string()),
        rule: list.rule.clone(),
    })
}

/// The newcomer's path.
async fn getting_started(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, now) = (pages.stamp().await?, clock::now());
    let page = async {
        let group = pages.group(&stamp).await?;
        let (next, slot) = home::next(&group.schedule, now).unzip();
        let upcoming = group.schedule.from(now).take(4);
        let leads = group.roster.leads(now.date()).map(|lead| lead.member.in_full());
        print(&StartPage {
            frame: Frame::new(&pages.site, Here::Elsewhere, "Getting started")
                .at("/getting-started"),
            next,
            rule: upcoming.map(|slot| say::next(&group.schedule, &slot)).collect(),
            place: Place::of(&pages.config, slot.as_ref()),
            list: list_ways(&pages),
            leads: leads.collect(),
        })
    };
    let key = format!("start {} {}", crate::web::words::minute(now), stamp.journal);
    pages.shelf.page(key, HTML, &headers, page).await
}

#[derive(Template)]
#[template(path = "contact.html")]
struct ContactPage<'a> {
    frame: Frame<'a>,
    place: Option<Place>,
    list: Option<ListWays>,
    leads: Vec<String>,
}

async fn contact(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, now) = (pages.stamp().await?, clock::now());
    let page = async {
        let group = pages.group(&stamp).await?;
        let slot = group.schedule.next(now);
        let leads = group.roster.leads(now.date()).map(|lead| lead.member.in_full());
        print(&ContactPage {
            frame: Frame::new(&pages.site, Here::Elsewhere, "Contact").at("/contact"),
            place: Place::of(&pages.config, slot.as_ref()),
            list: list_ways(&pages),
            leads: leads.collect(),
        })
    };
    let key = format!("contact {} {}", now.date(), stamp.journal);
    pages.shelf.page(key, HTML, &headers, page).await
}

#[derive(Template)]
#[template(path = "feeds.html")]
struct FeedsPage<'a> {
    frame: Frame<'a>,
}

/// The ways for programs.
async fn feeds(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let page = async {
        print(&FeedsPage { frame: Frame::new(&pages.site, Here::Elsewhere, "Feeds and data") })
    };
    pages.shelf.page("feeds".into(), HTML, &headers, page).await
}
