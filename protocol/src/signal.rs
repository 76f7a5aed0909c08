//! What two participants say to each other. Always sealed; the server never sees these.

use serde::{Deserialize, Serialize};

use crate::{ChatMessage, DisplayName, Incomplete};

/// Said by one participant to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "SignalFields")]
pub enum Signal {
    /// Everything the other should know of the sender; each one replaces the one before.
    State(Box<ParticipantState>),
    /// A session description for connection number `generation` of the two.
    Description {
        /// Counts the connections that the two have had; a higher one replaces the one before.
        generation: u32,
        /// What to apply.
        description: Description,
    },
    /// ICE candidates for connection number `generation`, in the order they were found.
    Candidates {
        /// As in [`Signal::Description`].
        generation: u32,
        /// `None` is the end of candidates (RFC 8838, section 9).
        candidates: Vec<Option<Candidate>>,
    },
    /// Asks the one who makes the offers to restart ICE on connection number `generation`.
    Restart {
        /// As in [`Signal::Description`].
        generation: u32,
    },
    /// Asks the one who makes the offers for connection number `generation`, because the one
    /// before could not be mended.
    Renew {
        /// The number the new connection shall have.
        generation: u32,
    },
    /// Something written, by the sender or by somebody who is not there any more.
    Chat(Box<ChatMessage>),
    /// How much of what was written the sender has, so that it can be given the rest.
    ChatHave {
        /// The public key that the sender signs with, as in [`ChatMessage::key`].
        key: Option<String>,
        /// Authors, by a part of their keys, and the highest number had of each.
        heads: Vec<(String, u32)>,
        /// The sender does not know yet how much the receiver has.
        ask: bool,
    },
    /// A short gesture that is shown for a moment.
    Reaction {
        /// One of [`crate::REACTIONS`]; others are passed over.
        emoji: String,
    },
    /// A host turned the receiver's microphone off; nobody else can turn it on.
    Mute,
    /// A host asks the receiver to turn their microphone on.
    Unmute,
    /// A host lowered the receiver's hand.
    LowerHand,
    /// Binds the sender to a nonce for the safety code, or tells it once both are bound.
    Safety {
        /// In base64url: which of the two, which certificates it is about, and the hash or the nonce.
        text: String,
    },
    /// The receiver's link, which has limits, does not let them in.
    TurnedAway {
        /// It lets somebody in once, and did; else its time is over.
        used: bool,
    },
    /// Leaving the room for good.
    Bye,
    /// A signal this version does not know; passed over, so that later versions may say more.
    Unknown,
}

/// [`Signal`] as it is read, all of them by one reader as for [`crate::ServerMessage`].
#[derive(Deserialize)]
struct SignalFields {
    #[serde(rename = "type")]
    kind: String,
    in_call: Option<bool>,
    name: Option<DisplayName>,
    #[serde(default)]
    media: MediaState,
    #[serde(default)]
    paths: Vec<(String, PathState)>,
    generation: Option<u32>,
    description: Option<Description>,
    candidates: Option<Vec<Option<Candidate>>>,
    hand_since: Option<u64>,
    #[serde(default)]
    guests: Vec<String>,
    #[serde(default)]
    used: bool,
    from: Option<String>,
    key: Option<String>,
    number: Option<u32>,
    sent: Option<u64>,
    text: Option<String>,
    signature: Option<String>,
    #[serde(default)]
    heads: Vec<(String, u32)>,
    #[serde(default)]
    ask: bool,
    emoji: Option<String>,
}

impl TryFrom<SignalFields> for Signal {
    type Error = Incomplete;

    fn try_from(fields: SignalFields) -> Result<Self, Incomplete> {
        let read = || {
            Some(match fields.kind.as_str() {
                "state" => Self::State(Box::new(ParticipantState {
                    in_call: fields.in_call?,
                    name: fields.name,
                    media: fields.media,
                    paths: fields.paths,
                    hand: fields.hand_since,
                    guests: fields.guests,
                })),
                "description" => Self::Description {
                    generation: fields.generation?,
                    description: fields.description?,
                },
                "candidates" => Self::Candidates {
                    generation: fields.generation?,
                    candidates: fields.candidates?,
                },
                "restart" => Self::Restart {
                    generation: fields.generation?,
                },
                "renew" => Self::Renew {
                    generation: fields.generation?,
                },
                "chat" => Self::Chat(Box::new(ChatMessage {
                    from: fields.from?,
                    key: fields.key?,
                    number: fields.number?,
                    sent: fields.sent?,
                    name: fields.name,
                    text: fields.text?,
                    signature: fields.signature?,
                })),
                "chat_have" => Self::ChatHave {
                    key: fields.key,
                    heads: fields.heads,
                    ask: fields.ask,
                },
                "reaction" => Self::Reaction {
                    emoji: fields.emoji?,
                },
                "mute" => Self::Mute,
                "unmute" => Self::Unmute,
                "lower_hand" => Self::LowerHand,
                "safety" => Self::Safety { text: fields.text? },
                "turned_away" => Self::TurnedAway { used: fields.used },
                "bye" => Self::Bye,
                _ => Self::Unknown,
            })
        };
        read().ok_or(Incomplete)
    }
}

/// What a participant tells the others of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ParticipantState {
    /// In the call (rather than in the lobby). Media goes only to those who say so themselves.
    pub in_call: bool,
    /// What to call them; absent until they are in the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<DisplayName>,
    /// What of their media is on.
    #[serde(default)]
    pub media: MediaState,
    /// How their connections to the others are: session nonce of the other in base64url, state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<(String, PathState)>,
    /// Their hand is raised, since then in milliseconds of the Unix epoch: the earliest comes first.
    #[serde(
        default,
        rename = "hand_since",
        skip_serializing_if = "Option::is_none"
    )]
    pub hand: Option<u64>,
    /// Who came into the call with links that have limits, as far as the sender let them in: what
    /// they greeted with and their session nonce, in base64url.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guests: Vec<String>,
}

/// What of a participant's media is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MediaState {
    /// They can be heard.
    pub microphone: bool,
    /// They can be seen.
    pub camera: bool,
    /// They show a screen.
    pub screen: bool,
    /// The sound of the screen they show comes with it.
    pub screen_audio: bool,
    /// They want sound alone: no picture is to be sent to them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sound_only: bool,
}

/// How one participant's connection to another is, as the first sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathState {
    /// Being made for the first time.
    Connecting,
    /// Carrying media.
    Connected,
    /// Was connected and is not now.
    Interrupted,
    /// Could not be made or mended so far.
    Lost,
    /// A state this version does not know.
    #[serde(other)]
    Unknown,
}

/// A session description (W3C webrtc-pc, `RTCSessionDescriptionInit`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Offer or answer.
    pub kind: DescriptionKind,
    /// The description itself (RFC 8866), as the browser wrote it.
    pub sdp: String,
}

/// Which side of RFC 3264's exchange a description is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DescriptionKind {
    /// Proposes.
    Offer,
    /// Accepts.
    Answer,
}

/// An ICE candidate (W3C webrtc-pc, `RTCIceCandidateInit`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The candidate attribute (RFC 8839, section 5.1).
    pub candidate: String,
    /// Identification tag of the media section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// Index of the media section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
    /// ICE user fragment of the generation it belongs to (RFC 8839, section 5.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
}
