//! One package of a yum repository, as its metadata describes it.
//!
//! Strangers wrote all of it: names and versions are `plain` parts, texts are [`Text`].

use crate::domain::push::evr::{self, Evr};
use crate::domain::push::plain;
use crate::domain::text::Text;
use crate::domain::time::Moment;

/// A package: the source package, or one that was built from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name, such as `qemu-img-ev`.
    pub name: String,
    /// Its version.
    pub evr: Evr,
    /// Its architecture: `x86_64`, `noarch`, `src`.
    pub arch: String,
    /// The checksum of the package with its signature, in hexadecimal digits.
    pub pkgid: String,
    /// The file name of the source package it was built from; empty where there is none, and for a
    /// source package.
    pub source: String,
    /// What it is, in a few words.
    pub summary: Text,
    /// The licence's name.
    pub licence: Text,
    /// When it was built, by the builder's clock.
    pub build_time: Moment,
    /// Its project's address, where it has one.
    pub url: Option<Text>,
}

impl Package {
    /// The source package's name and version. The file name has no epoch: the package's stands for
    /// it. A package that names no source, or none that can be read, is its own.
    pub fn source_build(&self) -> (String, Evr) {
        let file = self.source.strip_suffix(".rpm").unwrap_or(&self.source);
        let nvr = file.rsplit_once('.').map_or("", |(nvr, _arch)| nvr);
        match evr::split_nvr(nvr).filter(|_| !self.is_source()) {
            Some((name, version, release)) => {
                (plain::part(name), Evr::new(self.evr.epoch, version, release))
            }
            None => (plain::part(&self.name), self.evr.clone()),
        }
    }

    /// Whether it is a source package.
    pub fn is_source(&self) -> bool {
        matches!(self.arch.as_str(), "src" | "nosrc")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A package without words.
    pub(crate) fn package(name: &str, evr: (u32, &str, &str), arch: &str, source: &str) -> Package {
        Package {
            name: name.into(),
            evr: Evr::new(evr.0, evr.1, evr.2),
            arch: arch.into(),
            pkgid: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".into(),
            source: source.into(),
            summary: Text::default(),
            licence: Text::default(),
            build_time: Moment::from_micros(0),
            url: None,
        }
    }

    #[test]
    fn the_source_is_that_of_the_file_name_with_the_packages_epoch() {
        let evr = (10, "2.12.0", "18.el7");
        let source = "qemu-kvm-ev-2.12.0-18.el7.src.rpm";
        let of = |arch, source| package("qemu-img-ev", evr, arch, source).source_build();
        let built = (String::from("qemu-kvm-ev"), Evr::new(10, "2.12.0", "18.el7"));
        assert_eq!(of("x86_64", source), built);
        let itself = (String::from("qemu-img-ev"), Evr::new(10, "2.12.0", "18.el7"));
        for (arch, source) in [
            ("x86_64", ""),
            ("src", source),
            ("noarch", "nonsense"),
            ("noarch", "a-1.src.rpm"),
            ("noarch", ".rpm"),
        ] {
            assert_eq!(of(arch, source), itself, "{arch} {source}");
        }
        // A sub-package may have a version of its own.
        let other = package("perl-Test", (1, "3.2", "4"), "noarch", "perl-5.16.3-294.el7.src.rpm");
        assert_eq!(other.source_build(), ("perl".into(), Evr::new(1, "5.16.3", "294.el7")));
    }
}
