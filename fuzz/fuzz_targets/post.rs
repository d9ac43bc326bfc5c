//! Any bytes as a mail: judged without a panic, and never accepted where nobody is subscribed.
#![no_main]

use beadle::domain::list::gate::{self, Verdict};
use beadle::domain::list::policy::Policy;
use beadle::domain::list::post::{self, Reading};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|mail: &[u8]| {
    let policy = Policy::default();
    let reading = Reading { list: "virt@lists.example.org", sender: "a@b.example", policy: &policy };
    let post = post::read(mail, &reading);
    assert_ne!(gate::decide(&policy, &post.facts).verdict, Verdict::Accept);
});
