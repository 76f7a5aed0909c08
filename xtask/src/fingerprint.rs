//! Tells whether something has to be made again: a short sum over files and words.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use anyhow::{Context, Result};

/// Sums up names and contents. The same input gives the same sum while the compiler stays the
/// same; another sum only means that work is done once more.
#[derive(Default)]
pub(crate) struct Fingerprint(DefaultHasher);

impl Fingerprint {
    /// Adds a word, such as a version.
    pub(crate) fn word(&mut self, word: &str) -> &mut Self {
        word.hash(&mut self.0);
        self
    }

    /// Adds bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        bytes.hash(&mut self.0);
        self
    }

    /// Adds a file, or everything under a folder. What is not there counts as such.
    ///
    /// # Errors
    /// When something is there that cannot be read.
    pub(crate) fn path(&mut self, path: &Path) -> Result<&mut Self> {
        let reading = || format!("reading {}", path.display());
        path.file_name().hash(&mut self.0);
        if path.is_dir() {
            let mut entries = std::fs::read_dir(path)
                .with_context(reading)?
                .collect::<std::io::Result<Vec<_>>>()
                .with_context(reading)?;
            entries.sort_by_key(std::fs::DirEntry::file_name);
            entries.len().hash(&mut self.0);
            for entry in entries {
                self.path(&entry.path())?;
            }
        } else if path.exists() {
            std::fs::read(path).with_context(reading)?.hash(&mut self.0);
        }
        Ok(self)
    }

    /// The sum, as text.
    pub(crate) fn sum(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

/// Whether `stamp` holds exactly `text`.
pub(crate) fn is_stamped(stamp: &Path, text: &str) -> bool {
    std::fs::read_to_string(stamp).is_ok_and(|found| found == text)
}

/// Writes `text` into `stamp`.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn stamp(stamp: &Path, text: &str) -> Result<()> {
    if let Some(folder) = stamp.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    std::fs::write(stamp, text).with_context(|| format!("{} cannot be written", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_of(path: &Path) -> String {
        Fingerprint::default().path(path).unwrap().sum()
    }

    #[test]
    fn a_change_of_content_or_name_changes_the_sum() {
        let folder = std::env::temp_dir().join(format!("tincan-sum-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("in")).unwrap();
        std::fs::write(folder.join("in/a"), "one").unwrap();
        let first = sum_of(&folder);
        assert_eq!(first, sum_of(&folder));

        std::fs::write(folder.join("in/a"), "two").unwrap();
        let changed = sum_of(&folder);
        assert_ne!(first, changed);

        std::fs::rename(folder.join("in/a"), folder.join("in/b")).unwrap();
        assert_ne!(changed, sum_of(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_missing_is_told_from_what_is_empty() {
        let file = std::env::temp_dir().join(format!("tincan-none-{}", std::process::id()));
        let missing = sum_of(&file);
        std::fs::write(&file, "").unwrap();
        assert_ne!(missing, sum_of(&file));
        std::fs::remove_file(&file).unwrap();
    }
}
