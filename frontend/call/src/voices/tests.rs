//! Conversations at five readings a second.

use super::*;

const ADA: PeerKey = PeerKey(1);
const BEN: PeerKey = PeerKey(2);
/// A voice in the middle of a word.
const WORD: f64 = 0.2;
/// What is left of a room without one.
const ROOM: f64 = 0.002;
/// Between two readings.
const STEP: Duration = Duration::from_millis(200);

/// A conversation, and everybody who was on the stage.
#[derive(Default)]
struct Talk {
    voices: Voices,
    now: Timestamp,
    stages: Vec<(PeerKey, Timestamp)>,
}

impl Talk {
    /// Ada and Ben are this loud for so long.
    fn go_on(&mut self, millis: u64, ada: f64, ben: f64) {
        let until = self.now + Duration::from_millis(millis);
        while self.now < until {
            self.now = self.now + STEP;
            self.voices.hear(self.now, &[(ADA, ada), (BEN, ben)]);
            let last = self.stages.last().map(|(key, _)| *key);
            if let Some(key) = self.voices.staged().filter(|key| Some(*key) != last) {
                self.stages.push((key, self.now));
            }
        }
    }

    fn on_stage(&self) -> Vec<PeerKey> {
        self.stages.iter().map(|(key, _)| *key).collect()
    }
}

#[test]
fn nobody_is_on_the_stage_before_somebody_spoke() {
    let mut talk = Talk::default();
    talk.go_on(5_000, ROOM, ROOM);
    assert_eq!(talk.voices.staged(), None);
    assert_eq!(talk.voices.speaking(), []);
}

#[test]
fn speech_takes_the_stage_after_its_time_and_keeps_it_in_silence() {
    let mut talk = Talk::default();
    talk.go_on(600, WORD, ROOM);
    assert_eq!(talk.voices.staged(), None);
    talk.go_on(200, WORD, ROOM);
    assert_eq!(talk.voices.staged(), Some(ADA));
    talk.go_on(20_000, ROOM, ROOM);
    assert_eq!(talk.voices.staged(), Some(ADA));
}

#[test]
fn a_cough_gets_neither_frame_nor_stage() {
    let mut talk = Talk::default();
    talk.go_on(4_000, WORD, ROOM);
    talk.go_on(200, ROOM, WORD);
    assert_eq!(talk.voices.speaking(), [ADA]);
    talk.go_on(3_000, ROOM, ROOM);
    assert_eq!(talk.on_stage(), [ADA]);
    assert_eq!(talk.voices.speaking(), []);
}

#[test]
fn a_frame_stays_through_the_pauses_between_words() {
    let mut talk = Talk::default();
    talk.go_on(400, WORD, ROOM);
    for _ in 0..10 {
        talk.go_on(600, ROOM, ROOM);
        assert_eq!(talk.voices.speaking(), [ADA]);
        talk.go_on(200, WORD, ROOM);
    }
}

#[test]
fn nobody_leaves_the_stage_before_two_seconds() {
    let mut talk = Talk::default();
    for _ in 0..20 {
        talk.go_on(1_000, WORD, ROOM);
        talk.go_on(1_000, ROOM, WORD);
    }
    let times: Vec<_> = talk.stages.iter().map(|(_, at)| *at).collect();
    assert!(times.len() > 2, "they take turns");
    for pair in times.windows(2) {
        assert!(pair[1].since(pair[0]) >= Duration::from_secs(2));
    }
}

#[test]
fn where_both_speak_the_one_who_began_later_has_the_word_and_it_stays_so() {
    let mut talk = Talk::default();
    talk.go_on(1_000, WORD, ROOM);
    talk.go_on(60_000, WORD, WORD);
    assert_eq!(talk.on_stage(), [ADA, BEN]);
}

#[test]
fn a_hum_holds_the_stage_against_nobody() {
    let mut talk = Talk::default();
    talk.go_on(10_000, 0.05, ROOM);
    talk.go_on(3_000, 0.05, WORD);
    assert_eq!(talk.voices.staged(), Some(BEN));
}

#[test]
fn words_that_end_softly_are_still_words_and_soft_noise_begins_none() {
    let mut talk = Talk::default();
    talk.go_on(3_000, 0.008, ROOM);
    assert_eq!(talk.voices.speaking(), []);
    talk.go_on(200, WORD, ROOM);
    talk.go_on(3_000, 0.008, ROOM);
    assert_eq!(talk.voices.speaking(), [ADA]);
}

#[test]
fn whoever_leaves_leaves_the_stage() {
    let mut talk = Talk::default();
    talk.go_on(2_000, WORD, ROOM);
    talk.voices.hear(talk.now + STEP, &[(BEN, ROOM)]);
    assert_eq!(talk.voices.staged(), None);
}

#[test]
fn nobody_is_asked_for_while_somebody_is_new() {
    let mut voices = Voices::default();
    let at = |millis| Timestamp(Duration::from_millis(millis));
    assert!(voices.listens(at(0), &[]));
    assert!(!voices.listens(at(1_000), &[ADA]));
    assert!(!voices.listens(at(2_999), &[ADA]));
    assert!(voices.listens(at(3_000), &[ADA]));
    assert!(!voices.listens(at(3_200), &[ADA, BEN]));
    assert!(voices.listens(at(5_200), &[ADA, BEN]));
    // Who comes back is new.
    assert!(voices.listens(at(5_400), &[BEN]));
    assert!(!voices.listens(at(5_600), &[ADA, BEN]));
}
