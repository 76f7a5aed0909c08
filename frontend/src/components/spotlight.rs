//! Whose picture is large and who speaks: what the tiles read. Who speaks is decided by
//! [`call::Voices`]; here it is told how loud everybody is.

use std::time::Duration;

use call::{EchoWatch, Intent, Layout, MediaView, PeerKey, Slot, Step, Voice, Voices};
use leptos::prelude::*;

use crate::browser;
use crate::state::Session;

/// Between two looks at how loud everybody is: five a second, so that no rhythm of speech hides
/// between them, and no battery notices.
const EVERY: Duration = Duration::from_millis(200);

/// Somebody with a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Oneself.
    Me,
    /// Somebody else.
    Peer(PeerKey),
}

/// Found in the context of the call's screen.
#[derive(Clone, Copy)]
pub struct Spotlight {
    pinned: RwSignal<Option<Who>>,
    speaking: RwSignal<Vec<Who>>,
    staged: Memo<Option<Who>>,
    echo: RwSignal<bool>,
}

impl Spotlight {
    /// Listens for as long as the component that calls it is there.
    pub fn start() -> Self {
        let session = expect_context::<Session>();
        let pinned = RwSignal::new(None);
        let speaking = RwSignal::new(Vec::new());
        let speaker = RwSignal::new(None);
        let echo = RwSignal::new(false);
        listen(session, speaking, speaker, echo);
        let (me, participants) = (session.me(), session.participants());
        let staged = Memo::new(move |_| {
            let settings = me.with(|me| me.settings.clone());
            let participants = participants.read();
            let mut here = participants.iter().filter(|who| who.in_call);
            let first = here.next()?.key;
            // One tile fills the stage as it is.
            if !settings.self_view && here.next().is_none() {
                return None;
            }
            let is_here = |who: &Who| match who {
                Who::Me => settings.self_view,
                Who::Peer(key) => participants.iter().any(|p| p.in_call && p.key == *key),
            };
            let screen = participants.iter().any(|who| who.in_call && who.screen);
            let follows = settings.layout == Layout::Speaker && !screen;
            pinned.get().filter(is_here).or_else(|| {
                let speaker = speaker.get().filter(is_here);
                follows.then(|| speaker.unwrap_or(Who::Peer(first)))
            })
        });
        Self {
            pinned,
            speaking,
            staged,
            echo,
        }
    }

    /// Somebody's picture is large.
    pub fn is_used(self) -> bool {
        self.staged.get().is_some()
    }

    /// Whose, if anybody's.
    pub fn staged(self) -> Option<Who> {
        self.staged.get()
    }

    /// Theirs is.
    pub fn is_on(self, who: Who) -> bool {
        self.staged.get() == Some(who)
    }

    /// They are heard right now.
    pub fn is_speaking(self, who: Who) -> bool {
        self.speaking.read().contains(&who)
    }

    /// The others hear themselves through one's microphone.
    pub fn echoes(self) -> bool {
        self.echo.get()
    }

    /// The person keeps them large.
    pub fn is_pinned(self, who: Who) -> bool {
        self.pinned.get() == Some(who)
    }

    /// Keeps them large, whoever speaks, or no longer.
    pub fn turn_pin(self, who: Who) {
        self.pinned
            .update(|pinned| *pinned = (*pinned != Some(who)).then_some(who));
    }
}

/// Tells who speaks, whose word it is, and whether it comes back from here.
fn listen(
    session: Session,
    speaking: RwSignal<Vec<Who>>,
    speaker: RwSignal<Option<Who>>,
    echo: RwSignal<bool>,
) {
    let (me, participants) = (session.me(), session.participants());
    let own_level = session.own_level();
    let voices = StoredValue::new((Voice::default(), Voices::default(), EchoWatch::default()));
    let look = move || {
        let now = browser::now();
        let here: Vec<_> = participants.with_untracked(|all| {
            let here = all.iter().filter(|who| who.in_call);
            here.map(|who| {
                let noted = |step| who.setup.iter().any(|bar| bar.step == step);
                let (seen, heard) = (noted(Step::FirstFrame), noted(Step::FirstAudio));
                (who.key, who.microphone, seen, heard)
            })
            .collect()
        });
        let on = me.read_untracked().microphone == MediaView::On;
        let own = if on { own_level.get_untracked() } else { 0.0 };
        voices.update_value(|(mine, theirs, back)| {
            mine.hear(now, own);
            let keys: Vec<_> = here.iter().map(|who| who.0).collect();
            let listens = theirs.listens(now, &keys);
            let mut levels = Vec::new();
            for (key, on, seen, heard) in here {
                // Who is seen is connected, and the browser has time to say whether they sound.
                let level = if listens || (seen && !heard) {
                    session.level(key)
                } else {
                    0.0
                };
                if !heard && session.plays(key) {
                    session.send(Intent::Noticed(key, Slot::Microphone));
                }
                levels.push((key, if on { level } else { 0.0 }));
            }
            if listens {
                theirs.hear(now, &levels);
                let loudest = levels.iter().map(|(_, level)| *level).fold(0.0, f64::max);
                back.hear(now, loudest, on.then_some(own));
                let back = back.is_heard(now);
                if echo.get_untracked() != back {
                    echo.set(back);
                }
            }
            let others = theirs.speaking().into_iter().map(Who::Peer);
            let all: Vec<_> = others
                .chain(mine.is_speaking().then_some(Who::Me))
                .collect();
            // Only what changed is drawn anew.
            if *speaking.read_untracked() != all {
                speaking.set(all);
            }
            let staged = theirs.staged().map(Who::Peer);
            if speaker.get_untracked() != staged {
                speaker.set(staged);
            }
        });
    };
    if let Ok(handle) = set_interval_with_handle(look, EVERY) {
        on_cleanup(move || handle.clear());
    }
}
