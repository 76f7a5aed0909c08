//! What the page shows, as plain data.

use std::sync::Arc;

use protocol::{DisplayName, IceServer, RefuseReason};

use crate::cause::Trouble;
use crate::input::{Devices, MediaProblem};
use crate::safety::SafetyView;
use crate::setup::StepView;
use crate::switches::Switches;

/// A participant as this page calls them: counted from 1, stable while the page is open, also
/// when the server gives them another id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerKey(pub u32);

/// The four kinds of media a connection carries, each with a transceiver of its own that lives as
/// long as the connection, so that nothing is negotiated anew when one is turned on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// Sound of the person.
    Microphone,
    /// Picture of the person.
    Camera,
    /// Picture of their screen.
    Screen,
    /// Sound of their screen.
    ScreenAudio,
}

impl Slot {
    /// In the order of the media sections.
    pub const ALL: [Slot; 4] = [
        Slot::Microphone,
        Slot::Camera,
        Slot::Screen,
        Slot::ScreenAudio,
    ];
}

/// What is kept for the next visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What the person is called.
    pub name: Option<DisplayName>,
    /// Whether to start with the microphone on.
    pub microphone_on: bool,
    /// Whether to start with the camera on.
    pub camera_on: bool,
    /// Device id; `None` is the system's default.
    pub microphone: Option<String>,
    /// Device id; `None` is the system's default.
    pub camera: Option<String>,
    /// Device id; `None` is the system's default.
    pub speaker: Option<String>,
    /// How the others are laid out.
    pub layout: Layout,
    /// One's own picture is among theirs.
    pub self_view: bool,
    /// Whether the others see the relay's address alone.
    pub hide_address: bool,
    /// How many lines the camera's picture should have.
    pub lines: u32,
    /// What is turned on and off.
    pub switches: Switches,
}

/// Lines of the camera's picture that can be asked for, the usual number first.
pub const LINES: [u32; 3] = [720, 1080, 360];

/// How people are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Everybody in the same size.
    #[default]
    Grid,
    /// Whoever speaks is large.
    Speaker,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            microphone_on: true,
            camera_on: true,
            microphone: None,
            camera: None,
            speaker: None,
            layout: Layout::default(),
            self_view: true,
            hide_address: false,
            lines: LINES[0],
            switches: Switches::default(),
        }
    }
}

/// Everything the page shows of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Which screen.
    pub phase: Phase,
    /// The call's screen is due. That is while the phase is still that of joining where the others
    /// may see and hear the person already, and a moment after both where connections are still
    /// being made: drawing all of it at once would hold them up.
    pub entered: bool,
    /// The signaling socket.
    pub link: LinkView,
    /// Oneself.
    pub me: MeView,
    /// The others who greeted us, in the order they came.
    pub participants: Vec<ParticipantView>,
    /// How many others stand in the lobby.
    pub in_lobby: u32,
    /// What the person should know, newest last.
    pub notices: Vec<Notice>,
    /// What people write.
    pub chat: ChatView,
    /// The link carries a key, so the server cannot read the introductions.
    pub private: bool,
    /// Somebody is here who has another key, and nobody who has ours: where the key is made of a pass
    /// phrase, one of the phrases is wrong.
    pub apart: bool,
    /// STUN and TURN servers.
    pub ice_servers: Arc<Vec<IceServer>>,
    /// Whether the server offers a relay; `None` until it said so.
    pub relay: Option<bool>,
    /// Newcomers have to be admitted.
    pub locked: bool,
    /// The button was pressed and a host has to say yes.
    pub waiting: bool,
    /// How many may be in the call; `None` until the server said so.
    pub max_participants: Option<u32>,
}

/// Which screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Looking at the preview.
    Lobby,
    /// The button was pressed and the server has not answered yet.
    Joining,
    /// Seen and heard.
    InCall,
    /// Left by one's own will.
    Left,
    /// Sent out by a host.
    Removed,
    /// The link, which has limits, does not let one in.
    TurnedAway(TurnedAway),
    /// The server does not let this page in.
    Refused(RefusalView),
}

/// Why a link with limits does not let one in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedAway {
    /// Its time is over.
    Ended,
    /// It lets somebody in once, and did.
    Used,
}

/// Why the server does not let this page in, or why `join` did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalView {
    /// What the server said.
    pub reason: RefuseReason,
    /// The page tries again by itself.
    pub retrying: bool,
}

/// The signaling socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkView {
    /// Being opened for the first time.
    Connecting,
    /// Open and answered.
    Connected,
    /// Was open; being opened again by itself.
    Reconnecting,
    /// Could not be opened for a while; still being tried.
    Unreachable,
    /// The machine has no network.
    Offline,
}

/// Oneself.
#[derive(Debug, Clone, PartialEq)]
pub struct MeView {
    /// What the others call one.
    pub name: Option<DisplayName>,
    /// Microphone.
    pub microphone: MediaView,
    /// Camera.
    pub camera: MediaView,
    /// Screen.
    pub screen: MediaView,
    /// Sound comes with the screen.
    pub screen_audio: bool,
    /// One decides who comes in, and more.
    pub host: bool,
    /// One came with a link that has limits.
    pub guest: bool,
    /// And it lets one watch and listen alone.
    pub listens: bool,
    /// One's hand is raised: since when, in milliseconds of the Unix epoch.
    pub hand: Option<u64>,
    /// Gestures one shows at this moment.
    pub reactions: Vec<ReactionView>,
    /// Chosen devices and the rest of what is remembered.
    pub settings: Settings,
    /// Id of the microphone in use.
    pub microphone_in_use: Option<String>,
    /// Id of the camera in use.
    pub camera_in_use: Option<String>,
    /// Id of the speaker that sound goes to: the chosen one while it is there, else the system's
    /// default (`None`).
    pub speaker_in_use: Option<String>,
    /// What there is to choose from.
    pub devices: Devices,
}

