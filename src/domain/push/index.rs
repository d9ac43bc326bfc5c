//! What a yum repository holds, folded to source builds, and how two such states differ.
//!
//! A repository of 50,000 packages is held twice while it is compared, so a package is its name and
//! sixteen bytes here; what else is known of it is in [`Package`].

use crate::domain::push::evr::Evr;
use crate::domain::push::package::Package;
use crate::domain::push::plain;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// One source build, for one architecture, in one repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The source package's name.
    pub source: String,
    /// Its version: version and release of the source package, epoch of its binaries.
    pub evr: Evr,
    /// The architecture of the packages: `x86_64`, `noarch`, `src`.
    pub arch: String,
}

/// Which packages a source build has there: `NAME[ VERSION-RELEASE]` (the second where it differs from the
/// source's) and the checksum of the package, the first 32 hexadecimal digits of it.
pub type Packages = BTreeMap<String, String>;

/// What a repository holds. It is filled package by package ([`Index::add`]), or from what was kept of it
/// (`collect`), and [`Index::iter`] gives it as it is to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index(BTreeMap<Key, Vec<Held>>);

/// A package of a source build; sorted by their names, of which each is there once.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    name: Box<str>,
    sum: u128,
}

/// How a repository changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// What is new, or has further packages. Only those packages.
    pub added: Vec<(Key, Packages)>,
    /// What is there no more, or has fewer packages. Only those packages.
    pub removed: Vec<(Key, Packages)>,
    /// The same names and versions with other bytes: rebuilt, or signed anew. Only those packages.
    pub respun: Vec<(Key, Packages)>,
}

impl Difference {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.respun.is_empty()
    }
}

impl Index {
    /// Takes a package in.
    pub fn add(&mut self, package: &Package) {
        let (key, name) = place(package);
        self.hold(key, name.into(), sum(&package.pkgid));
    }

    /// Whether it has this package with these bytes.
    pub fn holds(&self, package: &Package) -> bool {
        let (key, name) = place(package);
        let build = self.0.get(&key).map(Vec::as_slice).unwrap_or_default();
        find(build, &name).is_ok_and(|at| build[at].sum == sum(&package.pkgid))
    }

    /// How many source builds there are; one for two architectures is two.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All source builds with their packages, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, Packages)> {
        self.0.iter().map(|(key, build)| (key, packages(build)))
    }

    /// The packages of a source build.
    pub fn get(&self, key: &Key) -> Option<Packages> {
        self.0.get(key).map(|build| packages(build))
    }

    /// All source builds, in order.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.0.keys()
    }

    /// What became of this state when the new one followed.
    pub fn compare(&self, new: &Index) -> Difference {
        let mut difference = Difference::default();
        let mut old = self.0.iter().peekable();
        for (key, build) in &new.0 {
            while let Some((gone, had)) = old.next_if(|(before, _)| *before < key) {
                difference.removed.push((gone.clone(), packages(had)));
            }
            match old.next_if(|(before, _)| *before == key) {
                Some((_, had)) => compare_build(key, had, build, &mut difference),
                None => difference.added.push((key.clone(), packages(build))),
            }
        }
        difference.removed.extend(old.map(|(gone, had)| (gone.clone(), packages(had))));
        difference
    }

    /// Of a hundred sources, how many have no build of any version and architecture in the new state.
    /// A part of one percent counts as one, so that "more than 30" misses none.
    pub fn vanished_percent(&self, new: &Index) -> u32 {
        let (gone, all) = (self.vanished(new), self.sources().count());
        u32::try_from((100 * gone).div_ceil(all.max(1))).unwrap_or(100)
    }

    /// How many sources have no build of any version and architecture in the new state.
    pub fn vanished(&self, new: &Index) -> usize {
        let mut gone = 0;
        let mut left = new.sources().peekable();
        for source in self.sources() {
            while left.next_if(|name| *name < source).is_some() {}
            if left.peek() != Some(&source) {
                gone += 1;
            }
        }
        gone
    }

    /// The names of the sources, each once, in order.
    fn sources(&self) -> impl Iterator<Item = &str> {
        let mut last = None;
        let names = self.0.keys().map(|key| key.source.as_str());
        names.filter(move |name| last.replace(*name) != Some(*name))
    }

    /// Where a repository lists one package twice with other bytes, the greater sum stands, whatever
    /// their order.
    fn hold(&mut self, key: Key, name: Box<str>, sum: u128) {
        match self.0.entry(key) {
            // Most builds have few packages: nothing is set aside for more.
            Entry::Vacant(place) => {
                place.insert(vec![Held { name, sum }]);
            }
            Entry::Occupied(mut place) => {
                let build = place.get_mut();
                match find(build, &name) {
                    Ok(at) => build[at].sum = build[at].sum.max(sum),
                    Err(at) => {
                        build.reserve_exact(1);
                        build.insert(at, Held { name, sum });
                    }
                }
            }
        }
    }
}

