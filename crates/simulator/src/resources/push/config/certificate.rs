//! The check of an uploaded certificate.

use crate::upload::Upload;

/// Maximum size of a file, in bytes.
const MAX_SIZE: usize = 209_712;

/// Returns the API's error texts for a file that is no certificate. The simulator checks that the
/// file is a PKCS#12 container. It does not decrypt it, so it knows neither its names nor its dates.
pub fn reasons(upload: &Upload) -> Vec<&'static str> {
    if upload.bytes.is_empty() {
        return vec!["The submitted file is empty."];
    }
    let checks = [
        (upload.content_type == "application/x-pkcs12", "Invalid content type. Please upload different file."),
        (upload.bytes.len() <= MAX_SIZE, "Please keep filesize under 209712."),
        (is_pkcs12(&upload.bytes), "Invalid file."),
    ];
    checks.into_iter().filter(|(passes, _)| !passes).map(|(_, reason)| reason).collect()
}

/// Returns whether a file is a sequence of the version 3 and a sequence, as RFC 7292 defines.
fn is_pkcs12(file: &[u8]) -> bool {
    const SEQUENCE: u8 = 0x30;
    const VERSION: [u8; 3] = [2, 1, 3];
    let content = match file {
        // The length is unknown at the beginning.
        [SEQUENCE, 0x80, content @ ..] => Some(content),
        [SEQUENCE, length, content @ ..] if *length < 0x80 => {
            (content.len() == usize::from(*length)).then_some(content)
        }
        [SEQUENCE, long, rest @ ..] => rest.split_at_checked(usize::from(long & 0x7f)).and_then(|(length, content)| {
            let is_short = length.len() <= size_of::<u32>();
            let length = length.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
            (is_short && content.len() == length).then_some(content)
        }),
        _ => None,
    };
    let after = content.and_then(|content| content.strip_prefix(&VERSION));
    after.is_some_and(|after| after.first() == Some(&SEQUENCE))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::short(&[0x30, 5, 2, 1, 3, 0x30, 0], true)]
    #[case::long(&[0x30, 0x82, 0, 5, 2, 1, 3, 0x30, 0], true)]
    #[case::of_unknown_length(&[0x30, 0x80, 2, 1, 3, 0x30, 0, 0, 0], true)]
    #[case::truncated(&[0x30, 0x82, 0, 6, 2, 1, 3, 0x30, 0], false)]
    #[case::without_its_length(&[0x30, 0xff, 0, 5], false)]
    #[case::of_another_version(&[0x30, 5, 2, 1, 2, 0x30, 0], false)]
    #[case::with_nothing_in_it(&[0x30, 3, 2, 1, 3], false)]
    #[case::text(b"0 certificates", false)]
    #[case::empty(b"", false)]
    fn a_container_is_recognised(#[case] file: &[u8], #[case] is_one: bool) {
        assert_eq!(is_pkcs12(file), is_one);
    }
}
