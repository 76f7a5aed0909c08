//! Microphone, camera and screen: what the person wants, what there is, and the one command at a
//! time that leads from one to the other.
//!
//! A click changes what is wanted; nothing else. Whatever ends (a permission prompt, a device)
//! changes what there is. [`Media::settle`] compares the two. Not here: who gets the tracks.

use std::collections::VecDeque;

use protocol::MediaState;

use crate::command::{AcquireRequest, Capture, Command};
use crate::input::{DeviceKind, Devices, MediaEvent, MediaProblem};
use crate::switches::Switch;
use crate::view::{MediaView, NoticeKind, Settings, Slot};

/// Microphone or camera.
#[derive(Debug, Default)]
struct Source {
    /// What the person wants.
    wanted: bool,
    /// What there is.
    track: Option<Track>,
    /// Why there is none; no further try until something changes.
    problem: Option<MediaProblem>,
    /// Counts what the person chose, so that a device that comes too late is told apart.
    choice: u32,
    /// The choice that the open track, or the last refusal, answered.
    answered: u32,
    /// The chosen device is not there, so the system's default is used.
    fallback: bool,
    /// The device in use vanished and another is being looked for.
    vanished: bool,
    /// It shall be closed before it is opened again.
    afresh: bool,
    /// It was closed for that, and is about to be back.
    reopening: bool,
}

#[derive(Debug)]
struct Track {
    /// `deviceId`.
    device: String,
    /// Counts the tracks of this page, so that a new one is told from the one before.
    serial: u32,
}

/// The screen.
#[derive(Debug, Default)]
struct Screen {
    wanted: bool,
    /// The serial of the tracks, and whether there is one for the sound.
    live: Option<(u32, bool)>,
    problem: Option<MediaProblem>,
}

/// A `getUserMedia` under way.
#[derive(Debug, Clone, Copy)]
struct Asking {
    attempt: u32,
    /// The microphone's choice, if one is asked for.
    microphone: Option<u32>,
    /// The camera's choice, if one is asked for.
    camera: Option<u32>,
}

/// One's own media.
#[derive(Debug)]
pub(crate) struct Media {
    settings: Settings,
    devices: Devices,
    microphone: Source,
    camera: Source,
    screen: Screen,
    attempts: u32,
    serials: u32,
    /// Changing: a prompt for devices is open.
    asking: Option<Asking>,
    /// Changing: a prompt for a screen is open.
    asking_screen: Option<u32>,
    /// Both at once were refused; ask for each alone.
    alone: bool,
    /// What the microphone's track was last told.
    enabled: bool,
    closed: bool,
}

impl Media {
    pub(crate) fn new(settings: Settings) -> Self {
        let wants = |wanted| Source {
            wanted,
            ..Source::default()
        };
        Self {
            microphone: wants(settings.microphone_on),
            camera: wants(settings.camera_on),
            settings,
            devices: Devices::default(),
            screen: Screen::default(),
            attempts: 0,
            serials: 0,
            asking: None,
            asking_screen: None,
            alone: false,
            enabled: true,
            closed: false,
        }
    }

