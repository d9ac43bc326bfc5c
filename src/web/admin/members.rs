//! `/admin/members`: who is on the roster, and, for leads, its changes. An address is written to and
//! never shown.

use crate::clock;
use crate::config::{Config, words as config_words};
use crate::domain::group;
use crate::domain::name::{Account, Casemapping, Nick};
use crate::domain::roster::{Change, Enrolled, Member as Person};
use crate::domain::text::{Text, clean};
use crate::flow;
use crate::web::Pages;
use crate::web::admin::guard::{Act, Fields, Member};
use crate::web::admin::page::{Desk, Entry, Field, Form, Part};
use crate::web::answer::{Refusal, Shown};
use crate::web::ask::Word;
use crate::web::layout::path_word;
use crate::web::listing::Line;
use crate::web::markup::Markup;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use chrono::NaiveDate;

/// What stands between the words of a field.
const BETWEEN: [char; 1] = [','];
/// The longest line of a form, in characters.
const MOST_CHARS: usize = 500;

/// `/admin/members`, `/admin/members/gwd`.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/admin/members", get(all))
        .route("/admin/members/{who}", get(one))
        .route("/admin/members/add", post(add))
        .route("/admin/members/change", post(change))
}

async fn all(State(pages): State<Pages>, member: Member) -> Shown {
    let today = clock::now().date();
    let (now, left): (Vec<&Enrolled>, Vec<&Enrolled>) =
        member.group.roster.all().iter().partition(|one| one.is_on(today));
    let mut desk = Desk::new("People", "/admin/members");
    if !member.visitor.is_lead {
        desk.lead = vec![Markup::linked(&member.only_leads())];
    }
    let lines = |people: &[&Enrolled], is_open: bool| -> Vec<Entry> {
        people.iter().map(|one| line(one, is_open && member.visitor.is_lead).into()).collect()
    };
    desk.parts.push(Part::list("members", "", lines(&now, true), "Nobody is on the roster."));
    if !left.is_empty() {
        desk.parts.push(Part::list("left", "Who left, or comes later", lines(&left, false), ""));
    }
    if member.visitor.is_lead {
        let fields = vec![
            Field::line("name", "Full name", 100),
            Field::line("nicks", "Nicks, the usual one first", MOST_CHARS).hint("With commas."),
            Field::line("account", "Services account, if it is another than the first nick", 64)
                .optional(),
            Field::line("roles", "Roles", MOST_CHARS)
                .hint("With commas, for example: lead, maintainer: xen")
                .optional(),
            Field::line("addresses", "Mail addresses", MOST_CHARS)
                .hint("With commas. They are written to and never shown.")
                .optional(),
            Field::date("since", "Since").with(today.to_string()),
        ];
        let form = Form::new("add", "/admin/members/add", "Add", fields);
        desk.parts.push(Part::form("Add somebody", form));
    }
    desk.show(&pages, &member).await
}

fn line(one: &Enrolled, is_open: bool) -> Line {
    let handle = one.member.handle();
    let roles = match one.member.roles.is_empty() {
        true => String::new(),
        false => format!(": {}", one.member.roles.join(", ")),
    };
    let day = |word: &str, day: Option<NaiveDate>| day.map(|day| (format!("{word} {day}"), None));
    let addresses = match one.addresses.len() {
        0 => "no address".to_string(),
        1 => "1 address".to_string(),
        count => format!("{count} addresses"),
    };
    let under = day("since", one.since).into_iter().chain(day("until", one.until));
    Line {
        lead: clean(handle),
        href: is_open.then(|| format!("/admin/members/{}", path_word(handle))),
        words: Markup::linked(&format!("{}{roles}", one.member.name.as_untrusted())),
        under: under.chain([(addresses, None)]).collect(),
        ..Line::default()
    }
}

async fn one(State(pages): State<Pages>, Word(who): Word, member: Member) -> Shown {
    member.lead()?;
    let today = clock::now().date();
    let one = member.group.roster.find(&who, today).ok_or(Refusal::NotFound)?;
    let handle = one.member.handle();
    let nicks: Vec<&str> = one.member.nicks.iter().map(Nick::as_str).collect();
    let form = |what: &'static str, button: &str, field: Field| {
        Form::new(what, "/admin/members/change", button, vec![field])
            .saying("who", handle)
            .saying("what", what)
    };
    let name = Field::line("value", "Full name", 100).with(clean(one.member.name.as_untrusted()));
    let nicks = Field::line("value", "Nicks, the usual one first", MOST_CHARS)
        .hint("With commas.")
        .with(clean(&nicks.join(", ")));
    let account = Field::line("value", "Services account", 64)
        .hint("It proves who speaks, and who logs in. With another one they are logged out here.")
        .with(clean(one.member.proof().unwrap_or_default()));
    let roles = Field::line("value", "Roles", MOST_CHARS)
        .hint("With commas, for example: lead, maintainer: xen")
        .with(clean(&one.member.roles.join(", ")))
        .optional();
    let addresses = Field::line("value", "Mail addresses, instead of all they have", MOST_CHARS)
        .hint("With commas. Those they have are not shown.")
        .optional();
    let leave = Field::date("value", "No member from this day on").with(today.to_string());
    let mut desk = Desk::new(one.member.in_full(), "/admin/members");
    desk.parts.push(Part {
        entries: vec![line(one, false).into()],
        forms: vec![
            form("name", "Change the name", name),
            form("nicks", "Change the nicks", nicks),
            form("account", "Change the account", account),
            form("roles", "Change the roles", roles),
            form("addresses", "Change the addresses", addresses),
            form("leave", "Take off the roster", leave),
        ],
        ..Part::default()
    });
    desk.show(&pages, &member).await
}

