//! Derives secrets from a secret.

use ring::hmac;

/// Returns the HMAC-SHA256 of `purpose`: 32 bytes that differ for each purpose and do not lead back
/// to the secret.
pub fn derive(secret: &[u8], purpose: &str) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), purpose.as_bytes());
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
    bytes
}
