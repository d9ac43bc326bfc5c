//! Secrets: read from files of their own, kept in a type that does not print itself.
//!
//! Nothing here puts a secret, or a piece of one, into a message.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use std::fmt;
use std::io;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

/// A value that must never be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    pub fn new(secret: impl Into<String>) -> Secret {
        Secret(secret.into())
    }

    /// The secret itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The longest file of secrets or certificates, in bytes.
pub const MOST_BYTES: u64 = 1 << 20;

/// The longest single secret, in bytes; an IRC line could carry no longer one.
pub const MOST_SECRET_BYTES: usize = 400;

/// Where the files are that the configuration names.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The directory of the configuration; relative paths begin there.
    pub base: PathBuf,
    /// `$CREDENTIALS_DIRECTORY`, where systemd gives the service its credentials.
    pub credentials: Option<PathBuf>,
}

impl Files {
    /// The path that a name in the configuration means: a credential of that name where the name
    /// is without a slash and there is one, else a path, relative to the configuration.
    pub fn locate(&self, name: &str) -> PathBuf {
        let credentials = self.credentials.as_ref().filter(|_| !name.contains('/'));
        let credential = credentials.map(|directory| directory.join(name));
        credential.filter(|path| path.exists()).unwrap_or_else(|| self.base.join(name))
    }

    /// The secret in that file, without the line break at its end.
    pub fn secret(&self, name: &str) -> Result<Secret, String> {
        let bytes = self.private(name)?;
        let text = String::from_utf8(bytes).map_err(|_| "the file is not UTF-8".to_string())?;
        let secret = text.strip_suffix('\n').unwrap_or(&text);
        let secret = secret.strip_suffix('\r').unwrap_or(secret);
        if secret.is_empty() {
            return Err("the file is empty".to_string());
        }
        if secret.contains(['\r', '\n', '\0']) {
            return Err("the file must hold the secret alone, on one line".to_string());
        }
        if secret.len() > MOST_SECRET_BYTES {
            return Err(format!("the secret is longer than {MOST_SECRET_BYTES} bytes"));
        }
        Ok(Secret::new(secret))
    }

    /// Checks that the file holds certificates in PEM.
    pub fn certificates(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.locate(name);
        let bytes = read(&path, name)?.0;
        let mut found = 0;
        for certificate in CertificateDer::pem_slice_iter(&bytes) {
            certificate.map_err(|_| "the file has a damaged certificate in it".to_string())?;
            found += 1;
        }
        match found {
            0 => Err("the file holds no certificate in PEM".to_string()),
            _ => Ok(path),
        }
    }

    /// Checks that the file holds a private key in PEM, and that not everybody may read it.
    pub fn private_key(&self, name: &str) -> Result<PathBuf, String> {
        let bytes = self.private(name)?;
        let sentence = "the file holds no private key in PEM, or only an encrypted one";
        PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| sentence.to_string())?;
        Ok(self.locate(name))
    }

    fn private(&self, name: &str) -> Result<Vec<u8>, String> {
        let path = self.locate(name);
        let (bytes, mode) = read(&path, name)?;
        if mode & 0o007 != 0 {
            let path = shown(&path, name);
            return Err(format!("everybody may use {path}; run chmod o= on it"));
        }
        Ok(bytes)
    }
}

fn read(path: &Path, name: &str) -> Result<(Vec<u8>, u32), String> {
    let shown = shown(path, name);
    let failed = |error: io::Error| match error.kind() {
        // A bare name may be the password itself, written where the name of its file belongs.
        io::ErrorKind::NotFound if !name.contains('/') => {
            "there is no file of that name; write the name of a file here, not the secret itself"
                .to_string()
        }
        io::ErrorKind::NotFound => format!("there is no file {shown}"),
        io::ErrorKind::PermissionDenied => format!("{shown} may not be read by this user"),
        _ => format!("{shown} cannot be read: {error}"),
    };
    // Asked before opening: opening a pipe would wait for its writer.
    let about = std::fs::metadata(path).map_err(failed)?;
    if !about.is_file() {
        return Err(format!("{shown} is not a regular file"));
    }
    if about.len() > MOST_BYTES {
        return Err(format!("{shown} is longer than {MOST_BYTES} bytes"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok((bytes, about.permissions().mode()))
}

/// The path as a message may name it: not where its name may be a secret.
fn shown(path: &Path, name: &str) -> String {
    if name.contains('/') {
        crate::config::fault::printable(&path.display().to_string())
    } else {
        "the file".to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::fs::Permissions;

    fn file(files: &Files, name: &str, mode: u32, content: &[u8]) {
        let path = files.base.join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_secret_is_one_line_of_a_private_file() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files { base: dir.path().to_path_buf(), credentials: None };
        let cases: [(u32, &[u8], Result<&str, &str>); 9] = [
            (0o600, b"hunter2\n", Ok("hunter2")),
            (0o640, b"hunter2\r\n", Ok("hunter2")),
            (0o600, b" kept \n", Ok(" kept ")),
            (0o604, b"hunter2\n", Err("everybody may use ")),
            (0o602, b"hunter2\n", Err("everybody may use ")),
            (0o600, b"\n", Err("the file is empty")),
            (0o600, b"hunter2\nQUIT\n", Err("the file must hold the secret alone, on one line")),
            (0o600, b"hunter\0", Err("the file must hold the secret alone, on one line")),
            (0o600, b"\xff\xfe", Err("the file is not UTF-8")),
        ];
        for (mode, content, wanted) in cases {
            file(&files, "s", mode, content);
            match (files.secret("./s"), wanted) {
                (Ok(secret), Ok(wanted)) => assert_eq!(secret.reveal(), wanted),
                (Err(sentence), Err(wanted)) => {
                    assert!(sentence.starts_with(wanted), "{sentence}");
                    assert!(!sentence.contains("hunter"), "{sentence}");
                }
                (got, wanted) => panic!("{got:?} instead of {wanted:?}"),
            }
        }
        file(&files, "long", 0o600, &vec![b'x'; MOST_SECRET_BYTES + 1]);
        assert!(files.secret("long").unwrap_err().contains("longer than 400 bytes"));
        assert!(files.secret("/dev/zero").unwrap_err().contains("not a regular file"));
        let misplaced = files.secret("hunter2").unwrap_err();
        assert!(misplaced.contains("not the secret itself") && !misplaced.contains("hunter2"));
    }

    #[test]
    fn a_credential_wins_over_a_file_of_the_same_name() {
        let (base, credentials) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = Files {
            base: base.path().to_path_buf(),
            credentials: Some(credentials.path().to_path_buf()),
        };
        file(&files, "irc", 0o600, b"from the file");
        assert_eq!(files.secret("irc").unwrap().reveal(), "from the file");
        let credential = Files { base: credentials.path().to_path_buf(), credentials: None };
        file(&credential, "irc", 0o400, b"from systemd");
        assert_eq!(files.secret("irc").unwrap().reveal(), "from systemd");
        assert_eq!(files.secret("./irc").unwrap().reveal(), "from the file");
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }
}
