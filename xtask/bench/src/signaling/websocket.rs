//! The client's end of a WebSocket (RFC 6455), as lean as it goes: what is sent is masked with
//! zeros, so that it is ready beforehand, and nothing is copied that comes whole.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddrV4, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Longest wait for a server's answer while connecting.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a frame holds (RFC 6455, section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Ping,
    Close,
    Other,
}

/// A frame of the server.
pub(crate) struct Frame<'a> {
    pub(crate) kind: Kind,
    pub(crate) payload: &'a [u8],
}

/// A socket.
pub(crate) struct WebSocket {
    pub(crate) stream: TcpStream,
    /// The beginning of a frame whose end has not come yet.
    begun: Vec<u8>,
}

impl WebSocket {
    /// Connects and asks to speak WebSocket; [`Self::accepted`] reads the answer.
    ///
    /// # Errors
    /// When nobody listens.
    pub(crate) fn connect(
        address: SocketAddrV4,
        path: &str,
        subprotocol: Option<&str>,
    ) -> Result<Self> {
        let mut stream = TcpStream::connect(address).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let subprotocol = subprotocol
            .map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n"))
            .unwrap_or_default();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             {subprotocol}\r\n"
        );
        stream.write_all(request.as_bytes())?;
        Ok(Self {
            stream,
            begun: Vec::new(),
        })
    }

    /// Waits until the server has agreed.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) fn accepted(&mut self) -> Result<()> {
        let mut answer = Vec::new();
        let mut buffer = [0; 2048];
        loop {
            if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
                if !answer.starts_with(b"HTTP/1.1 101") {
                    bail!("refused: {}", String::from_utf8_lossy(&answer[..end]));
                }
                self.begun.extend_from_slice(&answer[end + 4..]);
                return Ok(());
            }
            match self
                .stream
                .read(&mut buffer)
                .context("waiting for the server")?
            {
                0 => bail!("the server hung up"),
                len => answer.extend_from_slice(&buffer[..len]),
            }
        }
    }

    /// Waits for the first text frame; what comes with it is kept.
    ///
    /// # Errors
    /// When something else happens.
    pub(crate) fn first_text(&mut self) -> Result<Vec<u8>> {
        let mut buffer = [0; 2048];
        loop {
            if let Some((frame, len)) = parse(&self.begun)? {
                let (kind, payload) = (frame.kind, frame.payload.to_vec());
                self.begun.drain(..len);
                if kind == Kind::Text {
                    return Ok(payload);
                }
                continue;
            }
            match self
                .stream
                .read(&mut buffer)
                .context("waiting for the server")?
            {
                0 => bail!("the server hung up"),
                len => self.begun.extend_from_slice(&buffer[..len]),
            }
        }
    }

    /// Sends a frame of [`frame`].
    ///
    /// # Errors
    /// When the socket is closed, or the server does not read.
    pub(crate) fn send(&mut self, frame: &[u8]) -> Result<()> {
        let sent = self
            .stream
            .write(frame)
            .context("the server does not read")?;
        if sent < frame.len() {
            bail!("the server does not read");
        }
        Ok(())
    }

    /// Reads what has come, once, and hands over each frame that is whole.
    ///
    /// # Errors
    /// When the socket is closed, or what comes is no WebSocket.
    pub(crate) fn read(
        &mut self,
        buffer: &mut [u8],
        mut take: impl FnMut(&mut Self, &Frame<'_>) -> Result<()>,
    ) -> Result<()> {
        let len = match self.stream.read(buffer) {
            Ok(0) => bail!("the server hung up"),
            Ok(len) => len,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error).context("reading"),
        };
        let whole = if self.begun.is_empty() {
            None
        } else {
            let mut begun = std::mem::take(&mut self.begun);
            begun.extend_from_slice(&buffer[..len]);
            Some(begun)
        };
        let mut rest = whole.as_deref().unwrap_or(&buffer[..len]);
        while let Some((frame, len)) = parse(rest)? {
            take(self, &frame)?;
            rest = &rest[len..];
        }
        self.begun.extend_from_slice(rest);
        Ok(())
    }
}

/// A whole message as one frame, ready to be sent.
pub(crate) fn text(payload: &[u8]) -> Vec<u8> {
    frame(0x81, payload)
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    frame(0x8A, payload)
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match u16::try_from(payload.len()) {
        Ok(len) if len < 126 => bytes.push(0x80 | payload.len() as u8),
        Ok(len) => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&len.to_be_bytes());
        }
        Err(_) => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    // The mask.
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(payload);
    bytes
}

/// The first frame of `bytes` and its length, if it is whole.
fn parse(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>> {
    let [first, second, ..] = *bytes else {
        return Ok(None);
    };
    let (header, len) = match second {
        127 => match bytes.get(2..10) {
            Some(len) => (10, u64::from_be_bytes(len.try_into()?)),
            None => return Ok(None),
        },
        126 => match bytes.get(2..4) {
            Some(len) => (4, u64::from(u16::from_be_bytes(len.try_into()?))),
            None => return Ok(None),
        },
        len => (2, u64::from(len)),
    };
    if second & 0x80 != 0 || first & 0x80 == 0 {
        bail!("a frame that is masked or in pieces");
    }
    let end = header + usize::try_from(len)?;
    let Some(payload) = bytes.get(header..end) else {
        return Ok(None);
    };
    let kind = match first & 0x0F {
        1 => Kind::Text,
        8 => Kind::Close,
        9 => Kind::Ping,
        _ => Kind::Other,
    };
    Ok(Some((Frame { kind, payload }, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server's frames have no mask: those of a client without its bit and its four bytes.
    fn of_server(payload: &[u8]) -> Vec<u8> {
        let mut bytes = text(payload);
        let mask = bytes.len() - payload.len() - 4;
        bytes.drain(mask..mask + 4);
        bytes[1] &= 0x7F;
        bytes
    }

    #[test]
    fn frames_of_every_length_are_read_as_they_were_written() {
        for len in [0, 1, 125, 126, 2500, 65_535, 65_536] {
            let payload = vec![7; len];
            let bytes = of_server(&payload);
            let (frame, end) = parse(&bytes).unwrap().unwrap();
            assert_eq!(frame.kind, Kind::Text);
            assert_eq!(frame.payload, payload);
            assert_eq!(end, bytes.len());
            assert!(parse(&bytes[..bytes.len() - 1]).unwrap().is_none(), "{len}");
        }
    }

    #[test]
    fn a_masked_frame_of_a_server_is_refused() {
        assert!(parse(&text(b"hello")).is_err());
    }
}
