//! Pictures of any sort as small grey ones.
//!
//! Main type: [`Grey`].  What holds: what a picture claims to be is held against the limits before
//! anything is decoded; what is cut off or broken is grey as far as it goes, or nothing.
//! Not here: what it looks like ([`super::look`]), and codes in it ([`super::code`]).

use std::io::Cursor;
use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, MemoryLimit};
use jpeg_decoder::PixelFormat;
use memchr::memmem;
use png::{ColorType, Transformations};

use crate::limits::{Budget, MAX_PICTURE, MAX_PIXELS, MAX_SCANS};

/// Pixels of the longer side that are looked at: a code on a page still has two for each of its dots.
const LONGEST_SIDE: usize = 640;

/// Smaller pictures are icons, buttons and tracking dots.
const SHORTEST_SIDE: usize = 64;

/// Frames of an animation that are looked at for one that fills it.
const MOST_FRAMES: usize = 4;

/// A grey picture; rows from the top, 0 is black.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Grey {
    /// Decodes a picture of the kind that was sniffed, if `budget` has room for it.
    pub(crate) fn read(kind: &str, bytes: &[u8], budget: &mut Budget) -> Option<Grey> {
        if bytes.len() > MAX_PICTURE || budget.pictures == 0 {
            return None;
        }
        match kind {
            "png" => png(bytes, budget),
            "gif" => gif(bytes, budget),
            "jpeg" => jpeg(bytes, budget),
            _ => None,
        }
    }

    /// Returns the picture so much smaller that its longer side is at most [`LONGEST_SIDE`]: each
    /// pixel is the mean of a square.
    fn shrunk(self) -> Grey {
        let side = self.width.max(self.height).div_ceil(LONGEST_SIDE);
        if side <= 1 {
            return self;
        }
        let (width, height) = (self.width / side, self.height / side);
        let mut sums = vec![0_u32; width * height];
        for (y, row) in self.pixels.chunks_exact(self.width).take(height * side).enumerate() {
            let sums = &mut sums[y / side * width..][..width];
            for (sum, square) in sums.iter_mut().zip(row.chunks_exact(side)) {
                *sum += square.iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
            }
        }
        let area = (side * side) as u32;
        Grey { width, height, pixels: sums.iter().map(|sum| (sum / area) as u8).collect() }
    }
}

/// Takes what a picture of this size costs from the budget; None if it is too small or too large.
fn admit(width: usize, height: usize, budget: &mut Budget) -> Option<()> {
    let pixels = width.checked_mul(height)?;
    if width.min(height) < SHORTEST_SIDE || pixels > budget.pixels.min(MAX_PIXELS) {
        return None;
    }
    budget.pixels -= pixels;
    budget.pictures -= 1;
    Some(())
}

//------------ Formats --------------------------------------------------------

fn png(bytes: &[u8], budget: &mut Budget) -> Option<Grey> {
    let limits = png::Limits { bytes: 8 * MAX_PIXELS };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.ignore_checksums(true);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    admit(width, height, budget)?;
    let mut samples = vec![0; reader.output_buffer_size()?];
    // A picture that breaks off is shown as far as it goes.
    let _ = reader.next_frame(&mut samples);
    let channels = match reader.output_color_type().0 {
        ColorType::Grayscale => 1,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb => 3,
        ColorType::Rgba => 4,
        ColorType::Indexed => return None,
    };
    grey(width, height, channels, &samples)
}

fn gif(bytes: &[u8], budget: &mut Budget) -> Option<Grey> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::new(MAX_PIXELS as u64)?));
    let mut decoder = options.read_info(bytes).ok()?;
    let screen = usize::from(decoder.width()) * usize::from(decoder.height());
    for _ in 0..MOST_FRAMES {
        let frame = decoder.next_frame_info().ok()??;
        let (width, height) = (usize::from(frame.width), usize::from(frame.height));
        let transparent = frame.transparent;
        if width * height < screen / 2 {
            continue;
        }
        admit(width, height, budget)?;
        let mut indices = vec![0; decoder.buffer_size()];
        let _ = decoder.read_into_buffer(&mut indices);
        let palette = decoder.palette().ok()?;
        let colour = |index: u8| match palette.chunks_exact(3).nth(usize::from(index)) {
            Some(colour) if transparent != Some(index) => luma(colour),
            _ => WHITE,
        };
        let shades: Vec<u8> = (0..=u8::MAX).map(colour).collect();
        let pixels = indices.iter().map(|&index| shades[usize::from(index)]).collect();
        return Some(Grey { width, height, pixels }.shrunk());
    }
    None
}

fn jpeg(bytes: &[u8], budget: &mut Budget) -> Option<Grey> {
    // Each scan goes over all blocks, and may be a few bytes long.
    if memmem::find_iter(bytes, b"\xff\xda").take(MAX_SCANS + 1).count() > MAX_SCANS {
        return None;
    }
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(4 * MAX_PIXELS);
    decoder.read_info().ok()?;
    let info = decoder.info()?;
    admit(info.width.into(), info.height.into(), budget)?;
    let side = LONGEST_SIDE as u16;
    let (width, height) = decoder.scale(side, side).ok()?;
    let samples = decoder.decode().ok()?;
    let channels = match info.pixel_format {
        PixelFormat::L8 => 1,
        PixelFormat::RGB24 => 3,
        PixelFormat::L16 | PixelFormat::CMYK32 => return None,
    };
    grey(width.into(), height.into(), channels, &samples)
}

//------------ Colours --------------------------------------------------------

const WHITE: u8 = 255;

/// Makes a picture of samples: grey, grey with opacity, colours, colours with opacity.
fn grey(width: usize, height: usize, channels: usize, samples: &[u8]) -> Option<Grey> {
    let pixels = samples.chunks_exact(channels);
    let pixels: Vec<u8> = match channels {
        1 => samples.to_vec(),
        2 => pixels.map(|pixel| on_white(pixel[0], pixel[1])).collect(),
        3 => pixels.map(luma).collect(),
        _ => pixels.map(|pixel| on_white(luma(pixel), pixel[3])).collect(),
    };
    (pixels.len() == width * height).then(|| Grey { width, height, pixels }.shrunk())
}

/// Returns how bright a colour is (ITU-R BT.601), in 256ths.
fn luma(colour: &[u8]) -> u8 {
    let [red, green, blue] = [colour[0], colour[1], colour[2]].map(u32::from);
    ((77 * red + 150 * green + 29 * blue) >> 8) as u8
}

/// Returns how bright a shade of so much opacity is on white paper.
fn on_white(shade: u8, opacity: u8) -> u8 {
    let (shade, opacity) = (u32::from(shade), u32::from(opacity));
    ((shade * opacity + 255 * (255 - opacity)) / 255) as u8
}
