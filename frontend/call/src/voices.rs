//! Who speaks, and who therefore is on the stage: a decision from how loud everybody is, told
//! some times a second. Not here: how loudness is measured, and what the stage looks like.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::time::Timestamp;
use crate::view::PeerKey;

/// Level from which on a sound is taken for speech, where 1 is the loudest there is: 36 dB below
/// it. What noise suppression leaves of a room stays 10 dB below this.
const LOUD: f64 = 0.016;
/// Whoever speaks already is heard down to here, since words end softly.
const STILL_LOUD: f64 = 0.006;
/// Pauses between words are no longer than this.
const PAUSE: Duration = Duration::from_millis(700);
/// Speech this long gets a frame around the picture; a cough or a key does not.
const FRAMED_AFTER: Duration = Duration::from_millis(150);
/// Speech this long takes the stage.
const STAGED_AFTER: Duration = Duration::from_millis(600);
/// Whoever is on the stage stays at least this long.
const KEPT_FOR: Duration = Duration::from_secs(2);

/// While somebody's connection is being set up, for about this long, a browser that is asked how loud
/// anybody is answers late, and holds the whole page up until it does.
const MEETING: Duration = Duration::from_secs(2);

/// One person's voice.
#[derive(Debug, Clone, Default)]
pub struct Voice {
    /// When they began to speak, if they do.
    since: Option<Timestamp>,
    /// When they were last loud.
    heard: Timestamp,
}

impl Voice {
    /// They are as loud as that now, 0 to 1.
    pub fn hear(&mut self, now: Timestamp, level: f64) {
        let enough = if self.since.is_some() {
            STILL_LOUD
        } else {
            LOUD
        };
        if level >= enough {
            self.heard = now;
            self.since.get_or_insert(now);
        } else if now.since(self.heard) > PAUSE {
            self.since = None;
        }
    }

    /// They speak, so that a frame around their picture should say so.
    pub fn is_speaking(&self) -> bool {
        self.has_spoken_for(FRAMED_AFTER)
    }

    /// Pauses between words count as speech, the one at the end does not.
    pub(crate) fn has_spoken_for(&self, long: Duration) -> bool {
        self.since
            .is_some_and(|since| self.heard.since(since) >= long)
    }
}

/// Everybody's voices, and the stage.
#[derive(Debug, Clone, Default)]
pub struct Voices {
    all: BTreeMap<PeerKey, Voice>,
    /// Since when each is here.
    met: BTreeMap<PeerKey, Timestamp>,
    /// Who is on the stage, and since when.
    staged: Option<(PeerKey, Timestamp)>,
}

impl Voices {
    /// Whether this is a time to ask how loud they are, who are all that are here. Where it is not,
    /// nothing is to be told, and everybody goes on as they did.
    pub fn listens(&mut self, now: Timestamp, here: &[PeerKey]) -> bool {
        self.met.retain(|key, _| here.contains(key));
        for key in here {
            self.met.entry(*key).or_insert(now);
        }
        self.met.values().all(|met| now.since(*met) >= MEETING)
    }

    /// How loud everybody who is here is now. Whoever is missing has gone.
    pub fn hear(&mut self, now: Timestamp, levels: &[(PeerKey, f64)]) {
        self.all
            .retain(|key, _| levels.iter().any(|(here, _)| here == key));
        for (key, level) in levels {
            self.all.entry(*key).or_default().hear(now, *level);
        }
        if let Some(next) = self.next(now) {
            self.staged = Some((next, now));
        } else if self
            .staged
            .is_some_and(|(key, _)| !self.all.contains_key(&key))
        {
            self.staged = None;
        }
    }

    /// Those who speak.
    pub fn speaking(&self) -> Vec<PeerKey> {
        self.all
            .iter()
            .filter(|(_, voice)| voice.is_speaking())
            .map(|(key, _)| *key)
            .collect()
    }

    /// Who is on the stage; whoever spoke last stays there.
    pub fn staged(&self) -> Option<PeerKey> {
        self.staged.map(|(key, _)| key)
    }

    /// Who takes the stage now. Where several speak, whoever began last: they took the word.
    fn next(&self, now: Timestamp) -> Option<PeerKey> {
        let (key, began) = self
            .all
            .iter()
            .filter(|(_, voice)| voice.has_spoken_for(STAGED_AFTER))
            .filter_map(|(key, voice)| Some((*key, voice.since?)))
            .max_by_key(|(key, began)| (*began, std::cmp::Reverse(*key)))?;
        let Some((holder, since)) = self.staged else {
            return Some(key);
        };
        let Some(voice) = self.all.get(&holder) else {
            return Some(key);
        };
        let free = voice.since.is_none_or(|holders| began > holders);
        (key != holder && free && now.since(since) >= KEPT_FOR).then_some(key)
    }
}

#[cfg(test)]
mod tests;
