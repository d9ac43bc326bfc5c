//! `repodata/repomd.xml`: which files a repository is made of, and their checksums.
//!
//! Only the three kinds of files are kept that are read here. Databases (`*_db`), zchunk (`*_zck`) and
//! all others are passed over, whatever they look like.

use crate::source::repodata::checksum::{self, Checksum};
use crate::source::repodata::fault::Fault;
use crate::source::repodata::xml::{self, Step, Walk};

/// The most bytes of a `repomd.xml`; usual ones have 3,000.
pub const MOST_BYTES: u64 = 1024 * 1024;
/// The longest name of a file within the repository, in bytes.
pub const MOST_HREF: usize = 512;

/// A `repomd.xml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repomd {
    /// Its revision, usually the second it was made; none where it has none or it is no number.
    pub revision: Option<i64>,
    /// The SHA-256 of its bytes in hexadecimal digits.
    pub sha256: String,
    /// The files that are read here, each kind at most once.
    pub files: Vec<File>,
}

/// A file of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What it holds.
    pub kind: Holds,
    /// Where it is, from the repository's root: `repodata/0123-primary.xml.gz`.
    pub href: String,
    /// The checksum of its bytes.
    pub checksum: Checksum,
    /// The checksum of what it unpacks to; none where it is not packed.
    pub open_checksum: Option<Checksum>,
    /// How many bytes it has.
    pub size: Option<u64>,
    /// How many bytes it unpacks to.
    pub open_size: Option<u64>,
    /// When it was made, in seconds since 1970.
    pub timestamp: Option<i64>,
}

/// What a file holds, by its `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The packages: names, versions, sources.
    Primary,
    /// The changelogs.
    Other,
    /// The advisories.
    Updateinfo,
}

impl Repomd {
    /// Reads one.
    pub fn parse(bytes: &[u8]) -> Result<Repomd, Fault> {
        let mut repomd =
            Repomd { revision: None, sha256: checksum::sha256(bytes), files: Vec::new() };
        let mut walk = Walk::new(bytes)?;
        let mut text = String::new();
        let mut has_root = false;
        loop {
            match walk.step()? {
                Step::Open(tag) if walk.depth() == 1 => {
                    if has_root {
                        return Err(Fault::malformed("it goes on where it should end"));
                    }
                    if xml::name(&tag) != "repomd" {
                        let why = format!("it has <{}> instead of <repomd>", xml::name(&tag));
                        return Err(Fault::malformed(why));
                    }
                    has_root = true;
                }
                Step::Open(tag) if xml::name(&tag) == "revision" => {
                    walk.words(&mut text)?;
                    repomd.revision = text.trim().parse().ok();
                }
                Step::Open(tag) if xml::name(&tag) == "data" => {
                    let [kind] = xml::attributes(&tag, ["type"])?;
                    match kind.as_deref().and_then(Holds::of) {
                        Some(kind) if repomd.file(kind).is_some() => {
                            let why = format!("it names {} twice", kind.name());
                            return Err(Fault::malformed(why));
                        }
                        Some(kind) => {
                            let file = read_file(&mut walk, kind, &mut text);
                            repomd.files.push(file.map_err(|fault| fault.about(kind.name()))?);
                        }
                        None => walk.skip()?,
                    }
                }
                Step::Open(_) => walk.skip()?,
                Step::Close | Step::Words(_) => {}
                Step::Done if has_root && walk.depth() == 0 => return Ok(repomd),
                Step::Done => return Err(xml::too_early()),
            }
        }
    }

    /// The file that holds this.
    pub fn file(&self, kind: Holds) -> Option<&File> {
        self.files.iter().find(|file| file.kind == kind)
    }
}

impl Holds {
    fn of(kind: &str) -> Option<Holds> {
        [Holds::Primary, Holds::Other, Holds::Updateinfo]
            .into_iter()
            .find(|holds| holds.name() == kind)
    }

    /// The `type` of such a file.
    pub fn name(self) -> &'static str {
        match self {
            Holds::Primary => "primary",
            Holds::Other => "other",
            Holds::Updateinfo => "updateinfo",
        }
    }
}

/// One `<data>`, up to its end.
fn read_file(walk: &mut Walk<'_>, kind: Holds, text: &mut String) -> Result<File, Fault> {
    let (mut href, mut checksum, mut open_checksum) = (None, None, None);
    let (mut size, mut open_size, mut timestamp) = (None, None, None);
    loop {
        let tag = match walk.step()? {
            Step::Open(tag) => tag,
            Step::Words(_) => continue,
            Step::Close => break,
            Step::Done => return Err(xml::too_early()),
        };
        match xml::name(&tag) {
            "location" => {
                let [place, base] = xml::attributes(&tag, ["href", "xml:base"])?;
                if base.is_some() {
                    return Err(Fault::malformed("it lies in another repository (xml:base)"));
                }
                href = place;
                walk.skip()?;
            }
            name @ ("checksum" | "open-checksum") => {
                let [kind] = xml::attributes(&tag, ["type"])?;
                let into = if name == "checksum" { &mut checksum } else { &mut open_checksum };
                walk.words(text)?;
                *into = Some(Checksum::parse(kind.as_deref().unwrap_or_default(), text)?);
            }
            "size" => size = Some(number(walk, text)?),
            "open-size" => open_size = Some(number(walk, text)?),
            // Old programs write seconds with a part after the point.
            "timestamp" => timestamp = i64::try_from(number(walk, text)?).ok(),
            _ => walk.skip()?,
        }
    }
    let href = href.ok_or_else(|| Fault::malformed("it has no location"))?;
    if !stays_inside(&href) {
        let why = format!("its location {href:?} is no plain path inside the repository");
        return Err(Fault::malformed(why));
    }
    let checksum = checksum.ok_or_else(|| Fault::malformed("it has no checksum"))?;
    Ok(File { kind, href, checksum, open_checksum, size, open_size, timestamp })
}

