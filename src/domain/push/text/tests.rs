//! Announcements as people read them, and what strangers may write into them.

use super::*;
use crate::domain::push::build::{About, Stage};
use crate::domain::push::evr::Evr;
use crate::domain::push::item::Marks;

fn item() -> Item {
    Item {
        kind: Kind::Released,
        source: "qemu-kvm-ev".into(),
        evr: Evr::new(10, "2.12.0", "18.el7"),
        previous: Some(Evr::new(10, "2.10.0", "21.el7")),
        stage: Stage::Release,
        places: vec![Place {
            repository: "virt7-kvm-common".into(),
            platform: "el7".into(),
            arches: vec!["x86_64".into(), "ppc64le".into(), "aarch64".into()],
        }],
        project: "qemu".into(),
        by: Some("sbonazzo".into()),
        pushed_at: Moment::parse("2018-11-19T12:04:00Z").ok(),
        marks: Marks {
            completes: Some(("2.12".into(), "2018-11-13".parse().unwrap())),
            ..Marks::default()
        },
        about: About::default(),
    }
}

const LINK: Option<&str> = Some("https://virt.example.org/p/318");

#[test]
fn the_line_of_the_product() {
    assert_eq!(
        line(&item(), LINK),
        "RELEASED qemu-kvm-ev 2.12.0-18 (was 2.10.0-21) · el7 x86_64 ppc64le aarch64 · \
         virt7-kvm-common · sbonazzo · completes rebase to 2.12 announced 2018-11-13 · \
         https://virt.example.org/p/318"
    );
}

#[test]
fn each_kind_is_named() {
    let one = |kind, change: fn(&mut Item)| {
        let mut item = Item { kind, marks: Marks::default(), by: None, ..item() };
        change(&mut item);
        line(&item, None)
    };
    let all = [
        one(Kind::New, |item| item.previous = None),
        one(Kind::Testing, |item| {
            item.marks.try_it = Some("yum --enablerepo=centos-virt-testing update".into());
        }),
        one(Kind::Major, |item| item.marks.major = Some(("2.10".into(), "2.12".into()))),
        one(Kind::Withdrawn, |item| item.previous = None),
        one(Kind::Downgraded, |_| ()),
        one(Kind::Released, |item| {
            item.marks.out_of_window = true;
            item.marks.not_mainline = Some("linux-xen patches".into());
            item.marks.end_of_support = "2018-11-13".parse().ok();
            item.about.security = vec!["CVE-2018-18849".into(), "XSA-282".into()];
            item.about.from_changelog = true;
        }),
        one(Kind::Released, |item| {
            item.places.push(Place {
                repository: "virt8-kvm-common".into(),
                platform: "el8".into(),
                arches: vec!["x86_64".into()],
            });
        }),
    ];
    let rest = "el7 x86_64 ppc64le aarch64 · virt7-kvm-common";
    assert_eq!(
        all,
        [
            format!("NEW qemu-kvm-ev 2.12.0-18 · {rest}"),
            format!(
                "TESTING (unsigned) qemu-kvm-ev 2.12.0-18 (was 2.10.0-21) · {rest} · try: yum \
                 --enablerepo=centos-virt-testing update"
            ),
            format!("MAJOR qemu-kvm-ev 2.10 → 2.12: 2.12.0-18 (was 2.10.0-21) · {rest}"),
            format!("WITHDRAWN qemu-kvm-ev 2.12.0-18 · {rest}"),
            format!("DOWNGRADED qemu-kvm-ev 2.12.0-18 (was 2.10.0-21) · {rest}"),
            format!(
                "OUT OF WINDOW RELEASED qemu-kvm-ev 2.12.0-18 (was 2.10.0-21) · NOT MAINLINE: \
                 linux-xen patches · END OF SUPPORT since 2018-11-13 · security: CVE-2018-18849 \
                 XSA-282 (from the changelog) · {rest}"
            ),
            "RELEASED qemu-kvm-ev 2.12.0-18 (was 2.10.0-21) · el7 x86_64 ppc64le aarch64, el8 \
             x86_64 · virt7-kvm-common virt8-kvm-common"
                .to_string(),
        ]
    );
}

#[test]
fn what_is_too_long_is_cut_where_it_hurts_least() {
    let mut long = item();
    long.source = "x".repeat(4096);
    long.evr = Evr { epoch: 0, version: "ü".repeat(4096), release: "1\r\nQUIT :\u{3}4red".into() };
    long.by = Some("y".repeat(4096));
    long.marks.not_mainline = Some("linux-xen patches, and many more words ".repeat(9));
    long.about.security = (0..500).map(|n| format!("CVE-2018-{n:05}")).collect();
    for n in 0..40 {
        long.places.push(Place {
            repository: format!("virt7-a-repository-{n}"),
            platform: format!("el{n}"),
            arches: vec!["x86_64".into(); 3],
        });
    }
    let line = line(&long, LINK);
    assert!(line.len() <= MOST_LINE, "{}", line.len());
    assert!(line.contains("NOT MAINLINE: linux-xen patches"), "{line}");
    assert!(line.contains("security: CVE-2018-00000 "), "{line}");
    assert!(!line.contains(['\r', '\n', '\u{3}']), "{line}");
    let many = vec![&long; 300];
    let told = summary(&many, None, LINK);
    assert!(told.len() <= MOST_LINE && told.contains("NOT MAINLINE: "), "{told}");
    assert!(!told.contains(['\r', '\n', '\u{3}']), "{told}");
}

#[test]
fn many_are_told_in_one_line_and_after_an_outage_with_their_times() {
    let marked = Item {
        source: "xen".into(),
        marks: Marks { not_mainline: Some("linux-xen patches".into()), ..Marks::default() },
        ..item()
    };
    let items = [&item(), &item(), &item(), &item(), &item(), &item(), &marked];
    assert_eq!(
        summary(&items[5..], None, LINK),
        "PUSHED 2 packages · NOT MAINLINE: xen (linux-xen patches) · qemu-kvm-ev 2.12.0-18, xen \
         2.12.0-18 · https://virt.example.org/p/318"
    );
    let told = summary(&items, Moment::parse("2018-11-19T09:00:00Z").ok(), LINK);
    assert!(told.starts_with(
        "While I was away (since Mon 2018-11-19 09:00 UTC): 7 packages · NOT MAINLINE: xen \
         (linux-xen patches) · qemu-kvm-ev 2.12.0-18 (Mon 12:04), "
    ));
    assert!(told.ends_with(" more · https://virt.example.org/p/318"), "{told}");
}
