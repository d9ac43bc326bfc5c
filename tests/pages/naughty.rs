//! Strings that mean something somewhere, written into every field that a stranger can reach.

use beadle::config::Config;
use beadle::domain::group::{By, Change, Via};
use beadle::domain::meeting::{Event, Login, Manner, Settings, Speaker, What, replay};
use beadle::domain::name::Nick;
use beadle::domain::push::build::{Build, Id, Kind, Stage, Tagged};
use beadle::domain::push::evr::Evr;
use beadle::domain::push::item::{Item, Place};
use beadle::domain::roster::{self, Member};
use beadle::domain::time::{DAY, MINUTE, Moment};
use beadle::domain::{notice, roadmap};
use beadle::flow::index;
use beadle::store::meeting::NewMeeting;
use beadle::store::push::announcement::{self, Push};
use beadle::store::{self, Db};

/// What they do where they are not escaped: `hit()` is what the check looks for.
pub const STRINGS: &[&str] = &[
    "<script>hit()</script>",
    "<img src=x onerror=hit()>",
    "\"><svg onload=hit()>",
    "'onmouseover='hit()",
    "\" autofocus onfocus=\"hit()",
    "</title><script>hit()</script>",
    "</textarea><script>hit()</script>",
    "</style><script>hit()</script>",
    "--><script>hit()</script>",
    "]]><script>hit()</script>",
    "<iframe srcdoc='<script>parent.hit()</script>'>",
    "<a href=javascript:hit()>x</a>",
    "javascript:hit()",
    "JaVaScRiPt:hit()",
    "java\tscript:hit()",
    "data:text/html,<script>hit()</script>",
    "vbscript:hit()",
    "http://a.example/\"onmouseover=\"hit()",
    "http://a.example/<script>hit()</script>",
    "https://user:secret-address@b.example/x",
    "mailto:x?subject=<script>hit()</script>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<form action=https://evil.example/><input name=x>",
    "<style>*{display:none}</style>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=hit()>",
    "<noscript><p title=\"</noscript><img src=x onerror=hit()>\">",
    "<template><script>hit()</script></template>",
    "&lt;script&gt;hit()&lt;/script&gt;",
    "&#60;script&#62;hit()",
    "&#x6A;avascript:hit()",
    "%3Cscript%3Ehit()%3C/script%3E",
    "\\u003cscript\\u003ehit()",
    "{{ 7 * 7 }}",
    "{% include \"base.html\" %}",
    "${7*7}",
    "#{7*7}",
    "<%= 7 * 7 %>",
    "'; drop table meeting; --",
    "\" or 1=1 --",
    "' union select secret from signing_key --",
    "NEAR(a b) OR *",
    "../../../../etc/passwd",
    "..\\..\\windows",
    "/%2e%2e/%2e%2e/",
    "file:///etc/passwd",
    "C:\\con\\con",
    "%s%s%s%n%n",
    "{0}{}{name}",
    "\u{202e}gnitset rof",
    "\u{2066}isolated\u{2069}",
    "\u{200f}right\u{200e}left",
    "\u{feff}mark",
    "\u{0}nul",
    "\u{7}bell \u{8}back \u{1b}[31mred\u{1b}[0m",
    "\u{1b}]0;title\u{7}",
    "\u{85}next \u{2028}line \u{2029}paragraph",
    "\u{3}4,12colour\u{3} \u{2}bold\u{2} \u{1f}under\u{f}",
    "Z\u{351}\u{36b}\u{343}\u{36a}\u{302}\u{36b}\u{33d}a\u{34f}\u{334}l\u{334}g\u{334}o",
    "👩‍👩‍👧‍👦🏳️‍🌈 emoji",
    "注意事项：明天的会议",
    "日本語のテスト ｶﾅ",
    "한국어 시험",
    "مرحبا بالعالم",
    "שלום עולם",
    "ﬁ ﷺ ﷽",
    "İstanbul ıI ß ẞ",
    "Å A\u{30a} é e\u{301}",
    "𝕏𝖊𝖓 Ⅷ ① ½",
    "\u{200b}zero\u{200c}width\u{200d}",
    "\u{ad}soft\u{ad}hyphen",
    "\u{fffd}\u{fffe}\u{ffff}",
    "\u{10ffff}\u{e0001}\u{e007f}",
    "\u{1f3fb}\u{20e3}",
    "=cmd|'/c calc'!A0",
    "@SUM(1+1)*cmd",
    "+1-1",
    "null",
    "undefined",
    "NaN",
    "true",
    "-1",
    "1e309",
    "0x1F",
    "٣٤٥",
    "2018-11-13T25:61:61Z",
    "   ",
    "\t\t",
    "a\u{a0}b\u{2003}c",
    "Bcc: all@victim.invalid",
    "\r\nSet-Cookie: x=y",
    "\r\nLocation: https://evil.example/",
    "PRIVMSG #centos-devel :hit",
    "\u{1}DCC SEND x 1 1\u{1}",
    "#endmeeting",
    "#chair mallory",
    "*bold* _under_ `code` [x](javascript:hit())",
    "![x](https://evil.example/x.png)",
    "<https://evil.example/>",
    "[[javascript:hit()|x]]",
    "<<Include(x)>> {{{#!html <b>x</b>}}}",
    "{{{{{{{{{{",
    "]]]]]]]]]]",
    "((((((((((",
    "\\\\\\\\\\\\\\\\",
    "''''''''''",
    "\"\"\"\"\"\"\"\"\"\"",
    "<<<<<<<<<<",
    "&&&&&&&&&&",
    "?q=x#fragment",
    "a&b=c&d",
    "http://[::1]:99999/",
    "http://ⓔⓥⓘⓛ.example/",
    "https://xn--e1awd7f.example/",
    "irc://evil.example/x%0d%0aQUIT",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongword",
];

