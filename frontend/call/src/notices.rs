//! What the person is told, and for how long.

use std::time::Duration;

use crate::time::Timestamp;
use crate::view::{Notice, NoticeKind};

/// Comings, goings and raised hands are shown for this long: enough to read a name.
const BRIEFLY: Duration = Duration::from_secs(5);
/// More are not shown at once; the oldest makes room.
const MAX: usize = 12;

/// The notices there are, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    count: u32,
    shown: Vec<(Notice, Option<Timestamp>)>,
}

impl Notices {
    /// Shows a notice, in place of one that says the same or what was so before.
    pub(crate) fn add(&mut self, now: Timestamp, kind: NoticeKind) {
        self.remove(&kind);
        self.remove_earlier(&kind);
        if self.shown.len() == MAX {
            self.shown.remove(0);
        }
        let until = kind.goes_by_itself().then(|| now + BRIEFLY);
        self.count += 1;
        let id = self.count;
        self.shown.push((Notice { id, kind }, until));
    }

    /// What it said is no longer so.
    pub(crate) fn remove(&mut self, kind: &NoticeKind) {
        self.shown.retain(|(notice, _)| notice.kind != *kind);
    }

    /// Of a device that vanished only the latest is so: that another took over, or that there is none.
    fn remove_earlier(&mut self, kind: &NoticeKind) {
        if let NoticeKind::MicrophoneGone(another) = kind {
            self.remove(&NoticeKind::MicrophoneGone(!another));
        } else if let NoticeKind::CameraGone(another) = kind {
            self.remove(&NoticeKind::CameraGone(!another));
        }
    }

    /// The microphone is on: nothing about a host's wishes is left to be said.
    pub(crate) fn forget_mute(&mut self) {
        self.shown.retain(|(notice, _)| {
            !matches!(
                notice.kind,
                NoticeKind::MutedBy(..) | NoticeKind::AskedToUnmute(..)
            )
        });
    }

    /// The person has read it.
    pub(crate) fn dismiss(&mut self, id: u32) {
        self.shown.retain(|(notice, _)| notice.id != id);
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.shown
            .retain(|(_, until)| until.is_none_or(|at| at > now));
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        self.shown.iter().filter_map(|(_, until)| *until).min()
    }

    pub(crate) fn list(&self) -> Vec<Notice> {
        self.shown
            .iter()
            .map(|(notice, _)| notice.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use protocol::DisplayName;

    use super::*;
    use crate::view::PeerKey;

    const START: Timestamp = Timestamp(Duration::from_secs(7));

    fn name() -> Option<DisplayName> {
        "Anna".parse().ok()
    }

    #[test]
    fn a_coming_goes_by_itself_and_a_missing_microphone_stays() {
        let mut notices = Notices::default();
        notices.add(START, NoticeKind::Joined(PeerKey(1), name()));
        notices.add(START, NoticeKind::MicrophoneGone(false));
        let until = notices.poll_timeout().unwrap();
        notices.tick(until);
        assert_eq!(notices.poll_timeout(), None);
        let left: Vec<_> = notices.list().into_iter().map(|n| n.kind).collect();
        assert_eq!(left, [NoticeKind::MicrophoneGone(false)]);
    }

    #[test]
    fn the_same_is_not_said_twice() {
        let mut notices = Notices::default();
        notices.add(START, NoticeKind::WithoutKey);
        notices.add(START, NoticeKind::WithoutKey);
        assert_eq!(notices.list().len(), 1);
    }

    #[test]
    fn of_a_device_that_vanished_twice_only_the_latest_is_said() {
        let mut notices = Notices::default();
        notices.add(START, NoticeKind::MicrophoneGone(true));
        notices.add(START, NoticeKind::CameraGone(false));
        notices.add(START, NoticeKind::MicrophoneGone(false));
        let left: Vec<_> = notices.list().into_iter().map(|n| n.kind).collect();
        assert_eq!(
            left,
            [
                NoticeKind::CameraGone(false),
                NoticeKind::MicrophoneGone(false)
            ]
        );
    }

    #[test]
    fn a_flood_pushes_out_the_oldest() {
        let mut notices = Notices::default();
        for key in 0..100 {
            notices.add(START, NoticeKind::Left(PeerKey(key), None));
        }
        assert_eq!(notices.list().len(), MAX);
        assert_eq!(
            notices.list()[MAX - 1].kind,
            NoticeKind::Left(PeerKey(99), None)
        );
    }

    #[test]
    fn a_read_notice_is_gone() {
        let mut notices = Notices::default();
        notices.add(START, NoticeKind::WithoutKey);
        notices.dismiss(notices.list()[0].id);
        assert!(notices.list().is_empty());
    }
}
