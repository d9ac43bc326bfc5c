//! Links in untrusted text (to be replaced).
/// The first address that may become a link.
pub fn first_url(text: &str) -> Option<String> {
    let mut finder = linkify::LinkFinder::new();
    finder.kinds(&[linkify::LinkKind::Url]);
    finder.links(text).map(|l| l.as_str().to_string()).find(|u| allowed(u))
}
/// The address that the text starts with.
pub fn starts_with_url(text: &str) -> Option<String> {
    first_url(text).filter(|url| text.starts_with(url.as_str()))
}
fn allowed(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or("").to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https" | "irc" | "ircs" | "ftp" | "mailto" | "matrix")
}
