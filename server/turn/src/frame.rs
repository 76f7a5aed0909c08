//! First bytes: what a datagram or the head of a stream is, and where one message ends and the
//! next begins (RFC 8489, section 6.2.2; RFC 8656, section 12.5; RFC 7983 for the first byte).
//!
//! Nothing is copied here and nothing is looked into beyond the first four bytes.

/// Bytes of a ChannelData header: channel number and length.
pub const CHANNEL_HEADER: usize = 4;

/// Bytes of a STUN header.
pub const STUN_HEADER: usize = 20;

/// What the first byte says is coming, on a port that many protocols share (RFC 7983, figure 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// A STUN message: 0 to 3.
    Stun,
    /// A TURN ChannelData message: 64 to 79, and up to 127 from clients of RFC 5766, whose numbers
    /// nothing else on this port wants. Letters fall into this range too; for the beginning of a
    /// stream there is [`Protocol::of_stream`].
    ChannelData,
    /// A TLS record: 20 to 63.
    Tls,
    /// An upper-case letter, as every HTTP method begins with.
    Http,
    /// None of these.
    Unknown,
}

impl Protocol {
    /// What a datagram that begins with `first` is.
    #[must_use]
    pub const fn of_datagram(first: u8) -> Self {
        match first {
            0..=3 => Self::Stun,
            20..=63 => Self::Tls,
            64..=127 => Self::ChannelData,
            _ => Self::Unknown,
        }
    }

    /// What a stream that begins with `first` is. A client cannot have a channel before its first
    /// request, so letters, which share their numbers with ChannelData, are HTTP.
    #[must_use]
    pub const fn of_stream(first: u8) -> Self {
        match first {
            0..=3 => Self::Stun,
            20..=63 => Self::Tls,
            b'A'..=b'Z' => Self::Http,
            _ => Self::Unknown,
        }
    }
}

/// One message at the head of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamFrame {
    /// Bytes of the message itself.
    pub length: usize,
    /// Bytes to take off the stream: the message and its padding.
    pub consumed: usize,
}

/// The stream carries something that is neither STUN nor ChannelData; it cannot be read further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stream holds neither STUN nor ChannelData")]
pub struct NotTurn;

/// Finds the first whole message in `buffer`; `None` when more bytes are needed.
///
/// A message is at most [`MAX_STREAM_FRAME`] bytes, so a buffer of that size always suffices.
///
/// # Errors
/// [`NotTurn`] when the bytes cannot be the start of a message.
pub fn next_stream_frame(buffer: &[u8]) -> Result<Option<StreamFrame>, NotTurn> {
    let Some(&[first, _, high, low]) = buffer.first_chunk::<4>() else {
        return match buffer.first() {
            Some(first) if !matches!(first, 0..=3 | 64..=127) => Err(NotTurn),
            _ => Ok(None),
        };
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let frame = match Protocol::of_datagram(first) {
        Protocol::Stun if length.is_multiple_of(4) => StreamFrame {
            length: STUN_HEADER + length,
            consumed: STUN_HEADER + length,
        },
        // Over a stream ChannelData is padded to four bytes, which its length does not count
        // (RFC 8656, section 12.5).
        Protocol::ChannelData => StreamFrame {
            length: CHANNEL_HEADER + length,
            consumed: (CHANNEL_HEADER + length).next_multiple_of(4),
        },
        Protocol::Stun | Protocol::Tls | Protocol::Http | Protocol::Unknown => return Err(NotTurn),
    };
    Ok((buffer.len() >= frame.consumed).then_some(frame))
}

/// The longest message a stream can carry, with its padding.
pub const MAX_STREAM_FRAME: usize = STUN_HEADER + 65_535 + 1;

/// Channel number and length of the ChannelData message `datagram` begins with, or `None` when it
/// is too short to hold what it announces. Bytes beyond the length are padding.
#[must_use]
pub fn channel_data(datagram: &[u8]) -> Option<(u16, usize)> {
    let &[a, b, high, low] = datagram.first_chunk::<4>()?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    (datagram.len() - CHANNEL_HEADER >= length).then_some((u16::from_be_bytes([a, b]), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_tells_who_is_calling() {
        assert_eq!(Protocol::of_datagram(0), Protocol::Stun);
        assert_eq!(Protocol::of_datagram(3), Protocol::Stun);
        assert_eq!(Protocol::of_datagram(4), Protocol::Unknown);
        assert_eq!(Protocol::of_datagram(22), Protocol::Tls);
        assert_eq!(Protocol::of_datagram(0x40), Protocol::ChannelData);
        assert_eq!(Protocol::of_datagram(0x7F), Protocol::ChannelData);
        assert_eq!(Protocol::of_datagram(0x80), Protocol::Unknown);
        assert_eq!(Protocol::of_stream(b'G'), Protocol::Http);
        assert_eq!(Protocol::of_stream(22), Protocol::Tls);
        assert_eq!(Protocol::of_stream(0), Protocol::Stun);
        assert_eq!(Protocol::of_stream(200), Protocol::Unknown);
    }

    #[test]
    fn a_stream_is_cut_by_the_messages_own_length() {
        let mut stream = vec![0, 1, 0, 4];
        assert_eq!(next_stream_frame(&stream), Ok(None));
        stream.resize(24, 7);
        let frame = StreamFrame {
            length: 24,
            consumed: 24,
        };
        assert_eq!(next_stream_frame(&stream), Ok(Some(frame)));
    }

    #[test]
    fn channel_data_on_a_stream_is_padded() {
        let stream = [0x40, 0, 0, 1, 9, 0, 0];
        assert_eq!(next_stream_frame(&stream), Ok(None));
        let stream = [0x40, 0, 0, 1, 9, 0, 0, 0];
        let frame = StreamFrame {
            length: 5,
            consumed: 8,
        };
        assert_eq!(next_stream_frame(&stream), Ok(Some(frame)));
    }

    #[test]
    fn a_stream_of_something_else_is_given_up() {
        assert_eq!(next_stream_frame(b"\x80"), Err(NotTurn));
        assert_eq!(next_stream_frame(&[0, 1, 0, 3]), Err(NotTurn));
    }

    #[test]
    fn channel_data_may_not_announce_more_than_it_holds() {
        assert_eq!(channel_data(&[0x40, 1, 0, 2, 1, 2]), Some((0x4001, 2)));
        assert_eq!(channel_data(&[0x40, 1, 0, 1, 1, 2]), Some((0x4001, 1)));
        assert_eq!(channel_data(&[0x40, 1, 0, 3, 1, 2]), None);
        assert_eq!(channel_data(&[0x40, 1, 0]), None);
    }
}
