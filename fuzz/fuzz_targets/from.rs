//! Any bytes as a From: what is read as one address is written and read again as the same one, and no
//! comma, colon or second `@` that stands unquoted is part of it.
#![no_main]

use beadle::domain::list::{Key, author};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    if let Ok((key, _)) = author::read(value) {
        assert_eq!(Key::parse(key.as_str()).as_ref(), Some(&key));
        let again = author::read(format!(" <{key}>").as_bytes());
        // A local part that needs quotes for an @ is refused, so it cannot have come out either.
        assert_eq!(again.map(|(key, _)| key), Ok(key));
    }
});
