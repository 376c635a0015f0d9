//! QR codes in a picture.
//!
//! Main function: [`texts`].
//! Source: ISO/IEC 18004: the eyes in three corners of a code, dark, light and dark as 1:1:3:1:1.
//!
//! # What holds
//!
//! * Hardly any picture has a code: where three eyes do not stand in a right angle, nothing is
//!   decoded.
//! * Work is bounded: of all that looks like an eye, the few that most rows agree on are tried.
//!
//! # Not here
//!
//! Reading the dots of a code: `rqrr` does that, with its correction of errors.  Finding is our own, as
//! the crate's tries all triples of eyes on a copy of the picture each, without a limit.  Codes
//! in perspective, as on photos of them, and light ones on dark ground are not found.

use rqrr::{Grid, SimpleGrid};

use super::grey::Grey;

/// Returns the texts of the codes in a picture.
pub(crate) fn texts(picture: &Grey) -> Vec<String> {
    let Some(print) = Print::new(picture) else { return Vec::new() };
    let eyes = eyes(&print);
    let mut texts = Vec::new();
    for (number, corner) in eyes.iter().enumerate() {
        for (other, right) in eyes.iter().enumerate() {
            for below in &eyes[other + 1..] {
                if number != other && corner != below {
                    texts.extend(text(&print, *corner, *right, *below));
                }
            }
        }
    }
    texts
}

//------------ Print ----------------------------------------------------------

/// A picture in black and white.
struct Print<'a> {
    picture: &'a Grey,
    /// What is darker is dark.
    middle: u8,
}

/// Difference between the darkest and the lightest below which nothing is printed.
const CONTRAST: usize = 60;

impl<'a> Print<'a> {
    /// Divides a picture in the middle between its darkest and lightest thousandth.
    fn new(picture: &'a Grey) -> Option<Self> {
        let mut counts = [0_usize; 256];
        for &pixel in &picture.pixels {
            counts[usize::from(pixel)] += 1;
        }
        let few = picture.pixels.len() / 1000;
        let reach = |sum: &mut usize, count: &usize| {
            *sum += count;
            Some(*sum)
        };
        let darkest = counts.iter().scan(0, reach).position(|sum| sum > few)?;
        let lightest = 255 - counts.iter().rev().scan(0, reach).position(|sum| sum > few)?;
        let middle = (darkest + lightest) / 2;
        (lightest >= darkest + CONTRAST).then_some(Print { picture, middle: middle as u8 })
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.picture.pixels[y * self.picture.width + x] < self.middle
    }

    /// Tells whether the pixel at a point is dark; outside everything is light.
    fn is_dark_at(&self, x: f32, y: f32) -> bool {
        let inside = |at: f32, side: usize| (at >= 0.0 && at < side as f32).then_some(at as usize);
        let x = inside(x, self.picture.width);
        let y = inside(y, self.picture.height);
        x.zip(y).is_some_and(|(x, y)| self.is_dark(x, y))
    }
}

//------------ Eyes -----------------------------------------------------------

/// The middle of what looks like the eye of a code.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Eye {
    x: f32,
    y: f32,
    /// The side of one dot of the code, in pixels.
    dot: f32,
    /// How many rows agree.
    rows: usize,
}

/// Places that are remembered while a picture is searched: leaves and letters look like eyes in a row or
/// two.
const MOST_PLACES: usize = 128;

/// Eyes of a picture that are tried: three a code, and what looks like one among its dots.
const MOST_EYES: usize = 12;

/// Rows that must agree on an eye, whose heart is three dots high.
const FEWEST_ROWS: usize = 3;

/// Returns the eyes that most rows agree on.
fn eyes(print: &Print) -> Vec<Eye> {
    let mut eyes = Vec::new();
    for y in 0..print.picture.height {
        eyes_in_row(print, y, &mut eyes);
    }
    eyes.retain(|eye| eye.rows >= FEWEST_ROWS);
    eyes.sort_by_key(|eye| std::cmp::Reverse(eye.rows));
    eyes.truncate(MOST_EYES);
    eyes
}

