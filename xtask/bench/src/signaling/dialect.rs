//! How each server is spoken to: where to connect, what to say first, how a message looks.

use std::net::SocketAddrV4;
use std::ops::Range;

use anyhow::{Context, Result, bail};
use protocol::{ClientMessage, PROTOCOL_VERSION, SUBPROTOCOL, SealedBody, ServerMessage};

use super::websocket::{WebSocket, text};

/// Characters of a body: a sealed description with its candidates.
pub(crate) const BODY_CHARS: usize = 2500;

/// What a body begins with; its serial number follows, in hexadecimal digits.
const MARK: &[u8; 8] = b"TinBench";

/// What comes before the count of messages had.
const RECEIVED: &[u8] = br#""received":"#;

/// How many messages somebody has had who was welcomed.
const WELCOME: u64 = 1;

/// Digits of a serial number.
const DIGITS: usize = 8;

/// Where in a message its body must begin, at the latest.
const ENVELOPE: usize = 200;

/// Which server's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Tincan,
    Floor,
    PeerServer,
}

/// A socket that may send to its partner.
pub(crate) struct Greeting {
    pub(crate) socket: WebSocket,
    /// How the others call it.
    name: String,
}

impl Dialect {
    /// Connects as one side of a pair.
    ///
    /// # Errors
    /// When nobody listens.
    pub(crate) fn connect(
        self,
        address: SocketAddrV4,
        pair: usize,
        side: usize,
    ) -> Result<WebSocket> {
        let (path, subprotocol) = match self {
            Self::Tincan => ("/ws".to_owned(), Some(SUBPROTOCOL)),
            Self::Floor => (format!("/ws/{pair}/{}", side == 1), None),
            Self::PeerServer => {
                let id = peer_id(pair, side);
                (format!("/peerjs?key=peerjs&id={id}&token=bench"), None)
            }
        };
        WebSocket::connect(address, &path, subprotocol)
    }

    /// Says what comes first.
    ///
    /// # Errors
    /// When the server has not agreed to speak.
    pub(crate) fn enter(self, socket: &mut WebSocket, pair: usize) -> Result<()> {
        socket.accepted()?;
        if self != Self::Tincan {
            return Ok(());
        }
        let room = format!("bench-{pair}").parse().context("a room's name")?;
        let enter = ClientMessage::Enter {
            version: PROTOCOL_VERSION,
            room,
            replaces: None,
        };
        socket.send(&text(&serde_json::to_vec(&enter)?))
    }

    /// Waits for the server's welcome.
    ///
    /// # Errors
    /// When it does not come.
    pub(crate) fn welcomed(
        self,
        mut socket: WebSocket,
        pair: usize,
        side: usize,
    ) -> Result<Greeting> {
        let name = match self {
            Self::Floor => String::new(),
            Self::PeerServer => {
                let answer = socket.first_text()?;
                if !answer.windows(4).any(|four| four == b"OPEN") {
                    bail!("not welcome: {}", String::from_utf8_lossy(&answer));
                }
                peer_id(pair, side)
            }
            Self::Tincan => {
                let answer = socket.first_text()?;
                match serde_json::from_slice(&answer) {
                    Ok(ServerMessage::Welcome { id, .. }) => id.to_string(),
                    _ => bail!("not welcome: {}", String::from_utf8_lossy(&answer)),
                }
            }
        };
        Ok(Greeting { socket, name })
    }

    /// A message to somebody, as the frame it is sent in.
    ///
    /// # Errors
    /// When the name is none the server could have given.
    pub(crate) fn message(self, to: &Greeting) -> Result<Message> {
        Message::new(self, to.name.clone(), WELCOME)
    }

