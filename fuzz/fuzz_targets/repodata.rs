//! Any bytes as `repomd.xml` and as `primary.xml`: no panic, and what is taken is harmless: locations stay
//! inside the repository, names have no control characters, and a state compared with itself is the same.
#![no_main]

use beadle::domain::push::index::Index;
use beadle::source::repodata::primary;
use beadle::source::repodata::repomd::Repomd;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(repomd) = Repomd::parse(bytes) {
        for file in &repomd.files {
            assert!(!file.href.starts_with('/') && !file.href.contains(':'), "{}", file.href);
            assert!(file.href.split('/').all(|part| part != ".."), "{}", file.href);
        }
    }
    let mut index = Index::default();
    let read = primary::read(bytes, |package| {
        assert!(!package.name.chars().any(char::is_control), "{:?}", package.name);
        index.add(&package);
    });
    if read.is_ok() {
        assert!(index.compare(&index).is_empty());
        let kept: Index = index.iter().map(|(key, packages)| (key.clone(), packages)).collect();
        assert_eq!(kept, index);
    }
});
