//! What the first bytes of a file say it is.
//!
//! Main function: [`sniff`].  What holds: a name is only given for a signature that is stated in the
//! format's specification.  Not here: what is inside of archives and documents.

/// Signatures at the beginning of files, and the names of what they begin.
const SIGNATURES: [(&[u8], &str); 30] = [
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"MZ", "exe"),
    (b"\x7fELF", "elf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"MSCF", "cab"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rtf", "rtf"),
    (b"L\0\0\0\x01\x14\x02\0", "lnk"),
    (b"ITSF", "chm"),
    (b"\xca\xfe\xba\xbe", "class"),
    (b"#!", "script"),
    (b"ID3", "mp3"),
    (b"OggS", "ogg"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "onenote"),
    (b"BEGIN:VCALENDAR", "calendar"),
    (b"BEGIN:VCARD", "vcard"),
];

/// Where ISO 9660 images name themselves (ECMA-119, section 8.1: sector 16, byte 1).
const ISO_NAME_AT: usize = 32_769;

/// How much of text is looked at for the beginning of HTML.
const HTML_WITHIN: usize = 256;

/// Returns the name of what `bytes` begin, or nothing.
pub(crate) fn sniff(bytes: &[u8]) -> &'static str {
    if let Some((_, name)) = SIGNATURES.iter().find(|(start, _)| bytes.starts_with(start)) {
        return name;
    }
    if bytes.get(ISO_NAME_AT..ISO_NAME_AT + 5) == Some(b"CD001") {
        return "iso";
    }
    match (bytes.get(..4), bytes.get(8..12)) {
        (Some(b"RIFF"), Some(b"WEBP")) => return "webp",
        (Some(b"RIFF"), _) => return "riff",
        _ => {}
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return "mp4";
    }
    if is_html(bytes) { "html" } else { "" }
}

fn is_html(bytes: &[u8]) -> bool {
    let start = bytes[..bytes.len().min(HTML_WITHIN)].trim_ascii_start().to_ascii_lowercase();
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body", b"<script", b"<svg"]
        .iter()
        .any(|tag| start.starts_with(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file is what it begins with, whatever its name says.
    #[test]
    fn files_are_known_by_their_beginning() {
        for (bytes, want) in [
            (&b"%PDF-1.7"[..], "pdf"),
            (b"MZ\x90\0", "exe"),
            (b" <HTML><body>", "html"),
            (b"RIFF1234WEBPVP8", "webp"),
            (b"\0\0\0\x18ftypmp42", "mp4"),
            (b"", ""),
            (b"hello", ""),
        ] {
            assert_eq!(want, sniff(bytes), "{bytes:?}");
        }
    }

    /// A disk image is told by its volume descriptor.
    #[test]
    fn disk_images_are_known() {
        let mut image = vec![0; ISO_NAME_AT];
        image.extend_from_slice(b"CD001");

        assert_eq!("iso", sniff(&image));
    }
}
