//! What must hold once everything has come to rest.

use call::{ConnectionView, LinkView, MediaView, ParticipantView, Phase, Switch, View};

use super::browser::Signaling;
use super::{Who, World};

/// Notices there may be at once.
const MAX_NOTICES: usize = 12;
/// Bytes of the longest conversation with somebody who left: as many signals as may be
/// unacknowledged, none of which says anything of a connection any more.
const BYTES_OF_DEPARTED: usize = 64 * 150;

/// Bytes between two in the middle of anything.
const BYTES_OF_PAIR: usize = 32 * 1024;
/// Descriptions and candidates of one connection that wait for the browser.
const NEGOTIATING: usize = 32;

impl World {
    /// Everybody alive and in the room sees everybody else, connected, with the right media, and
    /// nothing waits.
    pub(crate) fn check(&self) {
        let inside: Vec<Who> = (0..self.pages.len())
            .filter(|who| self.pages[*who].alive && self.view(*who).phase != Phase::Left)
            .collect();
        for &me in &inside {
            let view = self.view(me);
            assert!(
                self.pages[me].call.is_settled(),
                "{} has not settled, seed {}",
                self.pages[me].name,
                self.seed
            );
            assert_eq!(
                view.participants.len(),
                inside.len() - 1,
                "{} sees ghosts or misses somebody, seed {}: {:#?}",
                self.pages[me].name,
                self.seed,
                view.participants
            );
            self.check_memory(me, inside.len() - 1);
            self.check_words(me, &inside);
            for &them in inside.iter().filter(|them| **them != me) {
                self.check_pair(me, them);
            }
        }
    }

    /// Everybody in the call has the same messages in the same order.
    fn check_words(&self, me: Who, inside: &[Who]) {
        let in_call = |who: &&Who| self.view(**who).phase == Phase::InCall;
        if !in_call(&&me) {
            return;
        }
        for them in inside.iter().filter(in_call) {
            assert_eq!(
                self.texts(me),
                self.texts(*them),
                "{} and {}, seed {}",
                self.pages[me].name,
                self.pages[*them].name,
                self.seed
            );
        }
        let refused = self.pages[me].call.refused_words();
        assert_eq!(refused, 0, "{}, seed {}", self.pages[me].name, self.seed);
    }

    /// At rest nothing is kept but who is there and was there.
    fn check_memory(&self, who: Who, others: usize) {
        let kept = self.pages[who].call.footprint();
        let about = || format!("{}, seed {}: {kept:?}", self.pages[who].name, self.seed);
        assert_eq!(kept.here, others, "{}", about());
        assert_eq!(
            (kept.commands, kept.bytes, kept.negotiating),
            (0, 0, 0),
            "{}",
            about()
        );
        assert!(kept.notices <= MAX_NOTICES, "{}", about());
        assert!(
            kept.bytes_of_departed <= kept.conversations * BYTES_OF_DEPARTED,
            "{}",
            about()
        );
    }

    /// As [`World::check`], and nobody is left who would rather be in the call, or waits for the
    /// server, for a device or for a place.
    pub(crate) fn check_all_in(&self) {
        self.check();
        for page in self.pages.iter().filter(|page| page.alive) {
            let view = page.call.view();
            if view.phase == Phase::Left {
                continue;
            }
            let about = || format!("{}, seed {}: {view:#?}", page.name, self.seed);
            // Beside those who are there, those who died and whom the server still waits for.
            let kept = page.call.footprint();
            assert!(kept.named < self.pages.len(), "{kept:?}, {}", about());
            assert!(
                kept.conversations < self.pages.len(),
                "{kept:?}, {}",
                about()
            );
            assert_eq!(view.phase, Phase::InCall, "{}", about());
            assert_eq!(view.link, LinkView::Connected, "{}", about());
            for media in [view.me.microphone, view.me.camera, view.me.screen] {
                assert_ne!(media, MediaView::Starting, "{}", about());
            }
        }
    }

    /// As far as it is quickly told, [`World::check_all_in`] would find nothing wrong.
    pub(crate) fn is_at_rest(&self) -> bool {
        let views: Vec<View> = self
            .pages
            .iter()
            .filter(|page| page.alive)
            .map(|page| (page.call.view(), page.call.is_settled()))
            .take_while(|(view, settled)| *settled || view.phase == Phase::Left)
            .map(|(view, _)| view)
            .collect();
        views.len() == self.pages.iter().filter(|page| page.alive).count() && {
            let mut inside = views.iter().filter(|view| view.phase != Phase::Left);
            let count = inside.clone().count();
            inside.all(|view| {
                view.phase == Phase::InCall
                    && view.link == LinkView::Connected
                    && view.participants.len() + 1 == count
                    && view.participants.iter().all(|them| {
                        them.in_call
                            && them.connection == ConnectionView::Connected
                            && them.cannot_reach.is_empty()
                    })
            })
        }
    }

