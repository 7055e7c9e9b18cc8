//! The bytes of a file: of a large one in parts, several at once, as a disk gives them faster than one thread takes them.
//!
//! Parts are read through one handle, so that all of them are of the same file, whatever takes its place in the meantime.

use crate::import::{ImportError, read_all};
use rayon::prelude::*;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Told the fraction done; may say to stop.
pub(super) type Watch<'a> = &'a (dyn Fn(f64) -> ControlFlow<()> + Sync);

/// Files of several parts are read so.
const PART: usize = 1 << 22;

/// What is in a file.
pub(super) fn contents_of(path: &Path, progress: Watch<'_>) -> Result<Vec<u8>, ImportError> {
    // A folder opens on some systems and fails only when it is read.
    if path.is_dir() {
        return Err(std::io::Error::from(ErrorKind::IsADirectory).into());
    }
    let mut file = File::open(path)?;
    // A pipe has no length.
    let length = file
        .metadata()
        .map_or(0, |about| if about.is_file() { about.len() } else { 0 });
    if let Some(mut bytes) = in_parts(&file, length, PART, progress)? {
        // A file may grow under our eyes.
        file.seek(SeekFrom::Start(length))?;
        file.read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    // Where parts were tried the place may have moved; a pipe has none.
    let _ = file.seek(SeekFrom::Start(0));
    read_all(file, length, progress)
}

/// Reads so many bytes in parts; `None` where there are not enough for several, or fewer than were expected.
fn in_parts(file: &File, length: u64, part: usize, progress: Watch<'_>) -> Result<Option<Vec<u8>>, ImportError> {
    let length = usize::try_from(length).unwrap_or(0);
    if length < 2 * part {
        return Ok(None);
    }
    let mut bytes = vec![0; length];
    let done = AtomicUsize::new(0);
    let read = |(index, bytes): (usize, &mut [u8])| {
        let all = fill(file, bytes, (index * part) as u64)?;
        let done = done.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len();
        match progress(done as f64 / length as f64) {
            ControlFlow::Continue(()) => Ok(all),
            ControlFlow::Break(()) => Err(ImportError::Cancelled),
        }
    };
    let parts = bytes.par_chunks_mut(part).enumerate().map(read);
    let all = parts.try_reduce(|| true, |one, other| Ok(one && other))?;
    Ok(all.then_some(bytes))
}

/// Reads bytes from a place on; `false` where the file ends before.
fn fill(file: &File, mut bytes: &mut [u8], mut at: u64) -> std::io::Result<bool> {
    while !bytes.is_empty() {
        match read_at(file, bytes, at) {
            Ok(0) => return Ok(false),
            Ok(count) => {
                bytes = &mut bytes[count..];
                at += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, at)
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::Mutex;

    #[test]
    fn parts_make_the_whole() {
        let whole: Vec<u8> = (0..10_007u32).map(|at| (at * 31 % 251) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&whole).unwrap();
        let told = Mutex::new(vec![]);
        let tell = |share: f64| {
            told.lock().unwrap().push(share);
            ControlFlow::Continue(())
        };
        let read = |length: u64, part: usize| in_parts(file.as_file(), length, part, &tell).unwrap();
        assert!(read(10_007, 1000).unwrap() == whole);
        assert!(told.lock().unwrap().contains(&1.0));
        assert!(read(9_000, 1000).unwrap() == whole[..9_000]);
        // Too short, by what was said or in truth.
        assert!(read(10_007, 6000).is_none());
        assert!(read(10_008, 1000).is_none());
        assert!(contents_of(file.path(), &tell).unwrap() == whole);
        let stopped = in_parts(file.as_file(), 10_007, 1000, &|_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(ImportError::Cancelled)));
        assert!(contents_of(std::env::temp_dir().as_path(), &tell).is_err());
    }
}