impl FromIterator<(Key, Packages)> for Index {
    /// What was kept of a state; checksums as [`Packages`] has them.
    fn from_iter<T: IntoIterator<Item = (Key, Packages)>>(kept: T) -> Index {
        let mut index = Index::default();
        for (key, packages) in kept {
            for (name, checksum) in packages {
                index.hold(key.clone(), name.into(), sum(&checksum));
            }
        }
        index
    }
}

/// Where a package belongs, and what it is called there.
fn place(package: &Package) -> (Key, String) {
    let (source, evr) = package.source_build();
    let mut name = plain::part(&package.name);
    if (&package.evr.version, &package.evr.release) != (&evr.version, &evr.release) {
        name = format!("{name} {}-{}", package.evr.version, package.evr.release);
    }
    (Key { source, evr, arch: plain::part(&package.arch) }, name)
}

/// Both builds have the same key.
fn compare_build(key: &Key, old: &[Held], new: &[Held], difference: &mut Difference) {
    if old == new {
        return;
    }
    let (mut added, mut removed, mut respun) = (Packages::new(), Packages::new(), Packages::new());
    let (mut before, mut after) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (before.peek(), after.peek()) {
            (Some(was), Some(is)) => was.name.cmp(&is.name),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        let was = if order.is_le() { before.next() } else { None };
        let is = if order.is_ge() { after.next() } else { None };
        match (was, is) {
            (Some(was), Some(is)) if was.sum != is.sum => respun.extend([shown(is)]),
            (Some(was), None) => removed.extend([shown(was)]),
            (None, Some(is)) => added.extend([shown(is)]),
            _ => {}
        }
    }
    let lists = [
        (&mut difference.added, added),
        (&mut difference.removed, removed),
        (&mut difference.respun, respun),
    ];
    for (list, packages) in lists.into_iter().filter(|(_, packages)| !packages.is_empty()) {
        list.push((key.clone(), packages));
    }
}

fn find(build: &[Held], name: &str) -> Result<usize, usize> {
    build.binary_search_by(|held| held.name.as_ref().cmp(name))
}

fn packages(build: &[Held]) -> Packages {
    build.iter().map(shown).collect()
}

fn shown(held: &Held) -> (String, String) {
    (held.name.to_string(), format!("{:032x}", held.sum))
}

