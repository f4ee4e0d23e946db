//! The folder in which what takes long to work out of a bot's files is kept, for the next start. The only reader and writer of
//! it. Whatever goes wrong with it costs time and nothing else: what cannot be read is worked out, what cannot be written is
//! worked out again.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;

use crate::bot::Cache;
use crate::disk::{UNFINISHED, write_whole};

/// Versions of bots that are kept; the oldest goes.
const FILES_MAX: usize = 8;
/// Larger files are not ours.
const FILE_LARGEST: u64 = 2_000_000_000;
const ENDING: &str = "kept";
/// What turns it off.
const OFF: &str = "off";

/// Where commands that serve nobody keep what they work out: nowhere, unless they are told.
#[derive(Debug, Clone, Default, Args)]
pub struct CacheFlag {
    /// A folder that makes the next start with the same files quick; `off` for none
    #[arg(long = "cache", value_name = "DIR", env = "FRONTDESK_CACHE")]
    cache: Option<String>,
}

impl CacheFlag {
    /// The folder, if there is to be one.
    #[must_use]
    pub fn folder(&self) -> Option<Folder> {
        self.cache.as_deref().and_then(Folder::named)
    }
}

/// A folder, made when something is kept in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder that a setting names; `off`, or nothing, is none.
    #[must_use]
    pub fn named(setting: &str) -> Option<Self> {
        let name = setting.trim();
        (!name.is_empty() && name != OFF).then(|| Self(PathBuf::from(name)))
    }

    /// The folder beside a file, named as those who look into it would expect.
    #[must_use]
    pub fn beside(file: &Path) -> Self {
        Self(file.with_file_name("cache"))
    }

    fn read(&self, key: &str) -> io::Result<Vec<u8>> {
        let file = File::open(self.file(key))?;
        let length = file.metadata()?.len();
        if length > FILE_LARGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        file.take(FILE_LARGEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Takes away the oldest files, and what others began and never finished; nothing that is not ours.
    fn tidy(&self) -> io::Result<()> {
        let mut kept: Vec<(SystemTime, PathBuf)> = Vec::new();
        let mut unfinished = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            let written = fs::metadata(&path).and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            match path.extension().and_then(|ending| ending.to_str()) {
                Some(ENDING) => kept.push((written, path)),
                Some(UNFINISHED) => unfinished.push((written, path)),
                _ => {}
            }
        }
        kept.sort_unstable_by(|a, b| b.cmp(a));
        let oldest = kept.iter().take(FILES_MAX).next_back().map(|(written, _)| *written);
        let stale = unfinished.iter().filter(|(written, _)| Some(*written) < oldest);
        for (_, path) in kept.iter().skip(FILES_MAX).chain(stale) {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                // Another process may have been quicker.
                _ => {}
            }
        }
        Ok(())
    }

    fn file(&self, key: &str) -> PathBuf {
        self.0.join(format!("{key}.{ENDING}"))
    }
}

impl Cache for Folder {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        match self.read(key) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!("the cache in `{}` cannot be read: {error}", self.0.display());
                None
            }
        }
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        if let Err(error) = write_whole(&self.file(key), bytes).and_then(|()| self.tidy()) {
            tracing::warn!(
                "the cache in `{}` cannot be written ({error}), so that the next start takes as long; name another folder with `--cache DIR`, or write `--cache off`",
                self.0.display()
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_kept_is_found_by_nobody_else_and_the_oldest_goes() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data/cache");
        let folder = Folder(path.clone());
        assert_eq!(folder.get("a"), None);
        folder.put("a", b"first");
        folder.put("a", b"second");
        assert_eq!(folder.get("a").as_deref(), Some(b"second".as_slice()));
        for (made, mode) in [(&path, 0o700), (&path.join("a.kept"), 0o600)] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, mode, "{}", made.display());
        }
        let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        fs::write(path.join("mine.txt"), b"not the cache's").unwrap();
        for (name, age) in [("a.kept", 9), ("x-1.unfinished", 500)] {
            File::options()
                .write(true)
                .create(true)
                .truncate(false)
                .open(path.join(name))
                .unwrap()
                .set_modified(begun - Duration::from_secs(age))
                .unwrap();
        }
        for number in 0..FILES_MAX {
            folder.put(&format!("b{number}"), b"later");
        }
        let mut wanted: Vec<String> = (0..FILES_MAX).map(|number| format!("b{number}.kept")).collect();
        wanted.push("mine.txt".to_owned());
        assert_eq!(names(&path), wanted);
    }

    #[test]
    fn a_folder_that_cannot_be_had_is_no_reason_to_fail() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        fs::write(&file, b"").unwrap();
        let folder = Folder(file);
        folder.put("a", b"bytes");
        assert_eq!(folder.get("a"), None);
        assert_eq!(names(place.path()), ["file"]);
    }

    #[test]
    fn off_is_no_folder() {
        assert_eq!((Folder::named("off"), Folder::named(" ")), (None, None));
        assert_eq!(Folder::named("there"), Some(Folder("there".into())));
        assert_eq!(Folder::beside(Path::new("data/frontdesk.db")), Folder("data/cache".into()));
    }
}