/// A whole number; what stands after a point does not count.
fn number(walk: &mut Walk<'_>, text: &mut String) -> Result<u64, Fault> {
    walk.words(text)?;
    let whole = text.trim().split('.').next().unwrap_or_default();
    whole.parse().map_err(|_| Fault::malformed(format!("{:?} is no number", text.trim())))
}

/// Whether a location is a plain path down from the root: no scheme, no query, nothing that a server or a
/// file system could take for a way out.
fn stays_inside(href: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._+~=,@/".contains(&b);
    href.len() <= MOST_HREF
        && href.bytes().all(is_plain)
        && href.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn data(kind: &str, inner: &str) -> String {
        format!("<data type=\"{kind}\">{inner}</data>")
    }

    fn file(href: &str) -> String {
        format!("<checksum type=\"sha256\">{SUM}</checksum><location href=\"{href}\"/>")
    }

    fn repomd(inner: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<repomd \
             xmlns=\"http://linux.duke.edu/metadata/repo\">{inner}</repomd>\n"
        )
    }

    fn refused(xml: &str) -> String {
        Repomd::parse(xml.as_bytes()).expect_err(xml).sentence
    }

    #[test]
    fn what_is_read_here_is_kept_and_the_rest_passed_over() {
        let primary = format!(
            "{}<open-checksum type=\"sha256\">{SUM}</open-checksum><header-size>1</header-size>\
             <timestamp>1542365712.27</timestamp><size>123</size><open-size>4567</open-size>",
            file("repodata/abc-primary.xml.gz")
        );
        let xml = repomd(&format!(
            "<revision>1542365712</revision><tags><distro>x</distro></tags>{}{}{}{}",
            data("primary", &primary),
            data("primary_db", "<checksum type=\"md5\">0</checksum>"),
            data("primary_zck", "<location href=\"../../x\"/>"),
            data("other", &file("repodata/abc-other.xml.zst"))
        ));
        let repomd = Repomd::parse(xml.as_bytes()).expect("a repomd");
        assert_eq!((repomd.revision, repomd.files.len()), (Some(1_542_365_712), 2));
        assert_eq!(repomd.sha256, checksum::sha256(xml.as_bytes()));
        let primary = repomd.file(Holds::Primary).expect("a primary");
        assert_eq!(primary.href, "repodata/abc-primary.xml.gz");
        assert_eq!((primary.size, primary.open_size), (Some(123), Some(4567)));
        assert_eq!(primary.timestamp, Some(1_542_365_712));
        assert!(primary.open_checksum.is_some());
        assert!(repomd.file(Holds::Updateinfo).is_none());
    }

    #[test]
    fn a_location_never_leaves_the_repository() {
        for href in ["repodata/a.xml.gz", "a", "a/b/c..d", "0123~x+y=z@1,2.xml"] {
            assert!(
                Repomd::parse(repomd(&data("primary", &file(href))).as_bytes()).is_ok(),
                "{href}"
            );
        }
        for href in [
            "",
            "/etc/passwd",
            "..",
            "../x",
            "a/../../x",
            "a//b",
            "./a",
            "http://elsewhere.example/x",
            "file:x",
            "//elsewhere.example/x",
            "a?b",
            "a#b",
            "a%2e%2e/b",
            "a\\..\\b",
            "a b",
            "a&#10;b",
            "a/",
            "é",
            &"x".repeat(MOST_HREF + 1),
        ] {
            let said = refused(&repomd(&data("primary", &file(href))));
            assert!(said.starts_with("primary: its location"), "{href}: {said}");
        }
        let based =
            file("a").replace("<location", "<location xml:base=\"http://elsewhere.example\"");
        assert_eq!(
            refused(&repomd(&data("primary", &based))),
            "primary: it lies in another repository (xml:base)"
        );
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let whole = repomd(&data("primary", &file("a")));
        for end in 0..whole.len() - 1 {
            assert!(Repomd::parse(&whole.as_bytes()[..end]).is_err(), "{end}");
        }
        let twice = data("primary", &file("a")).repeat(2);
        for (xml, why) in [
            (repomd(&twice), "it names primary twice"),
            (repomd(&data("primary", "")), "primary: it has no location"),
            (repomd(&data("primary", "<location href=\"a\"/>")), "primary: it has no checksum"),
            (
                whole.replace("sha256", "md5"),
                "primary: the checksum \"md5\" is not read here; sha256, sha512 and sha1 are",
            ),
            (
                repomd(&data("other", &(file("a") + "<size>-1</size>"))),
                "other: \"-1\" is no number",
            ),
            ("<html></html>".to_string(), "it has <html> instead of <repomd>"),
            (whole.clone() + "<repomd/>", "it goes on where it should end"),
            (String::new(), "it ends too early"),
        ] {
            assert_eq!(refused(&xml), why, "{xml}");
        }
        let entity = format!("<!DOCTYPE repomd [<!ENTITY a \"b\">]>{}", repomd(""));
        assert_eq!(refused(&entity), "it declares a document type, which is refused");
    }
}
