//! Who asks: the address of the reader, behind proxies that are believed; how often each may ask
//! what costs something; and whether a form came from our own page.

use crate::web::Pages;
use crate::web::answer::Refusal;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The reader's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub IpAddr);

impl FromRequestParts<Pages> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Client, Infallible> {
        let peer =
            parts.extensions.get::<Peer>().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0);
        let proxies = pages.config.web.as_ref().map_or(&[][..], |web| &web.proxies);
        Ok(Client(reader(peer, proxies, &parts.headers)))
    }
}

/// The last address that no proxy of ours has: what stands before it, the reader may have written.
fn reader(peer: IpAddr, proxies: &[IpAddr], headers: &HeaderMap) -> IpAddr {
    if !proxies.contains(&peer) {
        return peer;
    }
    let values = headers.get_all("x-forwarded-for").into_iter();
    let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    let all = values.iter().flat_map(|value| value.split(','));
    let mut addresses: Vec<Option<IpAddr>> =
        all.map(|one| one.trim().parse().ok().map(|one: IpAddr| one.to_canonical())).collect();
    while let Some(last) = addresses.pop() {
        match last {
            Some(address) if proxies.contains(&address) => {}
            Some(address) => return address,
            None => return peer,
        }
    }
    peer
}

/// The most readers that are counted at once; beyond them all others are one.
const MOST_COUNTED: usize = 10_000;

/// How often may be asked in a minute what costs something, by one reader and by all.
#[derive(Debug)]
pub struct Budgets {
    /// Letters asked for on the lists' pages. How many an address gets is the flow's business.
    pub letters: Budget,
    /// Confirmations that are tried.
    pub confirmations: Budget,
    /// Questions what became of a post: nobody can try out addresses.
    pub questions: Budget,
    /// Searches; one that was made before costs nothing and is not counted.
    pub searches: Budget,
}

impl Default for Budgets {
    fn default() -> Budgets {
        Budgets {
            letters: Budget::new(4, 60),
            confirmations: Budget::new(10, 200),
            questions: Budget::new(10, 30),
            searches: Budget::new(60, 6_000),
        }
    }
}

/// How often a reader may do something in a minute.
#[derive(Debug)]
pub struct Budget {
    of_one: u32,
    of_all: u32,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    minute: i64,
    all: u32,
    of: BTreeMap<IpAddr, u32>,
}

impl Budget {
    /// So often a minute for one reader, and for all together.
    pub const fn new(of_one: u32, of_all: u32) -> Budget {
        let counted = Counted { minute: 0, all: 0, of: BTreeMap::new() };
        Budget { of_one, of_all, counted: Mutex::new(counted) }
    }

    /// Counts once more.
    ///
    /// # Errors
    ///
    /// It was asked too often in this minute.
    pub fn spend(&self, client: Client, minute: i64) -> Result<(), Refusal> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.minute != minute {
            *counted = Counted { minute, ..Counted::default() };
        }
        let mut who = network(client.0);
        if counted.of.len() >= MOST_COUNTED && !counted.of.contains_key(&who) {
            who = Ipv4Addr::UNSPECIFIED.into();
        }
        let times = counted.of.entry(who).or_insert(0);
        *times = times.saturating_add(1);
        let is_often = *times > self.of_one;
        counted.all = counted.all.saturating_add(u32::from(!is_often));
        match is_often || counted.all > self.of_all {
            true => {
                let sentence =
                    "This was asked too often in this minute; try again in the next one.";
                Err(Refusal::told(StatusCode::TOO_MANY_REQUESTS, sentence))
            }
            false => Ok(()),
        }
    }
}

/// Who has an IPv6 address has the 64 bits after its network, too.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let bits = u128::from(address) >> 64 << 64;
            Ipv6Addr::from(bits).into()
        }
    }
}

/// Refuses a form that another site's page sent. Text browsers say nothing of where a form came
/// from; they hold no session of ours that could be abused.
///
/// # Errors
///
/// The form came from elsewhere.
pub fn own_form(pages: &Pages, headers: &HeaderMap) -> Result<(), Refusal> {
    let of = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let is_foreign = match (of("sec-fetch-site"), of("origin")) {
        (Some(site), _) => !["same-origin", "none"].contains(&site),
        (None, Some(origin)) => {
            let host = of(header::HOST.as_str()).unwrap_or("");
            let own = pages.site.url.split("://").nth(1).and_then(|rest| rest.split('/').next());
            let from = origin.split("://").nth(1);
            from.is_none() || (from != Some(host) && from != own)
        }
        (None, None) => false,
    };
    match is_foreign {
        true => {
            let sentence =
                "This form was sent from another site. Open the page here and send it again.";
            Err(Refusal::told(StatusCode::FORBIDDEN, sentence))
        }
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        let proxies = [ip("127.0.0.1"), ip("10.0.0.1")];
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 192.0.2.7".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.1".parse().unwrap());
        assert_eq!(reader(ip("127.0.0.1"), &proxies, &headers), ip("192.0.2.7"));
        assert_eq!(reader(ip("198.51.100.1"), &proxies, &headers), ip("198.51.100.1"));
        headers.append("x-forwarded-for", "not an address".parse().unwrap());
        assert_eq!(reader(ip("127.0.0.1"), &proxies, &headers), ip("127.0.0.1"));
        assert_eq!(reader(ip("127.0.0.1"), &proxies, &HeaderMap::new()), ip("127.0.0.1"));
    }

    #[test]
    fn one_reader_does_not_spend_what_others_have() {
        let budget = Budget::new(2, 3);
        let (one, two) = (Client(ip("2001:db8::1")), Client(ip("192.0.2.7")));
        let neighbour = Client(ip("2001:db8::ffff:1"));
        assert!(budget.spend(one, 1).is_ok() && budget.spend(neighbour, 1).is_ok());
        assert!(budget.spend(one, 1).is_err(), "a network is one reader");
        assert!(budget.spend(two, 1).is_ok());
        assert!(budget.spend(two, 1).is_err(), "all together have no more");
        assert!(budget.spend(two, 2).is_ok(), "the next minute is another");
    }
}
