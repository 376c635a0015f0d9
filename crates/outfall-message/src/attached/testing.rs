//! Files for tests, made here: archives and compressed streams.

use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use std::io::Write;

/// A file to pack.
#[derive(Clone, Default)]
pub(crate) struct Packed {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
    pub(crate) is_encrypted: bool,
    pub(crate) is_deflated: bool,
}

/// Packs files without compression.
pub(crate) fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let packed = files.iter().map(|(name, content)| Packed {
        name: (*name).into(),
        content: content.to_vec(),
        ..Packed::default()
    });
    zip(&packed.collect::<Vec<_>>())
}

/// Packs files as PKWARE's APPNOTE describes.
pub(crate) fn zip(files: &[Packed]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        let start = bytes.len() as u32;
        let data = if file.is_deflated { deflated(&file.content) } else { file.content.clone() };
        let common = common(file, data.len());
        bytes.extend(b"PK\x03\x04\x14\0");
        bytes.extend(&common);
        bytes.extend(file.name.as_bytes());
        bytes.extend(data);
        directory.extend(b"PK\x01\x02\x14\0\x14\0");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(file.name.as_bytes());
    }
    let count = (files.len() as u16).to_le_bytes();
    let sizes = [directory.len() as u32, bytes.len() as u32].map(u32::to_le_bytes).concat();
    let end = [&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &sizes, &[0, 0]].concat();
    [bytes, directory, end].concat()
}

/// Writes what a file's own header and its entry have in common: flags, method, time, checksum, sizes.
fn common(file: &Packed, packed: usize) -> Vec<u8> {
    let mut checksum = flate2::Crc::new();
    checksum.update(&file.content);
    let mut fields = vec![u8::from(file.is_encrypted), 0];
    fields.extend([if file.is_deflated { 8 } else { 0 }, 0, 0, 0, 0, 0]);
    for number in [checksum.sum(), packed as u32, file.content.len() as u32] {
        fields.extend(number.to_le_bytes());
    }
    fields.extend((file.name.len() as u32).to_le_bytes());
    fields
}

/// Compresses as zip archives do.
pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes all bytes");
    encoder.finish().expect("a vector takes all bytes")
}

/// Compresses as PDF documents do.
pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes all bytes");
    encoder.finish().expect("a vector takes all bytes")
}

/// Draws a QR code in black on white, each of its dots so many pixels wide.
pub(crate) fn code(text: &str, dot: usize) -> super::grey::Grey {
    let code = qrcode::QrCode::new(text).expect("a short text fits a code");
    let (side, colours) = (code.width(), code.to_colors());
    let width = side * dot;
    let is_dark =
        |at: usize| colours[at / width / dot * side + at % width / dot] == qrcode::Color::Dark;
    let pixels = (0..width * width).map(|at| if is_dark(at) { 0 } else { 255 }).collect();
    super::grey::Grey { width, height: width, pixels }
}

/// Bytes without any pattern, the same ones for the same seed.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Draws a scene of a dozen soft blots, the same one for the same seed at any size.
pub(crate) fn scene(seed: u64, width: usize, height: usize) -> Vec<u8> {
    let random: Vec<f32> =
        noise(64, seed).into_iter().map(|byte| f32::from(byte) / 255.0).collect();
    let shade = |at: usize| {
        let x = (at % width) as f32 / width as f32;
        let y = (at / width) as f32 / height as f32;
        let blots = random.as_chunks::<4>().0.iter().map(|[left, top, size, dark]| {
            let distance = (x - left).powi(2) + (y - top).powi(2);
            (dark - 0.5) * (-distance / (0.002 + 0.03 * size)).exp()
        });
        (128.0 + 200.0 * blots.sum::<f32>()).clamp(0.0, 255.0) as u8
    };
    (0..width * height).map(shade).collect()
}

/// Writes a grey picture as PNG.
pub(crate) fn png(pixels: &[u8], width: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, (pixels.len() / width) as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().expect("a vector takes all bytes");
    writer.write_image_data(pixels).expect("a vector takes all bytes");
    drop(writer);
    bytes
}

/// Writes a grey picture as GIF, without compression: after each hundred pixels the table is cleared,
/// so that every code has nine bits.
pub(crate) fn gif(pixels: &[u8], width: usize) -> Vec<u8> {
    let sides = [width as u16, (pixels.len() / width) as u16].map(u16::to_le_bytes).concat();
    let mut bytes = [b"GIF89a", &*sides, &[0xf7, 0, 0]].concat();
    bytes.extend((0..=255).flat_map(|shade| [shade; 3]));
    bytes.extend([&[0x2c, 0, 0, 0, 0], &*sides, &[0, 8]].concat());
    let (mut packed, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    let codes = pixels
        .chunks(100)
        .flat_map(|some| [256].into_iter().chain(some.iter().map(|&one| u32::from(one))));
    for code in codes.chain([257, 0]) {
        bits |= code << held;
        held += 9;
        while held >= 8 {
            packed.push(bits as u8);
            (bits, held) = (bits >> 8, held - 8);
        }
    }
    for block in packed.chunks(255) {
        bytes.push(block.len() as u8);
        bytes.extend(block);
    }
    bytes.extend([0, 0x3b]);
    bytes
}