    fn payload(self, to: &str, received: u64) -> Result<String> {
        let mut body = String::from_utf8(MARK.to_vec())?;
        body.push_str(&"0".repeat(DIGITS));
        body.push_str(&"A".repeat(BODY_CHARS - body.len()));
        Ok(match self {
            Self::Tincan => serde_json::to_string(&ClientMessage::Signal {
                to: to.parse().context("a participant's id")?,
                received,
                body: SealedBody::try_from(body).context("a body")?,
            })?,
            Self::Floor => format!(r#"{{"type":"signal","body":"{body}"}}"#),
            Self::PeerServer => format!(r#"{{"type":"OFFER","dst":"{to}","payload":"{body}"}}"#),
        })
    }
}

fn peer_id(pair: usize, side: usize) -> String {
    format!("bench-{pair}-{side}")
}

/// A frame that is sent again and again, each time with another serial number.
pub(crate) struct Message {
    dialect: Dialect,
    to: String,
    frame: Vec<u8>,
    /// Where its serial number stands.
    serial: usize,
    /// Where it says how many messages its sender has had, in a language that tells.
    received: Option<Range<usize>>,
}

impl Message {
    fn new(dialect: Dialect, to: String, received: u64) -> Result<Self> {
        let frame = text(dialect.payload(&to, received)?.as_bytes());
        let serial = serial_at(&frame).context("a message without a body")?;
        let received = place_of(&frame[..serial], RECEIVED).map(|at| {
            let digits = frame[at..].iter().take_while(|byte| byte.is_ascii_digit());
            at..at + digits.count()
        });
        Ok(Self {
            dialect,
            to,
            frame,
            serial,
            received,
        })
    }

    /// The frame with that number, from somebody who has had so many messages.
    ///
    /// # Errors
    /// As [`Dialect::message`].
    pub(crate) fn numbered(&mut self, number: u32, received: u64) -> Result<&[u8]> {
        if let Some(place) = self.received.clone() {
            let digits = received.to_string();
            if digits.len() == place.len() {
                self.frame[place].copy_from_slice(digits.as_bytes());
            } else {
                *self = Self::new(self.dialect, std::mem::take(&mut self.to), received)?;
            }
        }
        let mut rest = number;
        for digit in self.frame[self.serial..self.serial + DIGITS]
            .iter_mut()
            .rev()
        {
            *digit = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        Ok(&self.frame)
    }
}

/// The serial number of a message, when it is one of ours and whole.
pub(crate) fn number_of(payload: &[u8]) -> Option<u32> {
    if payload.len() < BODY_CHARS {
        return None;
    }
    let at = serial_at(payload)?;
    let digits = std::str::from_utf8(payload.get(at..at + DIGITS)?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

fn serial_at(bytes: &[u8]) -> Option<usize> {
    place_of(&bytes[..bytes.len().min(ENVELOPE)], MARK)
}

/// Where what follows `mark` begins.
fn place_of(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    let at = bytes.windows(mark.len()).position(|found| found == mark)?;
    Some(at + mark.len())
}

#[cfg(test)]
mod tests {
    use protocol::ParticipantId;

    use super::*;

    #[test]
    fn a_message_carries_its_number() {
        let payload = format!(
            r#"{{"type":"signal","from":"AAAAAAAAAAAAAAAA","body":"TinBench00c0ffee{}"}}"#,
            "A".repeat(BODY_CHARS - 16)
        );
        assert_eq!(number_of(payload.as_bytes()), Some(0x00c0_ffee));
        assert_eq!(number_of(&payload.as_bytes()[..100]), None);
    }

    #[test]
    fn each_number_is_written_over_the_one_before() {
        for dialect in [Dialect::Tincan, Dialect::Floor, Dialect::PeerServer] {
            let to = ParticipantId::from_bytes([7; 12]).to_string();
            let mut message = Message::new(dialect, to, WELCOME).unwrap();
            for (number, had) in [(1, 2), (u32::MAX, 10), (42, 99), (43, 100)] {
                let frame = message.numbered(number, had).unwrap().to_vec();
                assert_eq!(number_of(&frame), Some(number));
                let said = String::from_utf8_lossy(&frame);
                let tells = said.contains(&format!(r#""received":{had},"#));
                assert_eq!(tells, dialect == Dialect::Tincan, "{dialect:?}");
            }
        }
    }
}