fn eyes_in_row(print: &Print, y: usize, eyes: &mut Vec<Eye>) {
    let row = &print.picture.pixels[y * print.picture.width..][..print.picture.width];
    let mut runs = [0_usize; 5];
    let mut was_dark = false;
    for (x, &pixel) in row.iter().chain([&u8::MAX]).enumerate() {
        let is_dark = pixel < print.middle;
        if is_dark != was_dark {
            if was_dark && is_eye(&runs) {
                let heart = (x - runs[4] - runs[3]) as f32 - runs[2] as f32 / 2.0;
                let eye = crossed(print, heart, y, &runs).filter(|eye| !joins(eye, eyes));
                eyes.extend(eye.filter(|_| eyes.len() < MOST_PLACES));
            }
            runs.rotate_left(1);
            runs[4] = 0;
            was_dark = is_dark;
        }
        runs[4] += 1;
    }
}

/// Tells whether five runs are as 1:1:3:1:1, each within half a dot or a pixel.
fn is_eye(runs: &[usize; 5]) -> bool {
    let dot = dot(runs);
    let is_near = |run: usize, dots: f32| (run as f32 - dots * dot).abs() <= (dot / 2.0).max(1.0);
    let [a, b, heart, c, d] = *runs;
    a > 0 && [a, b, c, d].into_iter().all(|run| is_near(run, 1.0)) && is_near(heart, 3.0)
}

fn dot(runs: &[usize; 5]) -> f32 {
    runs.iter().sum::<usize>() as f32 / 7.0
}

/// Returns the eye whose heart is there in row `y`, if it is one downwards as well.
fn crossed(print: &Print, heart: f32, y: usize, across: &[usize; 5]) -> Option<Eye> {
    let x = heart as usize;
    // An eye is round, so to speak: no run of it is longer than the heart with its tolerance.
    let longest = across[2] * 2 + 2;
    let count = |from: usize, is_dark: bool, up: bool| {
        let rows = (1..=longest)
            .map_while(|step| if up { from.checked_sub(step) } else { Some(from + step) });
        let rows = rows.take_while(|&y| y < print.picture.height);
        rows.take_while(|&y| print.is_dark(x, y) == is_dark).count()
    };
    let above = count(y, true, true);
    let light_above = count(y - above, false, true);
    let dark_above = count(y - above - light_above, true, true);
    let below = count(y, true, false);
    let light_below = count(y + below, false, false);
    let dark_below = count(y + below + light_below, true, false);
    let down = [dark_above, light_above, above + 1 + below, light_below, dark_below];
    let (one, other) = (dot(across), dot(&down));
    let is_round = (one - other).abs() <= 0.3 * one.max(other);
    let middle = y as f32 + (below as f32 - above as f32) / 2.0;
    (is_round && is_eye(&down)).then_some(Eye {
        x: heart,
        y: middle + 0.5,
        dot: (one + other) / 2.0,
        rows: 1,
    })
}

/// Counts the eye with one that was seen in another row, if there is one.
fn joins(eye: &Eye, eyes: &mut [Eye]) -> bool {
    let near = |one: f32, other: f32| (one - other).abs() <= 2.0 * eye.dot;
    let same = eyes.iter_mut().find(|one| near(one.x, eye.x) && near(one.y, eye.y));
    let Some(one) = same else { return false };
    let rows = one.rows as f32;
    let mean = |sum: f32, next: f32| (sum * rows + next) / (rows + 1.0);
    (one.x, one.y, one.dot) = (mean(one.x, eye.x), mean(one.y, eye.y), mean(one.dot, eye.dot));
    one.rows += 1;
    true
}

//------------ Codes ----------------------------------------------------------

/// Sides of codes that there are: 21 dots, 25, ... 177.
const SMALLEST_CODE: usize = 21;
const LARGEST_CODE: usize = 177;

/// The middle of an eye is so many dots from the side of its code.
const EYE_INSET: f32 = 3.5;

/// Reads the code with these eyes, if they stand as those of a code do.
fn text(print: &Print, corner: Eye, one: Eye, other: Eye) -> Option<String> {
    let to = |eye: Eye| (eye.x - corner.x, eye.y - corner.y);
    let (a, b) = (to(one), to(other));
    let length = |(x, y): (f32, f32)| x.hypot(y);
    let (long, short) = (length(a).max(length(b)), length(a).min(length(b)));
    let slant = (a.0 * b.0 + a.1 * b.1).abs() / (long * short).max(1.0);
    let dots = [corner.dot, one.dot, other.dot];
    let alike = dots.iter().all(|dot| (dot / dots[0] - 1.0).abs() < 0.35);
    if !alike || long > 1.15 * short || slant > 0.15 {
        return None;
    }
    // Seen from the corner, the eye on the right comes before the one below.
    let (right, down) = if a.0 * b.1 - a.1 * b.0 > 0.0 { (a, b) } else { (b, a) };
    let sum: f32 = dots.iter().sum();
    let guess = (long + short) / 2.0 / (sum / 3.0) + 2.0 * EYE_INSET;
    let steps = ((guess - SMALLEST_CODE as f32) / 4.0).round().max(0.0) as usize;
    // Dots are measured to a fraction of a pixel: a large code may have four more or fewer.
    let steps = [Some(steps), Some(steps + 1), steps.checked_sub(1)];
    let mut sides = steps.into_iter().flatten().map(|step| SMALLEST_CODE + 4 * step);
    sides.find_map(|side| (side <= LARGEST_CODE).then(|| read(print, corner, right, down, side))?)
}

