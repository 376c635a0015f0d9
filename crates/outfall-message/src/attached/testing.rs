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
