//! Old addresses: those of MeetBot's minutes, of Mailman's pages and of pipermail, and those that the
//! configuration names.
//!
//! They answer only where nothing else does.

use crate::config::Redirect;
use crate::domain::time::{DAY, Moment};
use crate::store;
use crate::web::Pages;
use crate::web::answer::{self, Refusal, Shown};
use crate::web::layout::path_word;
use axum::extract::State;
use axum::http::{Method, Uri};
use chrono::{NaiveDate, NaiveTime};
use regex::Regex;
use std::sync::LazyLock;

/// MeetBot's file of a meeting: `centos-devel.2017-09-05-14.04.log.html`, `virt.2018-11-13-15.00.txt`.
static MEETBOT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\.(\d{4}-\d{2}-\d{2})-(\d{2})\.(\d{2})(\.log)?\.(html|txt|rst|moin\.txt)$")
        .expect("a good pattern")
});

/// What nothing else answers.
pub async fn elsewhere(State(pages): State<Pages>, method: Method, uri: Uri) -> Shown {
    if method != Method::GET && method != Method::HEAD {
        return Err(Refusal::NotFound);
    }
    let path = uri.path();
    let named = pages.config.web.as_ref().map_or(&[][..], |web| &web.redirects);
    if let Some(to) = named.iter().find_map(|one| leads(one, path)) {
        return Ok(answer::moved(to));
    }
    if let Some(to) = known(path) {
        return Ok(answer::moved(&to));
    }
    meetbot(&pages, path).await?.map(|to| answer::moved(&to)).ok_or(Refusal::NotFound)
}

fn leads<'a>(redirect: &'a Redirect, path: &str) -> Option<&'a str> {
    let fits = match redirect.from.strip_suffix('*') {
        Some(begin) => path.starts_with(begin),
        None => path == redirect.from,
    };
    fits.then_some(redirect.to.as_str())
}

/// Addresses that are the same everywhere.
fn known(path: &str) -> Option<String> {
    let mut parts = path.trim_matches('/').split('/');
    let (first, second) = (parts.next()?, parts.next());
    let list = |name: &str| format!("/lists/{}", path_word(&name.to_lowercase()));
    match (first, second, parts.next()) {
        ("mailman" | "mailman3", Some("listinfo"), Some(name)) => Some(list(name)),
        ("mailman" | "mailman3", Some("options"), Some(name)) => Some(list(name) + "/leave"),
        ("mailman" | "mailman3", Some("listinfo"), None) => Some("/lists".to_string()),
        ("pipermail", Some(name), _) => Some(list(name)),
        ("TODO" | "todo" | "Roadmap", None, _) => Some("/roadmap".to_string()),
        ("latest", None, _) => Some("/meetings/latest".to_string()),
        ("next", None, _) => Some("/".to_string()),
        ("list", Some("why"), _) => Some("/why".to_string()),
        _ => None,
    }
}

/// The meeting that an address of MeetBot's minutes meant: that of the day which started nearest to
/// its minute.
pub async fn meetbot(pages: &Pages, path: &str) -> Result<Option<String>, Refusal> {
    let Some(found) = MEETBOT.captures(path) else { return Ok(None) };
    let day: Option<NaiveDate> = found[1].parse().ok();
    let time = found[2].parse().ok().zip(found[3].parse().ok());
    let time = time.and_then(|(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0));
    let Some((day, time)) = day.zip(time) else { return Ok(None) };
    let started = Moment::from_utc(day.and_time(time).and_utc());
    let rows = store::meeting::on_date(&pages.db, day).await?;
    let near = rows.into_iter().min_by_key(|row| row.started_at.since(started).abs());
    let near = near.filter(|row| row.started_at.since(started).abs() < DAY / 12);
    Ok(near.map(|row| {
        let log = if found.get(4).is_some() { "/log" } else { "" };
        format!("/m/{}{log}", row.slug)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_addresses_lead_to_pages_of_today() {
        for (old, new) in [
            ("/mailman/listinfo/CentOS-virt", "/lists/centos-virt"),
            ("/mailman/listinfo", "/lists"),
            ("/mailman/options/centos-virt/anna--at--example.org", "/lists/centos-virt/leave"),
            ("/pipermail/centos-virt/2018-November/005921.html", "/lists/centos-virt"),
            ("/pipermail/centos-virt/", "/lists/centos-virt"),
            ("/TODO", "/roadmap"),
            ("/latest", "/meetings/latest"),
        ] {
            assert_eq!(known(old).as_deref(), Some(new), "{old}");
        }
        for none in ["/", "/pipermail", "/mailman", "/x/TODO", "//evil.example/pipermail"] {
            assert_eq!(known(none), None, "{none}");
        }
        let strange = known("/pipermail/%0d%0aX:%20y/../<b>").unwrap();
        assert!(strange.is_ascii() && !strange.contains(['<', '\r', ' ']), "{strange}");
        let star = Redirect { from: "/wiki/*".into(), to: "/".into() };
        assert_eq!(leads(&star, "/wiki/Virt/Roadmap"), Some("/"));
        assert_eq!(leads(&Redirect { from: "/wiki".into(), to: "/x".into() }, "/wiki/a"), None);
    }

    #[test]
    fn meetbots_names_of_files_are_known() {
        for name in [
            "/minutes/2017/september/centos-devel.2017-09-05-14.04.html",
            "/x/virt.2018-11-13-15.00.log.html",
            "/virt_sig.2018-11-13-15.00.moin.txt",
        ] {
            assert!(MEETBOT.is_match(name), "{name}");
        }
        assert!(!MEETBOT.is_match("/minutes/2017/september/"));
    }
}
