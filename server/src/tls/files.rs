//! A certificate and its key from two PEM files, read again when they change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use rustls::sign::CertifiedKey;

use super::certificate::{self, Shown, Summary};

/// How often the files are looked at. What renews certificates does it weeks before they expire;
/// this is for whoever waits beside it.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A pair of files and the certificate last read from them.
#[derive(Debug)]
pub(crate) struct Watched {
    cert: PathBuf,
    key: PathBuf,
    stamp: Stamp,
    shown: Arc<Shown>,
}

/// What is seen of the two files from outside: when each was last written, and its size.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Watched {
    /// Reads both files.
    ///
    /// # Errors
    /// When one cannot be read, or they do not go together.
    pub(super) fn new(cert: &Path, key: &Path) -> anyhow::Result<Self> {
        let stamp = stamp(cert, key);
        let certificate = read(cert, key)?;
        warn_of_problem(&certificate);
        Ok(Self {
            cert: cert.to_owned(),
            key: key.to_owned(),
            stamp,
            shown: Arc::new(Shown::new(certificate)),
        })
    }

    pub(super) fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown)
    }

    /// Looks at the files again and again.
    pub(super) async fn watch(mut self) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            // Files may be on a network that is gone just now.
            let looked = tokio::task::spawn_blocking(move || {
                self.look();
                self
            });
            match looked.await {
                Ok(watched) => self = watched,
                Err(error) => {
                    tracing::error!(%error, "the certificate's files are not looked at any more");
                    return;
                }
            }
        }
    }

    /// Shows what is in the files if they have changed, and stays with what was there if that is
    /// no good: half of a renewal may be done, and the other half changes them again.
    fn look(&mut self) {
        // Before the reading, so that a change during it is seen the next time.
        let stamp = stamp(&self.cert, &self.key);
        if stamp == self.stamp {
            return;
        }
        self.stamp = stamp;
        match read(&self.cert, &self.key) {
            Ok(certificate) => {
                warn_of_problem(&certificate);
                self.shown.replace(certificate);
                tracing::info!("the certificate was read again");
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(%error, "the new certificate cannot be used, the old one stays");
            }
        }
    }
}

fn stamp(cert: &Path, key: &Path) -> Stamp {
    [cert, key].map(|path| {
        let data = std::fs::metadata(path).ok()?;
        Some((data.modified().ok()?, data.len()))
    })
}

fn read(cert: &Path, key: &Path) -> anyhow::Result<CertifiedKey> {
    let bytes = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let chain = bytes(cert)?;
    let certified = certificate::from_pem(&chain, &bytes(key)?);
    certified.with_context(|| format!("{} and {}", cert.display(), key.display()))
}

/// An expired certificate is served all the same: whoever asks sees what is wrong.
fn warn_of_problem(certificate: &CertifiedKey) {
    let Some(summary) = certificate.cert.first().map(Summary::of) else {
        return;
    };
    match summary {
        Ok(summary) => {
            if let Some(problem) = summary.problem(SystemTime::now()) {
                tracing::warn!("the certificate {problem}");
            }
        }
        Err(error) => tracing::warn!(%error, "the certificate cannot be looked into"),
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;

    use super::*;

    #[test]
    fn a_new_pair_is_shown_and_half_of_one_is_not() {
        let folder = Folder::new("reload");
        folder.write(&Pair::new());
        let mut watched = Watched::new(&folder.cert(), &folder.key()).unwrap();
        let first = shown(&watched);

        let second = Pair::new();
        std::fs::write(folder.cert(), &second.cert).unwrap();
        watched.stamp = [None, None];
        watched.look();
        assert_eq!(shown(&watched), first, "the key does not fit yet");

        folder.write(&second);
        watched.stamp = [None, None];
        watched.look();
        assert_ne!(shown(&watched), first);

        std::fs::remove_file(folder.key()).unwrap();
        let before = shown(&watched);
        watched.look();
        assert_eq!(shown(&watched), before, "a missing file changes nothing");
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let folder = Folder::new("refusal");
        let nothing = Watched::new(&folder.cert(), &folder.key()).unwrap_err();
        assert!(format!("{nothing:#}").contains("cert.pem"), "{nothing:#}");
        let (one, other) = (Pair::new(), Pair::new());
        folder.write(&Pair {
            cert: one.cert,
            key: other.key,
        });
        let mixed = Watched::new(&folder.cert(), &folder.key()).unwrap_err();
        assert!(
            format!("{mixed:#}").contains("do not go together"),
            "{mixed:#}"
        );
    }

    fn shown(watched: &Watched) -> CertificateDer<'static> {
        watched.shown.current().cert[0].clone()
    }

    /// Two PEM texts that go together.
    struct Pair {
        cert: String,
        key: String,
    }

    impl Pair {
        fn new() -> Self {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            Self {
                cert: made.cert.pem(),
                key: made.key_pair.serialize_pem(),
            }
        }
    }

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("tincan-{name}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn cert(&self) -> PathBuf {
            self.0.join("cert.pem")
        }

        fn key(&self) -> PathBuf {
            self.0.join("key.pem")
        }

        fn write(&self, pair: &Pair) {
            std::fs::write(self.cert(), &pair.cert).unwrap();
            std::fs::write(self.key(), &pair.key).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