async fn add(State(pages): State<Pages>, act: Act) -> Shown {
    let made = joined(&act.fields, &pages.config);
    let addresses = addresses(&act.fields, "addresses");
    let (made, addresses) = match made.and_then(|made| Ok((made, addresses?))) {
        Ok(read) => read,
        Err(refusal) => return act.done(&pages, Err(refusal), "/admin/members").await,
    };
    let who = made.0.handle().to_string();
    let join = Change::Join { member: made.0, since: made.1 };
    let mut came = asked(&pages, &act, join).await?;
    if came.is_ok() && !addresses.is_empty() {
        let changed = asked(&pages, &act, Change::Addresses { who, addresses }).await?;
        came = came.and_then(|holds| Ok(format!("{holds} {}", changed?)));
    }
    act.done(&pages, came, "/admin/members").await
}

fn joined(fields: &Fields, config: &Config) -> Result<(Person, NaiveDate), String> {
    let nicks = nicks(fields, "nicks", config)?;
    let given = fields.line("account");
    let account = match given.is_empty() {
        true => None,
        false => Some(account(&given, config)?),
    };
    let name = fields.line("name");
    let handle = nicks.first().map_or(String::new(), |nick| nick.as_str().to_string());
    let member = Person {
        name: Text::new(if name.is_empty() { handle } else { name }),
        nicks,
        account,
        roles: fields.words("roles", &BETWEEN),
    };
    Ok((member, fields.day("since")?))
}

/// One change of one member, as the form's `what` says.
async fn change(State(pages): State<Pages>, act: Act) -> Shown {
    let who = act.fields.line("who");
    let came = match changed(&act.fields, &who, &pages.config) {
        Ok(change) => asked(&pages, &act, change).await?,
        Err(refusal) => Err(refusal),
    };
    act.done(&pages, came, "/admin/members").await
}

fn changed(fields: &Fields, who: &str, config: &Config) -> Result<Change, String> {
    let who = who.to_string();
    Ok(match fields.line("what").as_str() {
        "name" => Change::Name { who, name: Text::new(fields.line("value")) },
        "nicks" => Change::Nicks { who, nicks: nicks(fields, "value", config)? },
        "account" => Change::Account { who, account: account(&fields.line("value"), config)? },
        "roles" => Change::Roles { who, roles: fields.words("value", &BETWEEN) },
        "addresses" => Change::Addresses { who, addresses: addresses(fields, "value")? },
        "leave" => Change::Leave { who, until: fields.day("value")? },
        _ => return Err("this form is not known; open the page again".to_string()),
    })
}

fn nicks(fields: &Fields, name: &str, config: &Config) -> Result<Vec<Nick>, String> {
    let words = fields.words(name, &BETWEEN);
    words
        .iter()
        .map(|word| {
            let nick = config_words::nick(word)?;
            not_the_bot(nick.as_str(), config)?;
            Ok(nick)
        })
        .collect()
}

fn account(word: &str, config: &Config) -> Result<Account, String> {
    let account = config_words::account(word)?;
    not_the_bot(account.as_str(), config)?;
    Ok(account)
}

/// Refuses the bot's own nick: who spoke under it would get another's rights.
fn not_the_bot(word: &str, config: &Config) -> Result<(), String> {
    let mut own = config.networks.iter().map(|network| network.nick.as_str());
    match own.any(|nick| Casemapping::default().same(nick, word)) {
        true => Err(format!("{word} is the bot's own nick")),
        false => Ok(()),
    }
}

fn addresses(fields: &Fields, name: &str) -> Result<Vec<String>, String> {
    let all = fields.words(name, &BETWEEN);
    all.into_iter()
        .map(|address| match config_words::address(&address) {
            Ok(_) => Ok(address),
            Err(sentence) => Err(sentence),
        })
        .collect()
}

async fn asked(
    pages: &Pages,
    act: &Act,
    change: Change,
) -> Result<Result<String, String>, Refusal> {
    let (asker, by) = act.who();
    let change = group::Change::Roster(change);
    Ok(flow::group::asked(&pages.db, &pages.config, (&asker, &by), |_| Ok(change)).await?)
}
