//! A client's way to a channel: Allocate, Allocate with credentials, ChannelBind (RFC 8656).

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use stun_types::attribute::{ErrorCode, Nonce, Realm, Username};
use stun_types::message::{
    IntegrityAlgorithm, IntegrityKey, LongTermKeyCredentials, Message, MessageClass, MessageType,
    MessageWriteVec, Method, TransactionId,
};
use stun_types::prelude::*;
use turn_types::attribute::{ChannelNumber, RequestedTransport, XorPeerAddress, XorRelayedAddress};
use turn_types::message::{ALLOCATE, CHANNEL_BIND};

/// The one channel that each client binds (RFC 8656, section 12: 0x4000 is the first).
pub(crate) const CHANNEL: u16 = 0x4000;

/// How often a request is sent before it is given up, and how long each time is waited.
const TRIES: u32 = 5;
const PATIENCE: Duration = Duration::from_millis(500);

/// How long credentials are good for, in seconds.
const LIFETIME: u64 = 3600;

/// Makes an allocation whose channel [`CHANNEL`] leads to `peer`, and returns its socket, which
/// does not block.
///
/// # Errors
/// When the server does not answer or refuses.
pub(crate) fn connect(
    server: SocketAddrV4,
    peer: SocketAddrV4,
    secret: &str,
    number: usize,
) -> Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut buffer = [0; 1500];
    let transport = RequestedTransport::new(RequestedTransport::UDP);

    let mut asked = request(ALLOCATE, TransactionId::generate());
    asked.add_attribute(&transport)?;
    let answer = ask(&socket, &asked.finish(), &mut buffer)?;
    let login = Login::new(&answer, secret, number)?;

    let mut asked = request(ALLOCATE, TransactionId::generate());
    asked.add_attribute(&transport)?;
    let asked = login.sign(asked)?;
    let answer = ask(&socket, &asked, &mut buffer)?;
    login.check(&answer)?;
    if answer.attribute::<XorRelayedAddress>().is_err() {
        bail!("an allocation without an address");
    }

    let id = TransactionId::generate();
    let mut asked = request(CHANNEL_BIND, id);
    asked.add_attribute(&ChannelNumber::new(CHANNEL))?;
    asked.add_attribute(&XorPeerAddress::new(peer.into(), id))?;
    let asked = login.sign(asked)?;
    let answer = ask(&socket, &asked, &mut buffer)?;
    login.check(&answer)?;

    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Who we are to the server (RFC 8489, section 9.2).
struct Login {
    username: String,
    realm: String,
    nonce: String,
    key: IntegrityKey,
}

impl Login {
    /// Takes realm and nonce from the answer to a request without credentials. Each client has a
    /// name of its own, as participants of calls do.
    fn new(answer: &Message<'_>, secret: &str, number: usize) -> Result<Self> {
        let code = answer.attribute::<ErrorCode>().map(|error| error.code());
        if code.ok() != Some(401) {
            bail!("the server did not ask for credentials");
        }
        let realm = answer
            .attribute::<Realm>()
            .context("no realm")?
            .realm()
            .to_owned();
        let nonce = answer
            .attribute::<Nonce>()
            .context("no nonce")?
            .nonce()
            .to_owned();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let username = format!("{}:bench{number:05}", now.as_secs() + LIFETIME);
        let password = password(secret, &username);
        let credentials = LongTermKeyCredentials::new(username.clone(), password, realm.clone());
        let key = credentials.make_key(IntegrityAlgorithm::Sha1);
        Ok(Self {
            username,
            realm,
            nonce,
            key,
        })
    }

    /// Finishes a request with our name and its proof.
    fn sign(&self, mut request: MessageWriteVec) -> Result<Vec<u8>> {
        request.add_attribute(&Username::new(&self.username)?)?;
        request.add_attribute(&Realm::new(&self.realm)?)?;
        request.add_attribute(&Nonce::new(&self.nonce)?)?;
        request.add_message_integrity_with_key(&self.key, IntegrityAlgorithm::Sha1)?;
        Ok(request.finish())
    }

    /// Checks that an answer is a success, and the server's.
    fn check(&self, answer: &Message<'_>) -> Result<()> {
        if let Ok(error) = answer.attribute::<ErrorCode>() {
            bail!("the server refused: {} {}", error.code(), error.reason());
        }
        answer
            .validate_integrity_with_key(&self.key)
            .context("an answer without proof")?;
        Ok(())
    }
}

/// As coturn's `use-auth-secret` has it, and Tincan's `--turn-secret`.
fn password(secret: &str, username: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(username.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

fn request(method: Method, id: TransactionId) -> MessageWriteVec {
    let kind = MessageType::from_class_method(MessageClass::Request, method);
    Message::builder(kind, id, MessageWriteVec::new())
}

/// Sends a request until it is answered.
fn ask<'a>(socket: &UdpSocket, request: &[u8], buffer: &'a mut [u8]) -> Result<Message<'a>> {
    for _ in 0..TRIES {
        socket.send(request)?;
        let Ok(len) = socket.recv(buffer) else {
            continue;
        };
        // The transaction's id; an older answer may come late.
        if len >= 20 && buffer[4..20] == request[4..20] {
            return Message::from_bytes(&buffer[..len]).context("an answer that is no STUN");
        }
    }
    bail!("the server does not answer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_those_that_coturn_expects() {
        // Worked out with `printf 1800000000:bench | openssl dgst -sha1 -hmac secret -binary | base64`.
        assert_eq!(
            password("secret", "1800000000:bench"),
            "Kz+mXLVicsEkMnyUP2g6LTj94SY="
        );
    }
}
