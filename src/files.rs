//! The folder of files that customers sent: each under its contact and the digest of its bytes, so that all of a contact's
//! can be forgotten. Names from outside are never a path here, and what fetches the files is somebody else's affair.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::disk::{UNFINISHED, write_whole};
use crate::message::Media;

/// A folder of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// The files in this folder; it is made when the first is kept.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where a file of a contact's lies, if it is kept.
    #[must_use]
    pub fn find(&self, contact: i64, media: &Media) -> Option<PathBuf> {
        Some(self.place(contact, media)).filter(|place| place.is_file())
    }

    /// Keeps a file of a contact's; where it lies.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, contact: i64, media: &Media, bytes: &[u8]) -> io::Result<PathBuf> {
        let place = self.place(contact, media);
        write_whole(&place, bytes)?;
        Ok(place)
    }

    /// Removes all files of a contact; whether there were any.
    ///
    /// # Errors
    /// They cannot be removed.
    pub fn forget(&self, contact: i64) -> io::Result<bool> {
        match fs::remove_dir_all(self.of(contact)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The files of a contact.
    ///
    /// # Errors
    /// Their folder cannot be read.
    pub fn list(&self, contact: i64) -> io::Result<Vec<PathBuf>> {
        let mut files = match fs::read_dir(self.of(contact)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?,
        };
        files.retain(|file| file.extension().is_none_or(|ending| ending != UNFINISHED));
        files.sort();
        Ok(files)
    }

    /// How many bytes the files of a contact are.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn size(&self, contact: i64) -> io::Result<u64> {
        self.list(contact)?.iter().map(|file| Ok(fs::metadata(file)?.len())).sum()
    }

    /// The contacts of whom there are files.
    ///
    /// # Errors
    /// The folder cannot be read. One that is not there yet is empty.
    pub fn contacts(&self) -> io::Result<Vec<i64>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let named =
            |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_str().and_then(|name| name.parse().ok()));
        entries.filter_map(|entry| named(entry).transpose()).collect()
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn of(&self, contact: i64) -> PathBuf {
        self.folder.join(contact.to_string())
    }

    fn place(&self, contact: i64, media: &Media) -> PathBuf {
        self.of(contact).join(key(media))
    }
}

/// The digest of a file's bytes as WhatsApp tells it; of its id where it tells none.
fn key(media: &Media) -> String {
    let told = media.sha256.as_deref().and_then(digest);
    hex::encode(told.unwrap_or_else(|| Sha256::digest(media.id.as_bytes()).into()))
}

/// A SHA-256 digest in base64, as webhooks have it, or in hexadecimal.
fn digest(text: &str) -> Option<[u8; 32]> {
    let bytes = hex::decode(text).ok().or_else(|| STANDARD.decode(text).ok())?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::MediaKind;

    fn photo(id: &str, sha256: Option<&str>) -> Media {
        let (mime, sha256) = ("image/jpeg".to_owned(), sha256.map(str::to_owned));
        Media { kind: MediaKind::Image, id: id.to_owned(), mime, caption: None, filename: None, sha256 }
    }

    #[test]
    fn a_digest_is_one_file_however_it_is_written_and_whatever_else_is_called() {
        let (hex, base64) = (hex::encode([7; 32]), STANDARD.encode([7; 32]));
        assert_eq!(key(&photo("1", Some(&hex))), hex);
        assert_eq!(key(&photo("2", Some(&base64))), hex);
        for odd in ["", "../../etc/passwd", "0f", "?"] {
            let key = key(&photo(odd, Some(odd)));
            assert!(key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
        }
        assert_ne!(key(&photo("1", None)), key(&photo("2", None)));
    }

    #[test]
    fn what_is_kept_is_found_and_forgotten_with_its_contact() {
        let place = tempfile::tempdir().unwrap();
        let files = Files::at(place.path().join("data/media"));
        assert_eq!((files.contacts().unwrap(), files.forget(7).unwrap()), (vec![], false));
        assert_eq!(files.list(7).unwrap(), [] as [PathBuf; 0]);
        let kept = files.keep(7, &photo("1", None), b"bytes").unwrap();
        assert_eq!(files.list(7).unwrap(), std::slice::from_ref(&kept));
        files.keep(8, &photo("1", None), b"bytes").unwrap();
        assert_eq!(fs::read(&kept).unwrap(), b"bytes");
        assert_eq!((files.size(7).unwrap(), files.size(9).unwrap()), (5, 0));
        assert_eq!(files.find(7, &photo("1", None)), Some(kept));
        assert_eq!(files.find(7, &photo("2", None)), None);
        fs::write(files.folder().join("mine.txt"), b"not a contact's").unwrap();
        assert!(files.forget(7).unwrap());
        assert_eq!((files.find(7, &photo("1", None)), files.contacts().unwrap()), (None, vec![8]));
    }
}
