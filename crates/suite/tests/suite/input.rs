//! What is read from outside is bounded.

use std::io::{self, ErrorKind};

use syncano_simulator::json;
use syncano_suite::input::{Limit, Lines, read, text};

#[test]
fn a_file_over_the_limit_is_rejected() {
    assert_eq!(read(&b"12345"[..], Limit(5)).unwrap(), b"12345");
    let error = read(io::repeat(b'1'), Limit(64 << 10)).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::FileTooLarge, "larger than 64 KiB".to_owned()));
}

#[test]
fn a_line_over_the_limit_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines");
    std::fs::write(&path, "\u{feff}one\ntwo\nthree\n").unwrap();
    let lines = |line, whole| {
        let (mut lines, mut text, mut all) = (Lines::open(&path, Limit(line), Limit(whole))?, Vec::new(), Vec::new());
        loop {
            lines.next(&mut text)?;
            match text.as_slice() {
                [] => return Ok::<_, io::Error>(all),
                line => all.push(String::from_utf8_lossy(line).into_owned()),
            }
        }
    };
    assert_eq!(lines(7, 17).unwrap(), ["one\n", "two\n", "three\n"]);
    assert_eq!(lines(6, 17).unwrap_err().kind(), ErrorKind::FileTooLarge);
    assert_eq!(lines(7, 16).unwrap_err().kind(), ErrorKind::FileTooLarge);
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_text() {
    assert_eq!(read(&b"\xef\xbb\xbf{}"[..], Limit(9)).unwrap(), b"{}");
    assert_eq!(json::without_mark(b"\xef\xbb\xbf{}"), b"{}");
}

#[test]
fn a_file_in_another_encoding_is_rejected() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"\xff").unwrap();
    assert_eq!(text(file.path(), Limit::WRITTEN).unwrap_err().kind(), ErrorKind::InvalidData);
}
