//! FINGERPRINT: a CRC-32 that tells STUN from other traffic (RFC 8489, section 14.7).

/// What the CRC is masked with, so that it differs from another protocol's own.
const MASK: u32 = 0x5354_554E;

/// Bytes the attribute adds to a message.
const ATTRIBUTE: usize = 8;

/// The value of the attribute for a message whose header already counts it.
pub(crate) fn of(message: &[u8]) -> [u8; 4] {
    (!crc(!0, message) ^ MASK).to_be_bytes()
}

/// Whether `value` is right for the message that goes before it. The header's length need not end
/// here yet, as the check uses the one it should be.
pub(crate) fn check(before: &[u8], value: &[u8]) -> Result<(), ()> {
    let length =
        u16::try_from(before.len() + ATTRIBUTE - crate::frame::STUN_HEADER).map_err(drop)?;
    let state = crc(!0, &before[..2]);
    let state = crc(state, &length.to_be_bytes());
    let state = crc(state, &before[4..]);
    if value == (!state ^ MASK).to_be_bytes() {
        Ok(())
    } else {
        Err(())
    }
}

fn crc(state: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(state, |state, &byte| {
        TABLE[((state ^ u32::from(byte)) & 0xFF) as usize] ^ (state >> 8)
    })
}

/// The CRC-32 of ITU V.42, reflected, a byte at a time.
static TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut entry = index as u32;
        let mut bit = 0;
        while bit < 8 {
            entry = if entry & 1 == 1 {
                0xEDB8_8320 ^ (entry >> 1)
            } else {
                entry >> 1
            };
            bit += 1;
        }
        table[index] = entry;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crc_is_the_one_of_v42() {
        // The check value every catalogue of CRCs gives for CRC-32.
        assert_eq!(!crc(!0, b"123456789"), 0xCBF4_3926);
    }
}