const A_MEETING: usize = 10;

/// Each string into each field.
pub async fn fill(db: &Db, _config: &Config) {
    for (n, strings) in STRINGS.chunks(A_MEETING).enumerate() {
        meeting(db, n, strings).await;
    }
    let mut tx = db.begin().await.expect("a transaction");
    for (n, words) in (0..).zip(STRINGS) {
        let at = when(n);
        let by = By { name: Nick::new(words), account: None, via: Via::Irc, meeting: None };
        for change in changes(u32::try_from(n + 1).expect("few"), words) {
            store::journal::append(&mut tx, None, at, &by, &change).await.expect("stored");
        }
        push(&mut tx, n, words).await;
    }
    tx.commit().await.expect("committed");
}

fn when(n: i64) -> Moment {
    Moment::parse("2018-01-02T15:00:00Z").expect("a time").plus(n * DAY / 4)
}

async fn meeting(db: &Db, n: usize, strings: &[&str]) {
    let at = when(n as i64 * 56);
    let settings = Settings {
        channel: Some("#centos-devel".into()),
        network: Some("libera".into()),
        dated: true,
        ..Settings::default()
    };
    let mut whats = vec![What::Opened(Box::new(settings))];
    let mut say = |nick: &str, words: String, manner: Manner| {
        let who = Speaker { nick: Nick::new(nick), login: Login::Unknown };
        whats.push(What::Said { who, manner, text: words.into() });
    };
    say("gwd", format!("#startmeeting {}", strings[0]), Manner::Say);
    for words in strings {
        for command in [
            "topic", "subtopic", "info", "agreed", "accepted", "rejected", "action", "idea",
            "help", "link", "notice", "regrets",
        ] {
            say("gwd", format!("#{command} {words}"), Manner::Say);
        }
        say(words, format!("o/ {words}"), Manner::Say);
        say(words, (*words).to_string(), Manner::Act);
        say(words, (*words).to_string(), Manner::Notice);
        say("gwd", format!("#startvote {words}? {words}, b"), Manner::Say);
        say(words, format!("#vote {words}"), Manner::Say);
        say("gwd", "#endvote".into(), Manner::Say);
    }
    say("gwd", "#endmeeting".into(), Manner::Say);
    let event = |(n, what): (usize, What)| {
        let at = at.plus(n as i64 * MINUTE / 60);
        Event { at, heard_at: at, what }
    };
    let events: Vec<Event> = whats.into_iter().enumerate().map(event).collect();
    let owner = Speaker { nick: Nick::new(strings[0]), login: Login::Unknown };
    let new = NewMeeting {
        network: "libera".into(),
        channel: "#centos-devel".into(),
        channel_folded: "#centos-devel".into(),
        started_at: at,
        owner,
    };
    let mut tx = db.begin().await.expect("a transaction");
    let row = store::meeting::insert(&mut tx, &new).await.expect("stored").expect("a free slug");
    store::log::append(&mut tx, row.id, 1, &events).await.expect("stored");
    let ended = events.last().map_or(at, |last| last.at);
    let name = strings[0].into();
    store::meeting::end(&mut tx, row.id, ended, Some(&name)).await.expect("stored");
    // As it is read back: PostgreSQL and rows hold no NUL.
    let stored = store::log::read(&mut tx, row.id).await.expect("read");
    let meeting = replay::stored(stored.into_iter().map(|(_, event)| event)).expect("a whole log");
    index::write(&mut tx, row.id, &meeting).await.expect("stored");
    store::meeting::published(&mut tx, row.id, ended).await.expect("stored");
    tx.commit().await.expect("committed");
}

