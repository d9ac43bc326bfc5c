//! The projects: who maintains each, what is offered of it where and until when, and its documents.

use crate::clock;
use crate::domain::escape::may_link;
use crate::domain::group::Group;
use crate::domain::push::evr::Evr;
use crate::domain::push::follow::{end_of_support, project_of};
use crate::domain::roadmap::Entry;
use crate::domain::roster::project_title;
use crate::domain::text::clean;
use crate::store::push::carried;
use crate::store::stamp::Stamp;
use crate::web::Pages;
use crate::web::answer::{HTML, Refusal, Shown};
use crate::web::ask::Word;
use crate::web::layout::{Frame, Here, path_word, print};
use crate::web::listing::Line;
use crate::web::people::project_page;
use crate::web::{ledger, notice};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// The most packages of a project whose versions are shown.
const MOST_PACKAGES: usize = 40;
/// The most names of packages that are looked through.
const MOST_NAMES: u32 = 20_000;
/// How many notices and actions a project's page shows.
const SHOWN: usize = 10;

/// `/projects`, `/projects/xen`.
pub fn routes() -> Router<Pages> {
    Router::new().route("/projects", get(all)).route("/projects/{name}", get(one))
}

/// A version that is offered.
struct Offered {
    source: String,
    version: String,
    stage: &'static str,
    platform: String,
    repository: String,
    arches: String,
    supported: String,
    is_over: bool,
}

/// A project in the list of projects.
struct Brief {
    title: String,
    path: String,
    maintainers: String,
    offered: Vec<Offered>,
}

#[derive(Template)]
#[template(path = "projects.html")]
struct ProjectsPage<'a> {
    frame: Frame<'a>,
    projects: Vec<Brief>,
}

/// What the projects are called: those of the configuration, and those that somebody maintains.
fn names(pages: &Pages, group: &Group, today: NaiveDate) -> Vec<String> {
    let known = pages.config.projects.iter();
    let mut names: Vec<String> =
        known.map(|project| project.name.as_untrusted().to_lowercase()).collect();
    names.extend(group.roster.projects(today));
    names.sort_unstable();
    names.dedup();
    names
}

fn maintainers(group: &Group, name: &str, today: NaiveDate) -> String {
    let all = group.roster.maintainers(name, today);
    let named: Vec<String> = all.iter().map(|member| member.in_full()).collect();
    named.join(", ")
}

fn key(what: &str, today: NaiveDate, stamp: &Stamp) -> String {
    format!("{what} {today} {} {:?}", stamp.group(), stamp.pushes)
}

async fn all(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let page = async {
        let group = pages.group(&stamp).await?;
        let mut offered = offered(&pages, &group, today).await?;
        let projects = names(&pages, &group, today).into_iter().map(|name| Brief {
            title: project_title(&name, &pages.config.projects),
            path: project_page(&name),
            maintainers: maintainers(&group, &name, today),
            offered: offered.remove(&name).unwrap_or_default(),
        });
        print(&ProjectsPage {
            frame: Frame::new(&pages.site, Here::Roadmap, "Projects").at("/projects"),
            projects: projects.collect(),
        })
    };
    pages.shelf.page(key("projects", today, &stamp), HTML, &headers, page).await
}

#[derive(Template)]
#[template(path = "project.html")]
struct ProjectPage<'a> {
    frame: Frame<'a>,
    title: String,
    maintainers: String,
    documents: Vec<String>,
    offered: Vec<Offered>,
    notices: Vec<Line>,
    actions: Vec<Line>,
    all_notices: String,
    pushes: Vec<String>,
}

impl ProjectPage<'_> {
    fn pushes_of(&self, source: &str) -> String {
        format!("/pushes?package={}", path_word(source))
    }
}