/// One of one's own media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaView {
    /// Off.
    Off,
    /// Being turned on; a permission prompt may be open.
    Starting,
    /// On.
    On,
    /// Wanted on, and cannot be had.
    Problem(MediaProblem),
}

/// Somebody else.
#[derive(Debug, Clone, PartialEq)]
pub struct ParticipantView {
    /// Who.
    pub key: PeerKey,
    /// What to call them; `None` until they said so.
    pub name: Option<DisplayName>,
    /// In the call, rather than in the lobby.
    pub in_call: bool,
    /// They decide who comes in, and more.
    pub host: bool,
    /// They came with a link that has limits.
    pub guest: bool,
    /// And it lets them watch and listen alone.
    pub listens: bool,
    /// They wait in the lobby to be let in.
    pub knocking: bool,
    /// Somebody of their tab or from their address was removed before.
    pub barred: bool,
    /// How the connection to them is.
    pub connection: ConnectionView,
    /// Why it could not be made so far.
    pub trouble: Option<Trouble>,
    /// How long each step to it took, as far as they are done.
    pub setup: Vec<StepView>,
    /// They can be heard.
    pub microphone: bool,
    /// They can be seen.
    pub camera: bool,
    /// They show a screen.
    pub screen: bool,
    /// Their screen comes with sound.
    pub screen_audio: bool,
    /// Their hand is raised; as in [`MeView::hand`].
    pub hand: Option<u64>,
    /// Gestures they show at this moment.
    pub reactions: Vec<ReactionView>,
    /// Those to whom they have no connection, as they say.
    pub cannot_reach: Vec<PeerKey>,
    /// How far the safety code with them is.
    pub safety: SafetyView,
}

/// A gesture that is shown for a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReactionView {
    /// Counted from 1 over everybody.
    pub id: u32,
    /// One of [`protocol::REACTIONS`].
    pub emoji: &'static str,
}

/// What people write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatView {
    /// In the order of time; kept as it is until something changes.
    pub messages: Arc<Vec<MessageView>>,
    /// How many came from others since they were looked at last.
    pub unread: u32,
    /// This browser can sign what is written.
    pub possible: bool,
}

impl Default for ChatView {
    fn default() -> Self {
        Self {
            messages: Arc::default(),
            unread: 0,
            possible: true,
        }
    }
}

/// Something written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// Names it; counted in the order in which messages came.
    pub id: u32,
    /// How it is known who wrote it.
    pub source: Source,
    /// What the author was called.
    pub name: Option<DisplayName>,
    /// When, in milliseconds of the Unix epoch by the author's clock.
    pub sent: u64,
    /// What.
    pub text: String,
}

/// How it is known who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Oneself.
    Me,
    /// Somebody who was met here and whose key signed it.
    Author,
    /// Somebody who had left before; it was passed on by the participant of that name. All messages
    /// of one author are of one author still, but only the one who passed them on says that there was one.
    PassedOn(Option<DisplayName>),
}

/// How the connection to somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionView {
    /// Being made for the first time.
    Connecting,
    /// Carries media.
    Connected,
    /// Broken for a moment; nothing has been done about it yet.
    Interrupted,
    /// Being mended.
    Healing,
    /// Could not be mended so far; still being tried.
    Lost,
}

/// Something the person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Counted from 1; names it in [`crate::Intent::Dismiss`].
    pub id: u32,
    /// What.
    pub kind: NoticeKind,
}

impl NoticeKind {
    /// It is shown for a moment only, and those who want fewer announcements do without.
    pub fn goes_by_itself(&self) -> bool {
        matches!(
            self,
            Self::Joined(..) | Self::Left(..) | Self::HandRaised(..)
        )
    }
}

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoticeKind {
    /// Came into the call. Goes by itself.
    Joined(PeerKey, Option<DisplayName>),
    /// Left the call. Goes by itself.
    Left(PeerKey, Option<DisplayName>),
    /// Raised their hand. Goes by itself.
    HandRaised(PeerKey, Option<DisplayName>),
    /// The microphone in use is gone; `true`: another one took over.
    MicrophoneGone(bool),
    /// The camera in use is gone; `true`: another one took over.
    CameraGone(bool),
    /// The screen is no longer shared, not by one's own button.
    ScreenEnded,
    /// Somebody without the key tried to join.
    WithoutKey,
    /// The server has no place in the call for one more.
    RoomFull,
    /// A host did not let one in.
    NotAdmitted,
    /// A host turned one's microphone off.
    MutedBy(PeerKey, Option<DisplayName>),
    /// A host would like one to turn the microphone on.
    AskedToUnmute(PeerKey, Option<DisplayName>),
    /// Somebody who was verified is not any more: another certificate is in use, or another page came
    /// in their name.
    NotVerifiedAnyMore(PeerKey, Option<DisplayName>),
}