    /// Opens nothing, whatever the settings say.
    pub(crate) fn only_listen(&mut self) {
        self.microphone.wanted = false;
        self.camera.wanted = false;
        self.closed = true;
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    pub(crate) fn devices(&self) -> &Devices {
        &self.devices
    }

    pub(crate) fn set_microphone(&mut self, on: bool) {
        self.settings.microphone_on = on;
        self.microphone.want(on);
    }

    pub(crate) fn set_camera(&mut self, on: bool) {
        self.settings.camera_on = on;
        self.camera.want(on);
        self.show_pictures(on);
    }

    pub(crate) fn set_screen(&mut self, on: bool) {
        self.screen.wanted = on;
        self.screen.problem = None;
        self.show_pictures(on);
    }

    /// Whoever sends a picture does not want sound alone any more.
    fn show_pictures(&mut self, on: bool) {
        if on {
            self.settings.switches.turn(Switch::AudioOnly, false);
        }
    }

    /// That switch is on.
    pub(crate) fn has(&self, switch: Switch) -> bool {
        self.settings.switches.has(switch)
    }

    /// Turns a switch. What takes sound or a picture otherwise is opened anew. A microphone is closed
    /// first: while it is open Chromium gives every further track of it the sound as it is.
    pub(crate) fn turn(&mut self, switch: Switch, on: bool) {
        if !self.settings.switches.turn(switch, on) {
            return;
        }
        match switch {
            Switch::EchoCancellation | Switch::NoiseSuppression | Switch::GainControl => {
                self.microphone.choose();
                self.microphone.afresh = true;
            }
            Switch::Blur => self.camera.choose(),
            // Turned off again, the camera stays dark until the person turns it on.
            Switch::AudioOnly if on => {
                self.set_camera(false);
                self.set_screen(false);
            }
            Switch::AudioOnly
            | Switch::Mirror
            | Switch::DataSaver
            | Switch::Quiet
            | Switch::Notify
            | Switch::SmallSelf
            | Switch::SelfLeft
            | Switch::SelfTop
            | Switch::SameDevice
            | Switch::Shortcuts => {}
        }
    }

    /// Asks the camera for that many lines.
    pub(crate) fn set_lines(&mut self, lines: u32) {
        if self.settings.lines != lines {
            self.settings.lines = lines;
            self.camera.choose();
        }
    }

    pub(crate) fn choose(&mut self, kind: DeviceKind, id: Option<String>) {
        match kind {
            DeviceKind::Microphone => {
                self.settings.microphone = id;
                self.microphone.choose();
            }
            DeviceKind::Camera => {
                self.settings.camera = id;
                self.camera.choose();
            }
            DeviceKind::Speaker => self.settings.speaker = id,
            DeviceKind::Screen => {}
        }
    }

    /// Asks again after a refusal.
    pub(crate) fn retry(&mut self) {
        self.alone = false;
        self.microphone.problem = None;
        self.camera.problem = None;
    }

    /// Lets go of everything for good.
    pub(crate) fn close(&mut self, out: &mut VecDeque<Command>) {
        self.closed = true;
        self.screen.wanted = false;
        if self.microphone.track.take().is_some() {
            out.push_back(Command::Release(Slot::Microphone));
        }
        if self.camera.track.take().is_some() {
            out.push_back(Command::Release(Slot::Camera));
        }
        self.settle(out);
    }

    /// Takes note of what happened; gives what the person should be told of it.
    pub(crate) fn handle(
        &mut self,
        event: MediaEvent,
        out: &mut VecDeque<Command>,
    ) -> Vec<NoticeKind> {
        match event {
            MediaEvent::Acquired {
                attempt,
                microphone,
                camera,
                screen,
            } => self.handle_acquired(attempt, microphone, camera, screen, out),
            MediaEvent::Refused { attempt, problem } => self.handle_refused(attempt, problem),
            MediaEvent::Ended(kind) => self.handle_ended(kind),
            MediaEvent::Devices(devices) => {
                // A device that was missing may just have been plugged in.
                if devices.microphones.len() > self.devices.microphones.len() {
                    self.microphone.look_again();
                }
                if devices.cameras.len() > self.devices.cameras.len() {
                    self.camera.look_again();
                }
                self.devices = devices;
                Vec::new()
            }
        }
    }

    fn handle_acquired(
        &mut self,
        attempt: u32,
        microphone: Option<String>,
        camera: Option<String>,
        screen: Option<bool>,
        out: &mut VecDeque<Command>,
    ) -> Vec<NoticeKind> {
        let mut notices = Vec::new();
        self.serials += 1;
        let serial = self.serials;
        if self.asking_screen == Some(attempt) {
            self.asking_screen = None;
            self.screen.live = screen.map(|audio| (serial, audio));
            self.screen.wanted &= screen.is_some();
            return notices;
        }
        let Some(asking) = self.asking.take_if(|asking| asking.attempt == attempt) else {
            return notices;
        };
        if let Some(choice) = asking.microphone {
            self.microphone.opened(microphone, serial, choice);
            // A fresh track is enabled.
            self.enabled = true;
            if std::mem::take(&mut self.microphone.vanished) {
                notices.push(NoticeKind::MicrophoneGone(true));
            }
        }
        if let Some(choice) = asking.camera {
            self.camera.opened(camera, serial, choice);
            if std::mem::take(&mut self.camera.vanished) {
                notices.push(NoticeKind::CameraGone(true));
            }
        }
        if self.closed {
            self.close(out);
        }
        notices
    }

    fn handle_refused(&mut self, attempt: u32, problem: MediaProblem) -> Vec<NoticeKind> {
        let mut notices = Vec::new();
        if self.asking_screen == Some(attempt) {
            self.asking_screen = None;
            self.screen.wanted = false;
            self.screen.problem = (problem != MediaProblem::Cancelled).then_some(problem);
            return notices;
        }
        let Some(asking) = self.asking.take_if(|asking| asking.attempt == attempt) else {
            return notices;
        };
        let (source, choice, chosen, gone) = match (asking.microphone, asking.camera) {
            (Some(_), Some(_)) => {
                self.alone = true;
                return notices;
            }
            (Some(choice), None) => (
                &mut self.microphone,
                choice,
                self.settings.microphone.is_some(),
                NoticeKind::MicrophoneGone(false),
            ),
            (None, Some(choice)) => (
                &mut self.camera,
                choice,
                self.settings.camera.is_some(),
                NoticeKind::CameraGone(false),
            ),
            (None, None) => return notices,
        };
        if choice != source.choice {
            // The person chose another device meanwhile; that one may do.
            return notices;
        }
        if source.track.is_some() {
            // The one that was open goes on.
            source.answered = choice;
        } else if chosen && !source.fallback && problem == MediaProblem::NotFound {
            source.fallback = true;
        } else {
            source.problem = Some(problem);
            source.reopening = false;
            if std::mem::take(&mut source.vanished) {
                notices.push(gone);
            }
        }
        notices
    }

    fn handle_ended(&mut self, kind: DeviceKind) -> Vec<NoticeKind> {
        let source = match kind {
            DeviceKind::Microphone => &mut self.microphone,
            DeviceKind::Camera => &mut self.camera,
            DeviceKind::Screen => {
                let ended = self.screen.live.take().is_some() && self.screen.wanted;
                self.screen.wanted = false;
                return ended
                    .then_some(NoticeKind::ScreenEnded)
                    .into_iter()
                    .collect();
            }
            DeviceKind::Speaker => return Vec::new(),
        };
        if source.track.take().is_some() {
            source.vanished = true;
            source.fallback = true;
        }
        Vec::new()
    }

    /// Does the next thing on the way from what there is to what is wanted.
    pub(crate) fn settle(&mut self, out: &mut VecDeque<Command>) {
        if !self.camera.wanted && self.camera.track.take().is_some() {
            out.push_back(Command::Release(Slot::Camera));
        }
        if self.microphone.track.is_some() && self.enabled != self.microphone.wanted {
            self.enabled = self.microphone.wanted;
            out.push_back(Command::EnableMicrophone(self.enabled));
        }
        if !self.screen.wanted
            && let Some((_, audio)) = self.screen.live.take()
        {
            out.push_back(Command::Release(Slot::Screen));
            if audio {
                out.push_back(Command::Release(Slot::ScreenAudio));
            }
        }
        if self.closed {
            return;
        }
        if self.screen.wanted && self.screen.live.is_none() && self.asking_screen.is_none() {
            self.attempts += 1;
            self.asking_screen = Some(self.attempts);
            out.push_back(Command::Acquire {
                attempt: self.attempts,
                request: AcquireRequest::Screen,
            });
        }
        self.ask(out);
    }

    fn ask(&mut self, out: &mut VecDeque<Command>) {
        if self.asking.is_some() {
            return;
        }
        // The microphone is opened also when it starts muted: so that permission is settled and
        // the level shows that it works. A camera that is off stays dark.
        let microphone = self.microphone.needs_track();
        let camera = self.camera.wanted && self.camera.needs_track();
        if !microphone && !camera {
            self.alone = false;
            return;
        }
        let camera = camera && !(self.alone && microphone);
        if microphone
            && std::mem::take(&mut self.microphone.afresh)
            && self.microphone.track.take().is_some()
        {
            self.microphone.reopening = true;
            out.push_back(Command::Release(Slot::Microphone));
        }
        self.attempts += 1;
        self.asking = Some(Asking {
            attempt: self.attempts,
            microphone: microphone.then_some(self.microphone.choice),
            camera: camera.then_some(self.camera.choice),
        });
        let device = |source: &Source, chosen: &Option<String>| {
            if source.fallback {
                None
            } else {
                chosen.clone()
            }
        };
        out.push_back(Command::Acquire {
            attempt: self.attempts,
            request: AcquireRequest::Devices {
                microphone: microphone.then(|| device(&self.microphone, &self.settings.microphone)),
                camera: camera.then(|| device(&self.camera, &self.settings.camera)),
                capture: Capture {
                    switches: self.settings.switches,
                    lines: self.settings.lines,
                },
            },
        });
    }

    /// Which track a slot has now, by its serial.
    pub(crate) fn track(&self, slot: Slot) -> Option<u32> {
        match slot {
            Slot::Microphone => self.microphone.track.as_ref().map(|t| t.serial),
            Slot::Camera => self.camera.track.as_ref().map(|t| t.serial),
            Slot::Screen => self.screen.live.map(|(serial, _)| serial),
            Slot::ScreenAudio => self
                .screen
                .live
                .and_then(|(serial, audio)| audio.then_some(serial)),
        }
    }

    /// What the others are told.
    pub(crate) fn state(&self) -> MediaState {
        MediaState {
            // Nobody needs to know of a moment's silence.
            microphone: self.microphone.wanted
                && (self.microphone.track.is_some() || self.microphone.reopening),
            camera: self.camera.wanted && self.camera.track.is_some(),
            screen: self.screen.live.is_some(),
            screen_audio: self.track(Slot::ScreenAudio).is_some(),
            sound_only: self.has(Switch::AudioOnly),
        }
    }

    pub(crate) fn microphone_view(&self) -> MediaView {
        self.microphone.view()
    }

    pub(crate) fn camera_view(&self) -> MediaView {
        self.camera.view()
    }

    pub(crate) fn screen_view(&self) -> MediaView {
        match (&self.screen, self.asking_screen) {
            (Screen { live: Some(_), .. }, _) => MediaView::On,
            (Screen { wanted: true, .. }, _) => MediaView::Starting,
            (Screen { problem, .. }, _) => problem.map_or(MediaView::Off, MediaView::Problem),
        }
    }

    pub(crate) fn microphone_in_use(&self) -> Option<String> {
        self.microphone.track.as_ref().map(|t| t.device.clone())
    }

    pub(crate) fn camera_in_use(&self) -> Option<String> {
        self.camera.track.as_ref().map(|t| t.device.clone())
    }

    /// The speaker that sound goes to; `None` is the system's default, also while the chosen one is
    /// not there. What a browser that was not asked yet lists is nothing.
    pub(crate) fn speaker_in_use(&self) -> Option<String> {
        let (chosen, listed) = (&self.settings.speaker, &self.devices.speakers);
        let is_there = |id: &&String| listed.is_empty() || listed.iter().any(|s| s.id == **id);
        chosen.as_ref().filter(is_there).cloned()
    }
}

impl Source {
    fn want(&mut self, on: bool) {
        self.wanted = on;
        if on {
            self.problem = None;
        } else {
            self.vanished = false;
        }
    }

    fn choose(&mut self) {
        self.fallback = false;
        self.problem = None;
        self.choice += 1;
    }

    fn look_again(&mut self) {
        if self.problem == Some(MediaProblem::NotFound) {
            self.problem = None;
            self.fallback = false;
        }
    }

    fn needs_track(&self) -> bool {
        self.problem.is_none() && (self.track.is_none() || self.answered != self.choice)
    }

    fn opened(&mut self, device: Option<String>, serial: u32, choice: u32) {
        self.answered = choice;
        self.problem = None;
        self.reopening = false;
        self.track = Some(Track {
            device: device.unwrap_or_default(),
            serial,
        });
    }

    fn view(&self) -> MediaView {
        match (self.wanted, &self.track, self.problem) {
            (false, _, _) => MediaView::Off,
            (true, Some(_), _) => MediaView::On,
            (true, None, Some(problem)) => MediaView::Problem(problem),
            (true, None, None) => MediaView::Starting,
        }
    }
}

#[cfg(test)]
mod tests;
