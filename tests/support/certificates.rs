//! Certificates made by openssl: an authority, and whom it vouches for.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The names a server on this machine goes by.
pub const LOCALHOST: &str = "subjectAltName=DNS:localhost,IP:127.0.0.1";
/// What makes an authority.
const AUTHORITY: &str = "basicConstraints=critical,CA:TRUE";
/// Further arguments for a certificate that the authority signs.
const BY_AUTHORITY: &[&str] = &["-CA", "ca.pem", "-CAkey", "ca.key"];
/// What openssl needs to be told so that a certificate has no extension but those asked for.
const CONFIGURATION: &str = "[req]\ndistinguished_name = dn\n[dn]\n";

/// Makes an authority, `ca.pem` and `ca.key`.
pub fn authority(dir: &Path) {
    fs::write(dir.join("openssl.conf"), CONFIGURATION).expect("write openssl.conf");
    certificate(dir, "ca", AUTHORITY, &[]);
}

/// Makes a certificate with this extension that the authority has signed: `NAME.pem`, `NAME.key`.
pub fn signed(dir: &Path, name: &str, extension: &str) {
    certificate(dir, name, extension, BY_AUTHORITY);
}

/// Makes a certificate with this extension for which nobody vouches.
pub fn stranger(dir: &Path, name: &str, extension: &str) {
    certificate(dir, name, extension, &[]);
}

/// Makes a certificate of X.509 version 1, which has no extensions, that the authority has signed.
pub fn version_1(dir: &Path, name: &str) {
    let (key, pem, request) = (format!("{name}.key"), format!("{name}.pem"), format!("{name}.csr"));
    let subject = format!("/CN={name} of the rig");
    openssl(dir, &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &key]);
    let asking = ["req", "-new", "-config", "openssl.conf", "-subj", &subject];
    openssl(dir, &[&asking[..], &["-key", &key, "-out", &request]].concat());
    let signing = ["x509", "-req", "-in", &request, "-CA", "ca.pem", "-CAkey", "ca.key"];
    openssl(dir, &[&signing[..], &["-CAcreateserial", "-days", "2", "-out", &pem]].concat());
    let text = openssl(dir, &["x509", "-noout", "-text", "-in", &pem]);
    assert!(text.contains("Version: 1 "), "this openssl makes no version 1:\n{text}");
}

fn certificate(dir: &Path, name: &str, extension: &str, more: &[&str]) {
    let kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
    let subject = format!("/CN={name} of the rig");
    let what = ["-days", "2", "-subj", &subject, "-config", "openssl.conf", "-addext", extension];
    openssl(dir, &[&kind[..], &what, &["-keyout", &key, "-out", &pem], more].concat());
}

/// Runs openssl in the directory; what it printed.
fn openssl(dir: &Path, arguments: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(dir)
        .output()
        .expect("run openssl; scripts/setup test installs it");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
