//! The bytes of a file, and their hash.

use super::ImportError;
use super::cells::Text;
use sha2::{Digest, Sha256};
use std::hash::{Hash, Hasher};
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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

fn sha256(mark: &[u8], bytes: &[u8]) -> String {
    let hash = Sha256::new().chain_update(mark).chain_update(bytes);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of a file's bytes, found when it is first asked for. Clones share it.
///
/// Hashing a large file takes as long as a quarter of its reading and nobody waits for it to see the runs, so the bytes are
/// kept until then. Equal means equal bytes.
#[derive(Debug, Clone)]
pub struct ContentHash(Arc<Hashed>);

#[derive(Debug)]
struct Hashed {
    hex: OnceLock<String>,
    /// What is still to be hashed: a byte-order mark and the text behind it.
    bytes: Mutex<(Vec<u8>, Text)>,
    /// Of some of the bytes, to tell files apart at once.
    glance: u64,
}

/// How many places of a file are glanced at, and how many bytes at each.
const PLACES: usize = 64;
const LENGTH: usize = 64;

impl ContentHash {
    /// Of bytes behind a byte-order mark, now.
    pub(super) fn of(mark: &[u8], bytes: &[u8]) -> Self {
        Self(Arc::new(Hashed {
            hex: sha256(mark, bytes).into(),
            bytes: Mutex::default(),
            glance: glance(mark, bytes),
        }))
    }

    /// Of a text behind its byte-order mark, later.
    pub(super) fn later(mark: Vec<u8>, text: Text) -> Self {
        Self(Arc::new(Hashed {
            hex: OnceLock::new(),
            glance: glance(&mark, text.as_bytes()),
            bytes: Mutex::new((mark, text)),
        }))
    }

    /// In hexadecimal. The first who asks waits for it; the bytes are let go then.
    pub fn hex(&self) -> &str {
        self.0.hex.get_or_init(|| {
            let mut bytes = self.0.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            let (mark, text) = std::mem::take(&mut *bytes);
            sha256(&mark, text.as_bytes())
        })
    }
}

impl PartialEq for ContentHash {
    fn eq(&self, other: &Self) -> bool {
        let same = Arc::ptr_eq(&self.0, &other.0);
        same || self.0.glance == other.0.glance && self.hex() == other.hex()
    }
}

impl Eq for ContentHash {}

impl Hash for ContentHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.glance.hash(state);
    }
}

/// The length and some of the bytes, the same for the same bytes.
fn glance(mark: &[u8], bytes: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    let length = mark.len() + bytes.len();
    length.hash(&mut hasher);
    let at = |place: usize| match place.checked_sub(mark.len()) {
        Some(place) => bytes[place],
        None => mark[place],
    };
    for place in 0..PLACES {
        let start = place * length / PLACES;
        for byte in start..length.min(start + LENGTH) {
            hasher.write_u8(at(byte));
        }
    }
    hasher.finish()
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
        assert_eq!(ContentHash::of(b"", b"").hex(), empty);
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let hashes = [
            ContentHash::of(b"", b"abc"),
            ContentHash::of(b"a", b"bc"),
            ContentHash::later(b"a".to_vec(), "bc".into()),
        ];
        for hash in &hashes {
            assert_eq!((hash.hex(), hash), (abc, &hashes[0]));
        }
    }

    #[test]
    fn a_hash_is_equal_where_every_byte_is() {
        let text = "run,loss\n".repeat(4000);
        let hash = |text: &str| ContentHash::later(vec![], text.into());
        assert_eq!(hash(&text), hash(&text));
        // Between two places that are glanced at.
        let other = text.replacen("run,loss\nrun", "run,loss\nrun".to_uppercase().as_str(), 1);
        let far = format!("{}x{}", &text[..300], &text[301..]);
        assert_ne!(hash(&text), hash(&other));
        assert_eq!(hash(&text).0.glance, hash(&far).0.glance);
        assert_ne!(hash(&text), hash(&far));
    }
}