    /// Also while nothing is at rest, nobody keeps more than they may.
    pub(crate) fn check_bounds(&self) {
        for page in self.pages.iter().filter(|page| page.alive) {
            let kept = page.call.footprint();
            let about = || format!("{}, seed {}: {kept:?}", page.name, self.seed);
            let others = self.pages.len() - 1;
            assert!(kept.conversations <= others, "{}", about());
            // A page whose welcome was lost enters anew, and its first id stays for a while.
            assert!(kept.named <= others * 4, "{}", about());
            assert_eq!(kept.commands, 0, "{}", about());
            assert!(kept.notices <= MAX_NOTICES, "{}", about());
            assert!(
                kept.bytes + kept.bytes_of_departed <= others * BYTES_OF_PAIR,
                "{}",
                about()
            );
            assert!(kept.negotiating <= others * NEGOTIATING, "{}", about());
        }
    }

    fn check_pair(&self, me: Who, them: Who) {
        let (mine, theirs) = (self.view(me), self.view(them));
        let names = (&self.pages[me].name, &self.pages[them].name);
        let pair = format!("{} and {}, seed {}", names.0, names.1, self.seed);
        let in_call = |view: &View| view.phase == Phase::InCall;
        if !in_call(&mine) && !in_call(&theirs) {
            return;
        }
        let end = self
            .ends
            .values()
            .find(|end| {
                end.page == me
                    && end.fake.remote.as_ref().is_some_and(|remote| {
                        self.ends
                            .get(&remote.connection)
                            .is_some_and(|other| other.page == them)
                    })
            })
            .unwrap_or_else(|| panic!("no connection between {pair}: {mine:#?}"));
        assert_eq!(end.fake.signaling, Signaling::Stable, "{pair}");
        assert_eq!(end.fake.pending, None, "{pair}");
        let shown = mine
            .participants
            .iter()
            .find(|p| p.key == end.key)
            .unwrap_or_else(|| panic!("not shown: {pair}"));
        assert_eq!(shown.connection, ConnectionView::Connected, "{pair}");
        assert_eq!(shown.trouble, None, "{pair}");
        assert!(!end.fake.shape.paused, "pictures stay paused: {pair}");
        self.check_shown(shown, &mine, &theirs, &pair);
        let both = in_call(&mine) && in_call(&theirs);
        let mut should = self.pages[me].live.map(|live| live && both);
        if theirs.me.settings.switches.has(Switch::AudioOnly) {
            should[1..].fill(false);
        }
        assert_eq!(end.fake.tracks, should, "tracks of {pair}");
    }

    fn check_shown(&self, shown: &ParticipantView, mine: &View, theirs: &View, pair: &str) {
        let in_call = theirs.phase == Phase::InCall;
        assert_eq!(shown.in_call, in_call, "{pair}");
        if in_call {
            let on = |view: MediaView| view == MediaView::On;
            assert_eq!(shown.name, theirs.me.name, "{pair}");
            assert_eq!(shown.microphone, on(theirs.me.microphone), "{pair}");
            let pictures = !mine.me.settings.switches.has(Switch::AudioOnly);
            assert_eq!(shown.camera, on(theirs.me.camera) && pictures, "{pair}");
            assert_eq!(shown.screen, on(theirs.me.screen) && pictures, "{pair}");
            let screen_audio = theirs.me.screen_audio && pictures;
            assert_eq!(shown.screen_audio, screen_audio, "{pair}");
            assert_eq!(shown.hand, theirs.me.hand, "{pair}");
        } else {
            assert_eq!(shown.name, None, "a name from the lobby: {pair}");
        }
        assert!(shown.cannot_reach.is_empty(), "{pair}");
    }