async fn one(State(pages): State<Pages>, Word(name): Word, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let name = name.to_lowercase();
    let page = async {
        let group = pages.group(&stamp).await?;
        if !names(&pages, &group, today).contains(&name) {
            return Err(Refusal::NotFound);
        }
        let title = project_title(&name, &pages.config.projects);
        let known = pages.config.projects.iter().find(|project| project.is_called(&name));
        let documents = known.map(|known| known.documents.clone()).unwrap_or_default();
        let offered = offered(&pages, &group, today).await?.remove(&name).unwrap_or_default();
        let is_its = |own: &str| own.eq_ignore_ascii_case(&name);
        let notices = group.notices.all().iter().rev();
        let notices = notices.filter(|one| one.project.as_deref().is_some_and(is_its));
        let is_about = |entry: &&Entry| {
            entry.is_unfinished() && entry.milestone.as_ref().is_some_and(|(of, _)| is_its(of))
        };
        let actions = group.roadmap.entries().iter().rev().filter(is_about);
        let mut pushes: Vec<String> = offered.iter().map(|one| one.source.clone()).collect();
        pushes.dedup();
        print(&ProjectPage {
            frame: Frame::new(&pages.site, Here::Roadmap, title.clone()).at(&project_page(&name)),
            maintainers: maintainers(&group, &name, today),
            documents: documents.into_iter().filter(|url| may_link(url)).collect(),
            notices: notices.take(SHOWN).map(|one| notice::line(one, today)).collect(),
            actions: actions.take(SHOWN).map(|one| ledger::line(one, today)).collect(),
            all_notices: format!("/notices?project={}", path_word(&name)),
            title,
            offered,
            pushes,
        })
    };
    pages.shelf.page(key(&format!("project {name}"), today, &stamp), HTML, &headers, page).await
}

/// The newest version of each package in each repository, by project in small letters.
async fn offered(
    pages: &Pages,
    group: &Group,
    today: NaiveDate,
) -> Result<BTreeMap<String, Vec<Offered>>, Refusal> {
    let mut of_projects: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in carried::names(&pages.db, MOST_NAMES).await? {
        if let Some(project) = project_of(&source, None, &pages.config.projects) {
            let name = project.name.as_untrusted().to_lowercase();
            of_projects.entry(name).or_default().push(source);
        }
    }
    let mut all = BTreeMap::new();
    for (project, sources) in of_projects {
        let mut rows = Vec::new();
        for source in sources.iter().take(MOST_PACKAGES) {
            rows.extend(of_source(pages, group, (&project, source), today).await?);
        }
        all.insert(project, rows);
    }
    Ok(all)
}

async fn of_source(
    pages: &Pages,
    group: &Group,
    (project, source): (&str, &str),
    today: NaiveDate,
) -> Result<Vec<Offered>, Refusal> {
    let mut newest: BTreeMap<String, (Evr, Vec<String>)> = BTreeMap::new();
    for version in carried::versions(&pages.db, source).await? {
        let place =
            newest.entry(version.repository).or_insert_with(|| (version.evr.clone(), Vec::new()));
        match version.evr.compare(&place.0) {
            std::cmp::Ordering::Greater => *place = (version.evr, vec![version.arch]),
            std::cmp::Ordering::Equal => place.1.push(version.arch),
            std::cmp::Ordering::Less => {}
        }
    }
    let row = |(repository, (evr, arches)): (String, (Evr, Vec<String>))| {
        let known = pages.config.push.repository(&repository)?;
        let end = end_of_support(group, source, project, &evr, NaiveDate::MAX);
        let supported = match end {
            Some(end) if end <= today => format!("not since {end}"),
            Some(end) => format!("until {end}"),
            None => String::new(),
        };
        Some(Offered {
            source: clean(source),
            version: clean(&evr.to_string()),
            stage: known.stage.as_str(),
            platform: clean(known.platform.as_deref().or(evr.platform()).unwrap_or("")),
            repository: clean(&repository),
            arches: clean(&arches.join(" ")),
            supported,
            is_over: end.is_some_and(|end| end <= today),
        })
    };
    Ok(newest.into_iter().filter_map(row).collect())
}
