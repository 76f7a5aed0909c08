//! What the components read and call: the [`Session`] of one room page.
//!
//! The truth is [`call::View`], published whole by the driver after every change; components read
//! it through memos, so that a tile is touched only when its own participant changed.

use call::safety::SafetyCode;
use call::{
    CallLink, ChatCode, ChatView, Input, InsideCode, Intent, InvalidLink, Limits, MeView,
    MediaView, Notice, ParticipantView, PeerKey, Switch, View,
};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use web_sys::{MediaStream, RtcCertificate, RtcPeerConnection};

use crate::browser::{self, Wake, Waker};
use crate::ears::Ears;
use crate::pictures::Held;
use crate::streams::{StreamOf, Streams};

/// A call page's session, for the components. Cheap to copy; lives as long as the page.
#[derive(Clone, Copy)]
pub struct Session {
    view: RwSignal<View>,
    inputs: StoredValue<Waker, LocalStorage>,
    streams: Streams,
    ears: Ears,
    level: RwSignal<f64>,
    link: StoredValue<String>,
}

impl Session {
    /// Wraps what the driver publishes and listens to.
    pub(crate) fn new(
        view: RwSignal<View>,
        inputs: Waker,
        streams: Streams,
        ears: Ears,
        level: RwSignal<f64>,
        link: String,
    ) -> Self {
        Self {
            view,
            inputs: StoredValue::new_local(inputs),
            streams,
            ears,
            level,
            link: StoredValue::new(link),
        }
    }

    fn memo<T>(self, read: impl Fn(&View) -> T + Send + Sync + 'static) -> Signal<T>
    where
        T: PartialEq + Clone + Send + Sync + 'static,
    {
        let view = self.view;
        Memo::new(move |_| view.with(|view| read(view))).into()
    }

    /// Everything; changes at every change.
    pub fn view(self) -> Signal<View> {
        self.view.into()
    }

    /// Whether something holds. One kind of memo for all such questions weighs less than one for each.
    pub fn is(self, holds: fn(&View) -> bool) -> Signal<bool> {
        let view = self.view;
        Memo::new(move |_| view.with(holds)).into()
    }

    /// Whether that switch of the settings is on.
    pub fn switch(self, switch: Switch) -> Signal<bool> {
        self.memo(move |view| view.me.settings.switches.has(switch))
    }

    /// Oneself.
    pub fn me(self) -> Signal<MeView> {
        self.memo(|view| view.me.clone())
    }

    /// The others, in the order they came.
    pub fn participants(self) -> Signal<Vec<ParticipantView>> {
        self.memo(|view| view.participants.clone())
    }

    /// One of the others; `None` once they left.
    pub fn participant(self, key: PeerKey) -> Signal<Option<ParticipantView>> {
        self.memo(move |view| view.participants.iter().find(|p| p.key == key).cloned())
    }

    /// What the person should know.
    pub fn notices(self) -> Signal<Vec<Notice>> {
        self.memo(|view| view.notices.clone())
    }

    /// What people write.
    pub fn chat(self) -> Signal<ChatView> {
        self.memo(|view| view.chat.clone())
    }

    /// Whether the link carries a key.
    pub fn private(self) -> Signal<bool> {
        self.is(|view| view.private)
    }

    /// Whether the link alone does not open the call.
    pub fn has_phrase(self) -> bool {
        self.call_link().ends_with('~')
    }

    /// Whether one came with a link that has limits.
    pub fn guest(self) -> bool {
        self.view.with_untracked(|view| view.me.guest)
    }

    /// A link to the same call that allows no more than that; nothing where the key is not all in the
    /// link.
    pub fn limited_link(self, limits: Limits) -> Option<String> {
        let link = self.call_link();
        let (origin, _) = link.split_once("/r/")?;
        let limited = CallLink::parse(&link)
            .ok()?
            .limited(limits, browser::random())?;
        Some(format!("{origin}{}", limited.path()))
    }

    /// Says what the person wants. A page that is going away hears nothing any more.
    pub fn send(self, intent: Intent) {
        self.inputs.with_value(|inputs| {
            browser::wake(inputs, Wake::Input(Input::User(intent)));
        });
    }

    /// Lets the chat begin. Whoever names this brings the chat's code along: the call's screen.
    pub fn begin_chat(self) {
        self.inputs.with_value(|inputs| {
            browser::wake(inputs, Wake::Chat(ChatCode::new(), browser::signer()));
        });
    }

    /// Lets safety codes begin, and what else only those inside do; as [`Session::begin_chat`].
    pub fn begin_inside(self) {
        self.inputs.with_value(|inputs| {
            browser::wake(inputs, Wake::Input(Input::BeginInside(InsideCode::new())));
            browser::wake(inputs, Wake::Input(Input::BeginSafety(SafetyCode::new())));
        });
    }

    /// Has something done with the certificate of this page, if there is one.
    pub fn with_certificate(self, act: fn(RtcCertificate)) {
        self.inputs.with_value(|inputs| {
            browser::wake(inputs, Wake::WithCertificate(act));
        });
    }

    /// The stream to show for somebody, and `None` while there is none.
    pub fn stream(self, of: StreamOf) -> Signal<Option<SendWrapper<MediaStream>>> {
        self.streams.signal(of).into()
    }

    /// The element that plays somebody's picture, for whoever shows it from now on.
    pub fn picture(self, of: StreamOf) -> Held {
        self.streams.picture(of)
    }

    /// How loud one's own microphone is, 0 to 1, some ten times a second; 0 while it is off.
    pub fn microphone_level(self) -> Signal<f64> {
        let (level, on) = (
            self.level,
            self.is(|view| view.me.microphone == MediaView::On),
        );
        Signal::derive(move || {
            let level = level.get();
            let on = on.get();
            if on { level } else { 0.0 }
        })
    }

    /// The same in the measure of [`Session::level`], and while it is off, too, as long as the
    /// device is open: what the page hears, and nobody else.
    pub fn own_level(self) -> Signal<f64> {
        let level = self.level;
        // The meter shows the root, and is full at a quarter of the loudest there is.
        Signal::derive(move || level.get().powi(2) / 4.0)
    }

    /// How loud the sound of somebody else is now, 0 to 1.
    pub fn level(self, key: PeerKey) -> f64 {
        self.ears.level(key)
    }

    /// The sound of somebody else has begun to play.
    pub fn plays(self, key: PeerKey) -> bool {
        self.ears.plays(key)
    }

    /// The connection to somebody, to read how it does; `None` before it carries anything.
    pub fn connection(self, key: PeerKey) -> Option<RtcPeerConnection> {
        self.ears.connection(key)
    }

    /// What the call is called.
    pub fn room_name(self) -> String {
        let link = self.call_link();
        let (_, path) = link.rsplit_once("/r/").unwrap_or_default();
        path.split('#').next().unwrap_or_default().to_owned()
    }

    /// The call link with its key.
    pub fn call_link(self) -> String {
        self.link.get_value()
    }
}

/// Path of a new call with a key of its own: `/r/ROOM#KEY`.
pub fn new_call_path() -> String {
    CallLink::new(browser::random()).path()
}

/// Path of the call that a person typed or pasted: a link, a path or a room's name. A name alone
/// leads to a room whose key is derived from the name.
///
/// # Errors
/// When the text is neither.
pub fn typed_call_path(text: &str) -> Result<String, InvalidLink> {
    CallLink::parse(text).map(|link| link.path())
}