fn changes(number: u32, words: &str) -> Vec<Change> {
    let word = words.to_string();
    let opened = |kind| roadmap::Change::Opened {
        kind,
        text: words.into(),
        owners: vec![word.clone()],
        due: None,
    };
    let entry = |number, change| Change::Entry { number, change };
    let text = notice::Change::Posted {
        kind: notice::Kind::News,
        about: Some(word.clone()),
        text: words.into(),
    };
    let milestone = roadmap::Change::Promoted { project: word.clone(), milestone: word.clone() };
    let member = Member {
        name: words.into(),
        nicks: vec![Nick::new(words)],
        account: None,
        roles: vec![word.clone(), format!("maintainer: {words}")],
    };
    vec![
        entry(2 * number, opened(roadmap::Kind::Action)),
        entry(2 * number + 1, opened(roadmap::Kind::Help)),
        entry(2 * number, milestone),
        entry(2 * number, roadmap::Change::Done { note: words.into() }),
        Change::Notice { number, change: text },
        Change::Notice { number, change: notice::Change::Corrected { text: words.into() } },
        Change::Roster(roster::Change::Join { member, since: when(0).date() }),
        Change::Milestone(roadmap::MilestoneChange {
            project: word.clone(),
            milestone: word.clone(),
            date: None,
            state: Some(words.into()),
        }),
    ]
}

async fn push(tx: &mut store::Tx, n: i64, words: &str) {
    // What a stranger's repository may call a package is cut to its letters where it is read
    // (domain::push); here everything comes as it is.
    let words = words.replace('\0', "");
    let at = when(n);
    let evr = Evr { epoch: 0, version: words.clone(), release: words.clone() };
    let mut item = Item {
        kind: Kind::Released,
        source: words.clone(),
        evr: evr.clone(),
        previous: Some(evr.clone()),
        stage: Stage::Release,
        places: vec![Place {
            repository: words.clone(),
            platform: words.clone(),
            arches: vec![words.clone()],
        }],
        project: words.clone(),
        by: Some(words.clone()),
        pushed_at: Some(at),
        marks: Default::default(),
        about: Default::default(),
    };
    item.marks.not_mainline = Some(words.clone());
    item.marks.try_it = Some(words.clone());
    item.about.summary = words.clone();
    item.about.licence = words.clone();
    item.about.changes = vec![(words.clone(), words.clone())];
    item.about.packages = [(words.clone(), words.clone())].into();
    let items = vec![item];
    let number = announcement::add(tx, at, None, &items).await.expect("stored");
    index::write_push(tx, &Push { number, at, since: None, items }).await.expect("stored");
    let id = Id { repository: "virt7-release".into(), source: words.clone(), evr };
    let mut build = Build::new(id);
    let at = beadle::clock::now().plus(-DAY);
    build.tagged = Some(Tagged {
        tag: words.clone(),
        at,
        by: Some(words.clone()),
        event: n,
        build: n,
        earliest: None,
        untagged_at: None,
    });
    build.not_mainline = Some(words);
    store::push::build::save(tx, &build, None, at).await.expect("stored");
}