/// The first 32 hexadecimal digits as a number. What has no such digits is no checksum; two different
/// ones of that kind still stay two (FNV-1a, 128 bits).
fn sum(checksum: &str) -> u128 {
    let digits = checksum.get(..32).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    match digits.map(|digits| u128::from_str_radix(digits, 16)) {
        Some(Ok(sum)) => sum,
        _ => checksum.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
            (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::push::package::tests::package;
    use proptest::prelude::*;

    /// `NAME VERSION ARCH SOURCE SUM` a line; the source package is SOURCE-VERSION-1.src.rpm.
    fn index(lines: &str) -> Index {
        let mut index = Index::default();
        for line in lines.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [name, version, arch, source, sum] = words[..] else { panic!("{line}") };
            let source = format!("{source}-{version}-1.src.rpm");
            let mut package = package(name, (0, version, "1"), arch, &source);
            package.pkgid = sum.repeat(64 / sum.len());
            index.add(&package);
        }
        index
    }

    /// `+ SOURCE VERSION ARCH: NAMES` and so on.
    fn told(difference: &Difference) -> Vec<String> {
        let lists =
            [("+", &difference.added), ("-", &difference.removed), ("~", &difference.respun)];
        let line = |sign: &str, (key, packages): &(Key, Packages)| {
            let names: Vec<&str> = packages.keys().map(String::as_str).collect();
            format!("{sign} {} {} {}: {}", key.source, key.evr.version, key.arch, names.join(" "))
        };
        lists.iter().flat_map(|(sign, list)| list.iter().map(|one| line(sign, one))).collect()
    }

    #[test]
    fn packages_fold_into_their_source_builds() {
        let mut index = index(
            "qemu-kvm-ev 2.12 x86_64 qemu-kvm-ev a\nqemu-img-ev 2.12 x86_64 qemu-kvm-ev b\n\
             qemu-img-ev 2.12 aarch64 qemu-kvm-ev c\nqemu-kvm-ev 2.12 src qemu-kvm-ev d",
        );
        let mut other = package("perl-Test", (0, "3.2", "4"), "noarch", "perl-5.16-294.src.rpm");
        assert!(!index.holds(&other));
        index.add(&other);
        assert!(index.holds(&other));
        other.pkgid = "f".repeat(64);
        assert!(!index.holds(&other));
        let kept: Vec<_> = index.iter().collect();
        let shown: Vec<String> = kept
            .iter()
            .map(|(key, packages)| format!("{} {} {packages:?}", key.source, key.arch))
            .collect();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|digit| digit.repeat(32));
        let perl = "0123456789abcdef".repeat(2);
        assert_eq!(
            shown,
            [
                format!("perl noarch {{\"perl-Test 3.2-4\": \"{perl}\"}}"),
                format!("qemu-kvm-ev aarch64 {{\"qemu-img-ev\": \"{c}\"}}"),
                format!("qemu-kvm-ev src {{\"qemu-kvm-ev\": \"{d}\"}}"),
                format!(
                    "qemu-kvm-ev x86_64 {{\"qemu-img-ev\": \"{b}\", \"qemu-kvm-ev\": \"{a}\"}}"
                ),
            ]
        );
    }

    #[test]
    fn what_changed_is_told_package_by_package() {
        let old = index(
            "xen 4.6 x86_64 xen a\nxen-libs 4.6 x86_64 xen b\nxen-doc 4.6 x86_64 xen c\n\
             gone 1 noarch gone d\nsame 1 noarch same e",
        );
        let new = index(
            "xen 4.6 x86_64 xen f\nxen-libs 4.6 x86_64 xen b\nxen-devel 4.6 x86_64 xen c\n\
             fresh 1 noarch fresh d\nsame 1 noarch same e",
        );
        let all = [
            "+ fresh 1 noarch: fresh",
            "+ xen 4.6 x86_64: xen-devel",
            "- gone 1 noarch: gone",
            "- xen 4.6 x86_64: xen-doc",
            "~ xen 4.6 x86_64: xen",
        ];
        let difference = old.compare(&new);
        assert_eq!(told(&difference), all);
        assert_eq!(difference.respun[0].1["xen"], "f".repeat(32), "the new bytes");
        assert!(old.compare(&old).is_empty() && !difference.is_empty());
    }

    #[test]
    fn a_package_that_is_listed_twice_does_not_flap() {
        let one = index("xen 1 x86_64 xen a\nxen 1 x86_64 xen b");
        let two = index("xen 1 x86_64 xen b\nxen 1 x86_64 xen a");
        assert_eq!(one, two);
    }

    #[test]
    fn what_vanished_is_counted_by_sources_and_an_update_is_no_loss() {
        let old = index("a 1 x86_64 a 1\na 1 aarch64 a 1\nb 1 x86_64 b 1\nc 1 x86_64 c 1");
        for (new, percent) in [
            ("", 100),
            ("a 2 x86_64 a 1\nb 1 x86_64 b 1\nc 1 x86_64 c 1", 0),
            ("a 1 aarch64 a 1\nc 2 x86_64 c 1\nx 1 noarch x 1", 34),
            ("b 1 x86_64 b 1", 67),
        ] {
            assert_eq!(old.vanished_percent(&index(new)), percent, "{new}");
        }
        assert_eq!(Index::default().vanished_percent(&old), 0);
    }

    #[test]
    fn what_is_no_checksum_still_tells_bytes_apart() {
        assert_eq!(sum(&"0a".repeat(20)), sum(&"0a".repeat(16)));
        assert_ne!(sum("short"), sum("other"));
        assert_ne!(sum(&format!("+{}", "1".repeat(31))), sum(&"1".repeat(32)));
        let kept = format!("{:032x}", sum("short"));
        assert_eq!(sum(&kept), sum("short"), "kept and read again");
    }

    /// Some sources, versions, architectures, packages and checksums, so few that they often meet.
    fn states() -> impl Strategy<Value = Index> {
        let one = ("[a-c]", "[12]", "(x|y)", "[p-s]", "[0-3]");
        proptest::collection::vec(one, 0..40).prop_map(|all| {
            let lines = all.iter().map(|(source, version, arch, name, sum)| {
                format!("{name} {version} {arch} {source} {sum}\n")
            });
            index(&lines.collect::<String>())
        })
    }

    fn apply(old: &Index, difference: &Difference) -> BTreeMap<Key, Packages> {
        let mut state: BTreeMap<Key, Packages> =
            old.iter().map(|(key, packages)| (key.clone(), packages)).collect();
        for (key, packages) in &difference.removed {
            let build = state.get_mut(key).expect("what is removed was there");
            for name in packages.keys() {
                build.remove(name).expect("what is removed was there");
            }
        }
        for (key, packages) in &difference.respun {
            for (name, sum) in packages {
                let before = state.get_mut(key).and_then(|build| build.get_mut(name));
                let before = before.expect("what is respun was there");
                assert_ne!(before, sum);
                *before = sum.clone();
            }
        }
        for (key, packages) in &difference.added {
            for (name, sum) in packages {
                let before =
                    state.entry(key.clone()).or_default().insert(name.clone(), sum.clone());
                assert_eq!(before, None, "what is added was not there");
            }
        }
        state.retain(|_, packages| !packages.is_empty());
        state
    }

    proptest! {
        #[test]
        fn the_old_state_and_the_difference_give_the_new_one(old in states(), new in states()) {
            let difference = old.compare(&new);
            let applied: Index = apply(&old, &difference).into_iter().collect();
            prop_assert_eq!(&applied, &new);
            prop_assert_eq!(difference.is_empty(), old == new);
        }
    }
}
