//! Which address of a list is meant: the list itself, or one of the addresses beside it.

use crate::domain::list::join::Wish;

/// What an address is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A post: `centos-virt@`.
    Post,
    /// Questions and commands: `centos-virt-request@`.
    Request,
    /// What became of a post: `centos-virt-why@`.
    Why,
    /// Joining and leaving: `centos-virt-join@`, `-leave@`, `-confirm+TOKEN@`.
    Wish(Wish),
}

/// The longest address that is looked at, in bytes; a token is part of it.
const MOST_BYTES: usize = 254;

/// The posting address, in small letters, that this address belongs to where `is_list` says that
/// there is such a list, and what it is for. A list that is called so goes before an address beside
/// another one.
pub fn read(address: &str, is_list: impl Fn(&str) -> bool) -> Option<(String, Purpose)> {
    if address.len() > MOST_BYTES {
        return None;
    }
    let address = address.to_ascii_lowercase();
    if is_list(&address) {
        return Some((address, Purpose::Post));
    }
    let (local, domain) = address.rsplit_once('@')?;
    let (word, token) = match local.split_once('+') {
        Some((word, _)) => (word, &local[word.len()..]),
        None => (local, ""),
    };
    let (list, word) = word.rsplit_once('-')?;
    let list = format!("{list}@{domain}");
    let purpose = match (word, token) {
        ("request", "") => Purpose::Request,
        ("why", "") => Purpose::Why,
        (word, token) => Purpose::Wish(Wish::of_suffix(&format!("{word}{token}"))?),
    };
    is_list(&list).then_some((list, purpose))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_here(address: &str) -> Option<(String, Purpose)> {
        let lists = ["virt@centos.example", "virt-request@centos.example", "a+b@centos.example"];
        read(address, |address| lists.contains(&address))
    }

    #[test]
    fn an_address_is_a_lists_or_stands_beside_one() {
        for (address, list, purpose) in [
            ("Virt@CentOS.example", "virt", Purpose::Post),
            ("a+b@centos.example", "a+b", Purpose::Post),
            ("virt-request@centos.example", "virt-request", Purpose::Post),
            ("virt-request-request@centos.example", "virt-request", Purpose::Request),
            ("virt-join@centos.example", "virt", Purpose::Wish(Wish::Join)),
            ("virt-unsubscribe@centos.example", "virt", Purpose::Wish(Wish::Leave)),
            (
                "virt-confirm+Ab12@centos.example",
                "virt",
                Purpose::Wish(Wish::Confirm("ab12".into())),
            ),
            ("virt-confirm@centos.example", "virt", Purpose::Wish(Wish::Confirm(String::new()))),
            ("virt-why@centos.example", "virt", Purpose::Why),
        ] {
            let wanted = Some((format!("{list}@centos.example"), purpose));
            assert_eq!(read_here(address), wanted, "{address}");
        }
        for foreign in [
            "",
            "virt",
            "virt@elsewhere.example",
            "virt-join+x@centos.example",
            "virt+x@centos.example",
            "devel-join@centos.example",
            "-join@centos.example",
            "virt-joins@centos.example",
        ] {
            assert_eq!(read_here(foreign), None, "{foreign}");
        }
    }

    proptest! {
        #[test]
        fn any_address_can_be_read(address in any::<String>()) {
            let _ = read(&address, |_| true);
        }
    }
}
