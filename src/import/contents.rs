//! The bytes of a file, and their hash.

use super::ImportError;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::ops::ControlFlow;

/// How much is read between two looks at whether anyone still waits.
const PIECE: u64 = 1 << 22;

/// Reads everything. `expected` is about how many bytes there are, 0 where nobody knows; `progress` is told the fraction
/// read and may stop it.
///
/// # Errors
/// When the bytes cannot be read, and [`ImportError::Cancelled`] when it was stopped.
pub fn read_all(
    mut reader: impl Read,
    expected: u64,
    progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
) -> Result<Vec<u8>, ImportError> {
    let room = expected.saturating_add(PIECE);
    let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
    loop {
        let read = reader.by_ref().take(PIECE).read_to_end(&mut bytes)?;
        if read == 0 {
            return Ok(bytes);
        }
        let share = bytes.len() as f64 / expected.max(bytes.len() as u64) as f64;
        if progress(share).is_break() {
            return Err(ImportError::Cancelled);
        }
    }
}

/// SHA-256 of some pieces that follow one another, in hexadecimal.
pub(super) fn sha256<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update(piece);
    }
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
    fn every_byte_is_read_once() {
        let whole: Vec<u8> = (0..PIECE as usize * 2 + 77).map(|at| (at * 31 % 251) as u8).collect();
        for length in [0, 12, whole.len() as u64] {
            let told = AtomicUsize::new(0);
            let tell = |share: f64| {
                assert!((0.0..=1.0).contains(&share));
                told.fetch_add(1, Ordering::Relaxed);
                ControlFlow::Continue(())
            };
            let read = read_all(Drops(&whole, Cell::new(0)), length, &tell).unwrap();
            assert!(read == whole);
            assert_eq!(told.into_inner(), 3);
        }
        let stopped = read_all(&whole[..], 0, &|_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(ImportError::Cancelled)));
    }

    #[test]
    fn hashes_are_those_of_the_standard() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256([&b""[..]]), empty);
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            (sha256([&b"abc"[..]]), sha256([&b"a"[..], b"bc"])),
            (abc.to_owned(), abc.to_owned())
        );
    }
}
