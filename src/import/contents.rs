//! The bytes of a file with their hash, which is taken while they are read.

use super::ImportError;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::ops::ControlFlow;

/// How much is read at a time; the piece before is hashed meanwhile.
const PIECE: usize = 1 << 22;

/// What a file holds.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of them, in hexadecimal.
    pub sha256: String,
}

impl From<Vec<u8>> for Contents {
    fn from(bytes: Vec<u8>) -> Self {
        let sha256 = hexadecimal(Sha256::new_with_prefix(&bytes));
        Self { bytes, sha256 }
    }
}

impl Contents {
    /// Reads everything. `expected` is about how many bytes there are, 0 where nobody knows; `progress` is told the
    /// fraction read and may stop it.
    ///
    /// # Errors
    /// When the bytes cannot be read, and [`ImportError::Cancelled`] when it was stopped.
    pub fn read(
        mut reader: impl Read + Send,
        expected: u64,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<Self, ImportError> {
        let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0).saturating_add(PIECE));
        let mut hash = Sha256::new();
        let mut hashed = 0;
        loop {
            let len = bytes.len();
            bytes.resize(len + PIECE, 0);
            let (before, room) = bytes.split_at_mut(len);
            let (read, ()) = rayon::join(|| fill(&mut reader, room), || hash.update(&before[hashed..]));
            let read = read?;
            bytes.truncate(len + read);
            hashed = len;
            if read == 0 {
                break;
            }
            let share = bytes.len() as f64 / expected.max(bytes.len() as u64) as f64;
            if progress(share).is_break() {
                return Err(ImportError::Cancelled);
            }
        }
        Ok(Self {
            bytes,
            sha256: hexadecimal(hash),
        })
    }
}

/// Reads until there is no more room or nothing more to read.
fn fill(reader: &mut impl Read, room: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match reader.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Gives a few bytes at a time, as pipes do.
    struct Drops<'a>(&'a [u8], Cell<usize>);

    impl Read for Drops<'_> {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            self.1.set(self.1.get() + 1);
            if self.1.get().is_multiple_of(3) {
                return Err(std::io::ErrorKind::Interrupted.into());
            }
            let length = room.len().min(self.0.len()).min(999_983);
            room[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    #[test]
    fn every_byte_is_read_and_hashed_once() {
        let whole: Vec<u8> = (0..PIECE * 2 + 77).map(|at| (at * 31 % 251) as u8).collect();
        let expected = Contents::from(whole.clone());
        for length in [0, 12, whole.len() as u64] {
            let told = AtomicUsize::new(0);
            let tell = |share: f64| {
                assert!((0.0..=1.0).contains(&share));
                told.fetch_add(1, Ordering::Relaxed);
                ControlFlow::Continue(())
            };
            let read = Contents::read(Drops(&whole, Cell::new(0)), length, &tell).unwrap();
            assert!(read.bytes == whole && read.sha256 == expected.sha256);
            assert_eq!(told.into_inner(), 3);
        }
        let empty = Contents::read(&b""[..], 0, &|_| ControlFlow::Break(())).unwrap();
        assert_eq!(
            empty.sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let stopped = Contents::read(&whole[..], 0, &|_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(ImportError::Cancelled)));
    }
}