/// Reads a code of `side` dots.
fn read(
    print: &Print,
    corner: Eye,
    right: (f32, f32),
    down: (f32, f32),
    side: usize,
) -> Option<String> {
    let dots = side as f32 - 2.0 * EYE_INSET;
    let grid = SimpleGrid::from_func(side, |x, y| {
        let (x, y) = (x as f32 + 0.5 - EYE_INSET, y as f32 + 0.5 - EYE_INSET);
        let at = |corner: f32, right: f32, down: f32| corner + (x * right + y * down) / dots;
        print.is_dark_at(at(corner.x, right.0, down.0), at(corner.y, right.1, down.1))
    });
    Grid::new(grid).decode().ok().map(|(_, text)| text)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attached::testing::{code, noise};

    /// Puts a picture on a larger light one.
    fn on_page(picture: &Grey, left: usize, top: usize, width: usize, height: usize) -> Grey {
        let mut page = Grey { width, height, pixels: vec![240; width * height] };
        for (y, row) in picture.pixels.chunks_exact(picture.width).enumerate() {
            page.pixels[(top + y) * width + left..][..row.len()].copy_from_slice(row);
        }
        page
    }

    const URL: &str = "https://a.example/login?session=0123456789abcdef";

    /// A code is read wherever it stands, at any size of its dots down to two pixels.
    #[test]
    fn codes_are_read() {
        for dot in 2..9 {
            let picture = on_page(&code(URL, dot), 31, 17, 640, 500);

            assert_eq!(vec![URL], texts(&picture), "{dot}");
        }
    }

    /// Long texts make large codes, which are read as well.
    #[test]
    fn large_codes_are_read() {
        let url = format!("https://a.example/{}", "x".repeat(600));

        assert_eq!(vec![url.clone()], texts(&on_page(&code(&url, 4), 5, 5, 640, 640)));
    }

    /// A code is read upside down and turned by a quarter.
    #[test]
    fn turned_codes_are_read() {
        let mut picture = on_page(&code(URL, 3), 9, 9, 300, 300);
        picture.pixels.reverse();

        assert_eq!(vec![URL], texts(&picture));
        let turned = (0..300 * 300).map(|at| picture.pixels[at % 300 * 300 + at / 300]).collect();

        assert_eq!(vec![URL], texts(&Grey { pixels: turned, ..picture }));
    }

    /// Noise over a code is forgiven; noise alone, and a flat picture, are no code.
    #[test]
    fn noise_is_no_code() {
        let mut picture = on_page(&code(URL, 5), 9, 9, 400, 400);
        for (pixel, noise) in picture.pixels.iter_mut().zip(noise(160_000, 7)) {
            *pixel = pixel.saturating_sub(noise / 4);
        }

        assert_eq!(vec![URL], texts(&picture));
        assert!(texts(&Grey { pixels: noise(160_000, 3), ..picture.clone() }).is_empty());
        assert!(texts(&Grey { pixels: vec![9; 160_000], ..picture }).is_empty());
    }

    /// A picture full of eyes is searched without trying them all.
    #[test]
    fn eyes_are_limited() {
        let eye = |x: usize, y: usize| {
            let ring = (x % 12).abs_diff(5).max((y % 12).abs_diff(5));
            if matches!(ring, 0 | 1 | 3) { 0 } else { 255 }
        };
        let pixels = (0..640 * 640).map(|at| eye(at % 640, at / 640)).collect();
        let picture = Grey { width: 640, height: 640, pixels };
        let print = Print::new(&picture).unwrap();

        assert_eq!(MOST_EYES, eyes(&print).len());
        assert!(texts(&picture).is_empty());
    }
}