    /// Whoever is shown by a name and as connected is who stands at the other end. Tells how many are.
    pub(crate) fn check_names(&self) -> usize {
        let mut connected = 0;
        for (who, page) in self.pages.iter().enumerate() {
            let myself = self.sees(who, &page.name);
            assert_eq!(myself, None, "met themselves, seed {}", self.seed);
        }
        for end in self.ends.values() {
            let view = self.view(end.page);
            let shown = view.participants.iter().find(|p| p.key == end.key);
            let remote = end.fake.remote.as_ref();
            let other = remote.and_then(|remote| self.ends.get(&remote.connection));
            let (Some(shown), Some(other)) = (shown, other) else {
                continue;
            };
            let name = shown.name.as_ref().map(|name| name.as_str());
            let real = self.pages[other.page].name.as_str();
            let me = &self.pages[end.page].name;
            if shown.in_call {
                assert_eq!(name, Some(real), "{me}, seed {}", self.seed);
            }
            connected += usize::from(shown.connection == ConnectionView::Connected);
        }
        connected
    }

    pub(crate) fn candidates_told(&self, who: Who) -> Vec<String> {
        let ends = self.pages[who].ends.values();
        ends.flat_map(|id| self.ends[id].fake.told.clone())
            .collect()
    }

    pub(crate) fn view(&self, who: Who) -> View {
        self.pages[who].call.view()
    }

    /// What `me` is shown of the participant called `name`.
    pub(crate) fn sees(&self, me: Who, name: &str) -> Option<ParticipantView> {
        self.view(me)
            .participants
            .into_iter()
            .find(|p| p.name.as_ref().is_some_and(|n| n.as_str() == name))
    }

    pub(crate) fn is_connected(&self, me: Who, name: &str) -> bool {
        self.sees(me, name)
            .is_some_and(|p| p.connection == ConnectionView::Connected)
    }

    /// Sound and pictures of somebody are wanted.
    pub(crate) fn receives(&self, me: Who, name: &str) -> bool {
        let key = self.sees(me, name).unwrap().key;
        let mut ends = self.ends.values();
        ends.any(|end| end.page == me && end.key == key && end.receives)
    }

    /// Connections of a page.
    pub(crate) fn connections(&self, who: Who) -> usize {
        self.ends.values().filter(|end| end.page == who).count()
    }

    /// Tracks that leave a page, over all its connections.
    pub(crate) fn tracks_sent(&self, who: Who) -> usize {
        self.ends
            .values()
            .filter(|end| end.page == who)
            .map(|end| end.fake.tracks.iter().filter(|on| **on).count())
            .sum()
    }

    /// Of those that [`World::refuse_tracks`] asked for, how many were not needed.
    pub(crate) fn refusals_left(&self, who: Who) -> u8 {
        let ends = self.ends.values().filter(|end| end.page == who);
        ends.map(|end| end.fake.refuses).min().unwrap_or(0)
    }

    /// The browser of a page refuses the next tracks on each of its connections.
    pub(crate) fn refuse_tracks(&mut self, who: Who, times: u8) {
        for end in self.ends.values_mut().filter(|end| end.page == who) {
            end.fake.refuses = times;
        }
    }

    /// Every connection of a page works in fact, whatever its browser says so far.
    pub(crate) fn paths_up(&self, who: Who) -> bool {
        self.ends
            .iter()
            .filter(|(_, end)| end.page == who)
            .all(|(id, end)| {
                self.path(*id).is_some() && end.fake.state == call::ConnectionState::Connected
            })
    }

    /// A connection of a page has its pictures paused.
    pub(crate) fn is_paused(&self, who: Who) -> bool {
        self.ends
            .values()
            .any(|end| end.page == who && end.fake.shape.paused)
    }

    /// By how much the connections of a page divide the width and height of the camera's picture.
    pub(crate) fn scale_down_by(&self, who: Who) -> Vec<u8> {
        let ends = self.ends.values().filter(|end| end.page == who);
        ends.map(|end| end.fake.shape.scale_down_by).collect()
    }

    /// Every connection of a page sends little.
    pub(crate) fn saves_data(&self, who: Who) -> bool {
        let mut ends = self.ends.values().filter(|end| end.page == who);
        ends.all(|end| end.fake.shape.saving)
    }

    /// Descriptions that were set in the connections there are.
    pub(crate) fn negotiations(&self) -> u32 {
        self.ends.values().map(|end| end.fake.descriptions).sum()
    }

    /// Every connection of a page has heard that there are no more candidates.
    pub(crate) fn candidates_ended(&self, who: Who) -> bool {
        self.ends
            .values()
            .filter(|end| end.page == who)
            .all(|end| end.fake.candidates_ended)
    }
}
