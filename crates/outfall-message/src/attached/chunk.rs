//! Pieces of a file, cut where its content says, so that a changed head or tail moves no cut elsewhere.
//!
//! Main function: [`smallest`].
//!
//! # Theory
//!
//! A rolling hash over the last 64 bytes (gear hashing, as FastCDC has it: Xia et al., USENIX ATC
//! 2016) cuts where its top bits are zero; two files that share a stretch share its cuts.  Of all pieces
//! the few with the smallest hashes are kept: two files that share most pieces agree on them
//! (bottom-k sampling).
//!
//! # Not here
//!
//! Secrecy: whoever counts the hashes keys them (`outfall-patterns`).

use crate::limits::MAX_CHUNKED;

/// Pieces that are kept.
const KEPT: usize = 4;

/// Files below have too few pieces to sample: their whole content is counted elsewhere.
const SMALLEST_FILE: usize = 4096;

/// A piece is cut where so many top bits are zero: every 2 KiB on average.
const CUT: u64 = !(u64::MAX >> 11);

/// Shorter pieces are everybody's; longer ones come of content that repeats itself, and say as little.
const SHORTEST: usize = 512;
const LONGEST: usize = 16 * 1024;

/// Returns the smallest hashes of whole pieces, in order; the first and the last piece, which a
/// changed head or tail would change, are left out.
pub(crate) fn smallest(bytes: &[u8]) -> Vec<u64> {
    if bytes.len() < SMALLEST_FILE {
        return Vec::new();
    }
    let bytes = &bytes[..bytes.len().min(MAX_CHUNKED)];
    let mut kept: Vec<u64> = Vec::with_capacity(KEPT + 1);
    let mut start = cut(bytes, 0);
    loop {
        let end = cut(bytes, start);
        if end == bytes.len() {
            return kept;
        }
        if end - start < LONGEST {
            keep(&mut kept, hash(&bytes[start..end]));
        }
        start = end;
    }
}

fn keep(kept: &mut Vec<u64>, hash: u64) {
    if let Err(at) = kept.binary_search(&hash) {
        kept.insert(at, hash);
        kept.truncate(KEPT);
    }
}

/// Returns where the piece that begins at `start` ends.
fn cut(bytes: &[u8], start: usize) -> usize {
    let end = bytes.len().min(start + LONGEST);
    let mut rolling = 0_u64;
    for (at, &byte) in bytes[..end].iter().enumerate().skip(start + SHORTEST - 64) {
        rolling = (rolling << 1).wrapping_add(GEAR[usize::from(byte)]);
        if rolling & CUT == 0 && at >= start + SHORTEST {
            return at + 1;
        }
    }
    end
}

/// A number for each byte, scattered (SplitMix64).
const GEAR: [u64; 256] = {
    let mut gear = [0; 256];
    let mut at = 0;
    while at < 256 {
        gear[at] = scatter(at as u64);
        at += 1;
    }
    gear
};

const fn scatter(number: u64) -> u64 {
    let mut bits = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Hashes eight bytes at a time: multiply to 128 bits and fold, as wyhash does.
fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
    scatter(words.fold(bytes.len() as u64, |state, word| {
        let wide = u128::from(state ^ word ^ GEAR[0]) * u128::from(GEAR[1] | 1);
        wide as u64 ^ (wide >> 64) as u64
    }))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes without any pattern.
    fn noise(length: usize, seed: u64) -> Vec<u8> {
        (0..length as u64).map(|at| scatter(at ^ seed << 32) as u8).collect()
    }

    /// A changed head, a changed tail and a stretch put in leave most of the kept pieces.
    #[test]
    fn changes_leave_most_pieces() {
        let whole = noise(100_000, 1);
        let put_in = [&whole[..50_000], &noise(300, 2), &whole[50_000..]].concat();
        let common = |other: &[u8]| {
            let (one, other) = (smallest(&whole), smallest(other));
            one.iter().filter(|hash| other.contains(hash)).count()
        };

        assert_eq!(KEPT, common(&[&noise(777, 3)[..], &whole].concat()));
        assert_eq!(KEPT, common(&[&whole[..], &noise(777, 3)].concat()));
        assert!(common(&put_in) >= KEPT - 1);
        assert_eq!(0, common(&noise(100_000, 9)));
    }

    /// What repeats itself, and what is too short, has no pieces.
    #[test]
    fn repetition_has_no_pieces() {
        assert!(smallest(&vec![0; 1 << 20]).is_empty());
        assert!(smallest(&noise(SMALLEST_FILE - 1, 1)).is_empty());
        assert!(smallest(&[]).is_empty());
    }

    /// Every piece's length is within its limits, and one in about two thousand bytes.
    #[test]
    fn pieces_have_their_length() {
        let bytes = noise(1 << 20, 5);
        let (mut at, mut count) = (0, 0);
        while at < bytes.len() {
            let end = cut(&bytes, at);
            assert!(end == bytes.len() || (SHORTEST..=LONGEST).contains(&(end - at)));
            (at, count) = (end, count + 1);
        }

        assert!((300..600).contains(&count), "{count}");
    }

    /// One byte changed changes the hash of its piece.
    #[test]
    fn every_byte_counts() {
        let bytes = noise(1_003, 1);
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;

            assert_ne!(hash(&bytes), hash(&other));
        }
    }
}
