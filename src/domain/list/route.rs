//! Which address of a list is meant: the list itself, or one of the addresses beside it.

/// What an address beside a list is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A post: `centos-virt@`.
    Post,
    /// Questions and commands: `centos-virt-request@`.
    Request,
    /// Somebody wants to subscribe: `centos-virt-join@`, `-subscribe@`.
    Join,
    /// Somebody wants to leave: `centos-virt-leave@`, `-unsubscribe@`.
    Leave,
    /// A token comes back: `centos-virt-confirm+TOKEN@`; without one it stands in the mail.
    Confirm(Option<String>),
    /// What became of a post: `centos-virt-why@`.
    Why,
}

/// The words after the list's name, and what they mean.
const BESIDE: &[(&str, Purpose)] = &[
    ("-request", Purpose::Request),
    ("-join", Purpose::Join),
    ("-subscribe", Purpose::Join),
    ("-leave", Purpose::Leave),
    ("-unsubscribe", Purpose::Leave),
    ("-confirm", Purpose::Confirm(None)),
    ("-why", Purpose::Why),
];

/// The longest address that is looked at, in bytes; a token is part of it.
const MOST_BYTES: usize = 254;

/// The posting address, in small letters, that this address belongs to where `is_list` says that
/// there is such a list, and what it is for.
pub fn read(address: &str, is_list: impl Fn(&str) -> bool) -> Option<(String, Purpose)> {
    if address.len() > MOST_BYTES {
        return None;
    }
    let address = address.to_ascii_lowercase();
    if is_list(&address) {
        return Some((address, Purpose::Post));
    }
    let (local, domain) = address.rsplit_once('@')?;
    let (local, extension) = match local.split_once('+') {
        Some((local, extension)) => (local, Some(extension.to_string())),
        None => (local, None),
    };
    let (word, purpose) = BESIDE.iter().find(|(word, _)| local.ends_with(word))?;
    let list = format!("{}@{domain}", local.strip_suffix(word)?);
    if !is_list(&list) {
        return None;
    }
    match (purpose, extension) {
        (Purpose::Confirm(_), token) => Some((list, Purpose::Confirm(token))),
        (_, Some(_)) => None,
        (purpose, None) => Some((list, purpose.clone())),
    }
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
            // A list that is called so goes before the address beside the other one.
            ("virt-request@centos.example", "virt-request", Purpose::Post),
            ("virt-request-request@centos.example", "virt-request", Purpose::Request),
            ("virt-join@centos.example", "virt", Purpose::Join),
            ("virt-unsubscribe@centos.example", "virt", Purpose::Leave),
            ("virt-confirm+Ab12@centos.example", "virt", Purpose::Confirm(Some("ab12".into()))),
            ("virt-confirm@centos.example", "virt", Purpose::Confirm(None)),
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
