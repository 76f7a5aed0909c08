//! Reads what a participant says.

use protocol::{ClientMessage, ParticipantId, SealedText};

/// What a participant said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// [`ClientMessage::Signal`], its body left where it stands: it is long and only passed on.
    Signal {
        to: ParticipantId,
        received: u64,
        body: SealedText<'a>,
    },
    /// Anything else; or a signal that is written otherwise than a page does.
    Other(ClientMessage),
}

/// The message that `text` is, if it is one.
pub(super) fn message(text: &str) -> Option<Said<'_>> {
    signal(text).or_else(|| serde_json::from_str(text).ok().map(Said::Other))
}

/// A signal as every page writes it, without a space or an escape. Nearly all messages are signals
/// and their bodies are long; what may stand in an id or a body needs no reader of JSON, which
/// would go over all of it once more.
fn signal(text: &str) -> Option<Said<'_>> {
    let rest = text.strip_prefix(r#"{"type":"signal","to":""#)?;
    let (to, rest) = rest.split_once(r#"","received":"#)?;
    let (received, rest) = rest.split_once(r#","body":""#)?;
    let body = rest.strip_suffix(r#""}"#)?;
    Some(Said::Signal {
        to: to.parse().ok()?,
        received: number(received)?,
        body: body.try_into().ok()?,
    })
}

/// A count as JSON has it: digits alone, and no zero before others.
fn number(digits: &str) -> Option<u64> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    is_plain.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::SealedBody;

    use super::*;

    /// The message itself, whichever way it was read.
    fn whole(text: &str) -> Option<ClientMessage> {
        message(text).map(|said| match said {
            Said::Signal { to, received, body } => ClientMessage::Signal {
                to,
                received,
                body: body.as_str().parse().expect("it was judged as a body"),
            },
            Said::Other(message) => message,
        })
    }

    #[test]
    fn a_signal_reads_as_the_general_reader_would() {
        for text in [
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":7,"body":"c2VhbGVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":0,"body":"c2VhbGVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":007,"body":"c2VhbGVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":+7,"body":"c2VhbGVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":-7,"body":"c2VhbGVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":7.5,"body":"c2VhbGVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":,"body":"c2VhbGVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":18446744073709551616,"body":"c2VhbGVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","body":"c2VhbGVk"}"#,
            r#"{"body":"c2VhbGVk","to":"AgICAgICAgICAgIC","type":"signal"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":7,"body":"c2VhbGVk","later":[1,{"a":2}]}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":7,"body":"c2Vh\u0062GVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":7,"body":"no base64url!"}"#,
            r#"{"type":"signal","to":"me","received":7,"body":"c2VhbGVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":7,"body":"c2VhbGVk"} "#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":7,"body":"c2VhbGVk","body":"c2VhbGVk"}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":7,"body":"c2VhbGVk"}}"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC","received":7,"body":"c2VhbGVk"#,
            r#"{"type":"signal","to":"AgICAgICAgICAgIC"}"#,
            r#"{"type":"join","to":"AgICAgICAgICAgIC","received":7,"body":"c2VhbGVk"}"#,
            r#"{"type":"join"}"#,
            r#"{"type":"steal"}"#,
        ] {
            assert_eq!(whole(text), serde_json::from_str(text).ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_signal_comes_through(to: [u8; 12], received: u64, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let signal = ClientMessage::Signal {
                to: ParticipantId::from_bytes(to),
                received,
                body: SealedBody::from_bytes(&body).expect("short enough"),
            };
            let text = serde_json::to_string(&signal).expect("plain data");
            prop_assert!(super::signal(&text).is_some(), "the quick way knows what a page writes");
            prop_assert_eq!(whole(&text), Some(signal));
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = message(&text);
        }
    }
}
