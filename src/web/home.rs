//! The start page: when the group meets next, how to take part, and what is new.

use crate::clock;
use crate::config::Config;
use crate::domain::minutes::index::Brief;
use crate::domain::notice::Notice;
use crate::domain::push::text;
use crate::domain::roadmap::Entry;
use crate::domain::schedule::{Schedule, Slot, State, say};
use crate::domain::text::clean;
use crate::domain::time::Moment;
use crate::store;
use crate::store::push::announcement;
use crate::web::answer::{HTML, Shown};
use crate::web::ask::Asked;
use crate::web::layout::{Frame, Here, path_word, print};
use crate::web::ledger;
use crate::web::listing::Line;
use crate::web::markup::Markup;
use crate::web::notice;
use crate::web::{Pages, words};
use askama::Template;
use axum::Router;
use axum::extract::State as From;
use axum::http::HeaderMap;
use axum::routing::get;

/// How many of each kind the start page shows.
const SHOWN: usize = 5;
/// How many pushes are looked through for the last items.
const PUSHES: u32 = 5;

/// `/`
pub fn routes() -> Router<Pages> {
    Router::new().route("/", get(home))
}

/// Where a channel is, and the ways there.
pub struct Place {
    /// The channel.
    pub channel: String,
    /// The network and its host: `Libera (irc.libera.chat)`.
    pub network: String,
    /// The address that IRC programs open.
    pub irc: Option<String>,
    /// A page with a chat in it.
    pub webchat: Option<String>,
}

impl Place {
    /// Where the group meets, as far as the configuration says.
    pub fn of(config: &Config, slot: Option<&Slot>) -> Option<Place> {
        let named = slot.and_then(|slot| slot.network.as_ref());
        let mut networks = config.networks.iter();
        let network = match named {
            Some(name) => networks.find(|network| network.name == *name),
            None => networks.next(),
        }?;
        let channel = slot.map(|slot| &slot.channel).or(network.channels.first())?;
        let scheme = if network.tls { "ircs" } else { "irc" };
        // An IPv6 address stands in brackets in a URL.
        let host = match network.host.contains(':') {
            true => format!("[{}]", network.host),
            false => network.host.clone(),
        };
        let irc = format!("{scheme}://{host}:{}/{}", network.port, path_word(channel.as_str()));
        let is_local =
            network.host == "localhost" || network.host.parse::<std::net::IpAddr>().is_ok();
        let at = match is_local {
            true => format!("{}:{}", network.host, network.port),
            false => network.host.clone(),
        };
        Some(Place {
            channel: clean(channel.as_str()),
            network: format!("{} ({at})", clean(network.name.as_str())),
            irc: Some(irc),
            webchat: config.web.as_ref().and_then(|web| web.webchat.clone()),
        })
    }
}

/// The next meeting, as people need to know it.
pub struct Next {
    /// What it is called.
    pub name: String,
    /// When it starts, and its ISO week: `Tue 2018-11-27 15:00 UTC (W48)`.
    pub when: String,
    /// The moment, for the reader's own time zone.
    pub start: Moment,
    /// `in 13 days`
    pub until: String,
    /// What is unusual about it.
    pub remark: String,
    /// When people come together: `14:55`.
    pub from: String,
    /// Where its agenda is.
    pub agenda: Option<String>,
}

/// The next meeting of a schedule, the one that is on included.
pub fn next(schedule: &Schedule, now: Moment) -> Option<(Next, Slot)> {
    let slot = match schedule.state(now) {
        State::OnNow(slot) => slot,
        _ => schedule.next(now)?,
    };
    let next = Next {
        name: clean(slot.name.as_untrusted()),
        when: say::moment(slot.start),
        start: slot.start,
        until: if slot.start <= now { "now".into() } else { say::until(slot.start, now) },
        remark: schedule.pause_sentence(&slot).unwrap_or_default(),
        from: slot.start.plus(-slot.call_before).utc().format("%H:%M").to_string(),
        agenda: slot.agenda_url.clone().filter(|url| crate::domain::escape::may_link(url)),
    };
    Some((next, slot))
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    frame: Frame<'a>,
    next: Option<Next>,
    after: Vec<String>,
    place: Option<Place>,
    on_now: Vec<(String, String)>,
    last: Vec<Brief>,
    notices: Vec<Line>,
    pushes: Vec<Line>,
    has_pushes: bool,
    help: Vec<Line>,
    list: Option<ListPart>,
    now: Moment,
}

/// The list and its rule.
struct ListPart {
    name: String,
    address: String,
    rule: String,
}

async fn home(From(pages): From<Pages>, _: Asked, headers: HeaderMap) -> Shown {
    let (stamp, now) = (pages.stamp().await?, clock::now());
    let page = async {
        let group = pages.group(&stamp).await?;
        let next = next(&group.schedule, now);
        let (next, slot) = next.unzip();
        let later = slot.as_ref().map_or(now, |slot| slot.start.plus(1));
        let after = group.schedule.from(later).take(3);
        let after = after.map(|slot| say::next(&group.schedule, &slot)).collect();
        let mut on_now = Vec::new();
        for row in store::meeting::open_all(&pages.db).await? {
            if row.restricted_at.is_none() {
                on_now.push((row.slug.clone(), clean(row.channel.as_str())));
            }
        }
        let last = store::item::latest(&pages.db, SHOWN as u32).await?;
        let today = now.date();
        let notices: Vec<&Notice> = group.notices.current(today).collect();
        let help: Vec<&Entry> = group.roadmap.help_wanted(today).collect();
        let pushed = announcement::before(&pages.db, i64::MAX, PUSHES).await?;
        let items = pushed.iter().flat_map(|push| push.items.iter().map(move |item| (push, item)));
        let pushes = items.take(SHOWN).map(|(push, item)| Line {
            at: Some(push.at),
            href: Some(format!("/p/{}", push.number)),
            words: Markup::linked(&text::line(item, None)),
            ..Line::default()
        });
        let list = pages.config.list.as_ref().map(|list| ListPart {
            name: list.address.local().to_string(),
            address: list.address.to_string(),
            rule: list.rule.clone(),
        });
        let frame = Frame::new(&pages.site, Here::Elsewhere, pages.site.name.clone());
        let frame = frame.feed("/feeds/all.atom", "Everything new").at("/");
        print(&HomePage {
            frame,
            place: Place::of(&pages.config, slot.as_ref()),
            next,
            after,
            on_now,
            last,
            notices: notices.iter().rev().take(SHOWN).map(|one| notice::line(one, today)).collect(),
            pushes: pushes.collect(),
            has_pushes: !pages.config.push.repositories.is_empty(),
            help: help.iter().rev().take(SHOWN).map(|one| ledger::line(one, today)).collect(),
            list,
            now,
        })
    };
    let key = format!("home {} {stamp:?}", words::minute(now));
    pages.shelf.page(key, HTML, &headers, page).await
}
