//! What a picture looks like, as a few hashes of which near copies share some.
//!
//! Main function: [`hashes`].
//!
//! # Theory
//!
//! A difference hash says for each cell of a coarse grid whether the next one is brighter.  Compared by
//! their distance, near copies are found; but whoever counts recurrence needs equal values.  So a
//! difference is a bit only if it is clear, which flat ground and noise are not, and the bits
//! are taken by quarters of the picture, two quarters a hash: a bit that turns, or a dot that is
//! put somewhere, leaves the pairs of the others.
//!
//! # What holds
//!
//! * Brightness, contrast and size are left out; a flat picture, or one of too few shapes (a logo on white,
//!   a blank page), has no hash.
//!
//! # Not here
//!
//! Turned, mirrored and heavily cropped pictures.

/// Cells a side; quarters are four by four differences each way.
const CELLS: usize = 9;
const QUARTER: usize = 4;

/// A difference is clear from so much of the cells' standard deviation on.
const CLEAR: f32 = 0.3;

/// Below this deviation of the cells (of 255) a picture is flat.
const FLAT: f32 = 8.0;

/// Of a quarter's differences so many must be clear, and so many not, for it to be somebody's own.
const TELLING: u32 = 5;

/// Pairs of quarters.
const PAIRS: [(usize, usize); 6] = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];

/// Returns the hashes of a grey picture of `width` pixels a row; several or none.
pub(crate) fn hashes(pixels: &[u8], width: usize) -> Vec<u64> {
    let cells = cells(pixels, width);
    let mean = cells.iter().flatten().sum::<f32>() / (CELLS * CELLS) as f32;
    let square = |cell: &f32| (cell - mean) * (cell - mean);
    let deviation = (cells.iter().flatten().map(square).sum::<f32>() / 81.0).sqrt();
    if deviation < FLAT {
        return Vec::new();
    }
    let quarters = [(0, 0), (0, 1), (1, 0), (1, 1)]
        .map(|(down, right)| quarter(&cells, down * QUARTER, right * QUARTER, deviation * CLEAR));
    let is_telling = |bits: u32| (TELLING..=u32::BITS - TELLING).contains(&bits.count_ones());
    let pair = |&(one, other): &(usize, usize)| {
        let (bits, more) = (quarters[one], quarters[other]);
        let place = (one * 4 + other) as u64;
        (is_telling(bits) && is_telling(more))
            .then_some((u64::from(bits) << 32 | u64::from(more)).rotate_left(7) ^ place)
    };
    PAIRS.iter().filter_map(pair).collect()
}

/// Returns the clear differences of a quarter: 16 to the right, 16 downwards.
fn quarter(cells: &[[f32; CELLS]; CELLS], top: usize, left: usize, clear: f32) -> u32 {
    let mut bits = 0;
    for y in top..top + QUARTER {
        for x in left..left + QUARTER {
            bits = bits << 1 | u32::from(cells[y][x + 1] - cells[y][x] > clear);
            bits = bits << 1 | u32::from(cells[y + 1][x] - cells[y][x] > clear);
        }
    }
    bits
}

/// Returns the mean brightness of each cell; a pixel on a border counts for both sides by its share.
fn cells(pixels: &[u8], width: usize) -> [[f32; CELLS]; CELLS] {
    let height = pixels.len() / width;
    let (across, down) = (borders(width), borders(height));
    let mut cells = [[0.0; CELLS]; CELLS];
    for (y, row) in pixels.chunks_exact(width).enumerate() {
        let sums = row_sums(row, &across);
        let cell = (y * CELLS / height).min(CELLS - 1);
        let share = (down[cell + 1] - y as f32).min(1.0);
        for (x, sum) in sums.into_iter().enumerate() {
            cells[cell][x] += sum * share;
            if cell + 1 < CELLS {
                cells[cell + 1][x] += sum * (1.0 - share);
            }
        }
    }
    let area = (width * height) as f32 / (CELLS * CELLS) as f32;
    cells.map(|row| row.map(|sum| sum / area))
}

/// Returns the sums of a row's pixels between borders.
fn row_sums(row: &[u8], borders: &[f32; CELLS + 1]) -> [f32; CELLS] {
    let part = |border: f32| {
        let pixel = row.get(border as usize).copied().unwrap_or_default();
        f32::from(pixel) * border.fract()
    };
    std::array::from_fn(|cell| {
        let (from, to) = (borders[cell], borders[cell + 1]);
        let whole = &row[from as usize..to as usize];
        let sum: u32 = whole.iter().map(|&pixel| u32::from(pixel)).sum();
        sum as f32 + part(to) - part(from)
    })
}

/// Returns where the cells of a side begin and end, in pixels.
fn borders(side: usize) -> [f32; CELLS + 1] {
    std::array::from_fn(|cell| (cell * side) as f32 / CELLS as f32)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attached::testing::{noise, scene};

    /// Says how many hashes two pictures share.
    fn shared(one: &[u64], other: &[u64]) -> usize {
        one.iter().filter(|hash| other.contains(hash)).count()
    }

    /// Other brightness, a little noise, and another size leave some of the hashes.
    #[test]
    fn near_copies_share_hashes() {
        for seed in 1..6 {
            let picture = scene(seed, 400, 300);
            let all = hashes(&picture, 400);
            let darker: Vec<u8> = picture.iter().map(|pixel| pixel / 5 * 4).collect();
            let noisy = picture
                .iter()
                .zip(noise(120_000, seed))
                .map(|(pixel, noise)| pixel.saturating_add(noise / 16));

            assert!(!all.is_empty(), "{seed}");
            assert!(shared(&all, &hashes(&darker, 400)) > 0, "{seed}");
            assert!(shared(&all, &hashes(&noisy.collect::<Vec<_>>(), 400)) > 0, "{seed}");
            assert!(shared(&all, &hashes(&scene(seed, 412, 309), 412)) > 0, "{seed}");
        }
    }

    /// A dot put into one quarter leaves the pairs of the others.
    #[test]
    fn a_dot_leaves_the_others() {
        let picture = scene(1, 400, 300);
        let mut dotted = picture.clone();
        for y in 10..60 {
            dotted[y * 400 + 10..][..80].fill(if y % 2 == 0 { 0 } else { 255 });
        }

        assert!(shared(&hashes(&picture, 400), &hashes(&dotted, 400)) >= 3);
    }

    /// Different pictures share nothing.
    #[test]
    fn different_pictures_share_nothing() {
        let all: Vec<Vec<u64>> = (1..60).map(|seed| hashes(&scene(seed, 72, 72), 72)).collect();
        for (number, one) in all.iter().enumerate() {
            for other in &all[number + 1..] {
                assert_eq!(0, shared(one, other));
            }
        }
    }

    /// What is flat, or has nothing in it but one small thing, has no hash.
    #[test]
    fn flat_pictures_have_no_hash() {
        let mut logo = vec![255; 300 * 300];
        for y in 140..160 {
            logo[y * 300 + 140..][..20].fill(0);
        }

        assert!(hashes(&vec![200; 300 * 300], 300).is_empty());
        assert!(hashes(&noise(90_000, 1), 300).is_empty());
        assert!(hashes(&logo, 300).is_empty());
    }

    /// Any size of picture is divided whole: the cells of an even one are all as bright as it.
    #[test]
    fn cells_cover_the_picture() {
        for (width, height) in [(64, 64), (65, 71), (639, 90), (9, 9), (10, 13)] {
            let cells = cells(&vec![200; width * height], width);

            assert!(
                cells.iter().flatten().all(|cell| (cell - 200.0).abs() < 0.1),
                "{width}x{height}"
            );
        }
    }
}
