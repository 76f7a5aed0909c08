use super::*;
use crate::input::Device;

struct Bench {
    media: Media,
    out: VecDeque<Command>,
}

fn begin(settings: Settings) -> Bench {
    let mut world = Bench {
        media: Media::new(settings),
        out: VecDeque::new(),
    };
    world.media.settle(&mut world.out);
    world
}

impl Bench {
    fn commands(&mut self) -> Vec<Command> {
        self.out.drain(..).collect()
    }

    /// The one prompt that must be open now.
    fn prompt(&mut self) -> (u32, AcquireRequest) {
        let commands = self.commands();
        let [Command::Acquire { attempt, request }] = commands.as_slice() else {
            panic!("expected one prompt, got {commands:?}");
        };
        (*attempt, request.clone())
    }

    fn acquired(
        &mut self,
        attempt: u32,
        microphone: Option<&str>,
        camera: Option<&str>,
    ) -> Vec<NoticeKind> {
        self.event(MediaEvent::Acquired {
            attempt,
            microphone: microphone.map(str::to_owned),
            camera: camera.map(str::to_owned),
            screen: None,
        })
    }

    fn refused(&mut self, attempt: u32, problem: MediaProblem) -> Vec<NoticeKind> {
        self.event(MediaEvent::Refused { attempt, problem })
    }

    fn event(&mut self, event: MediaEvent) -> Vec<NoticeKind> {
        let notices = self.media.handle(event, &mut self.out);
        self.media.settle(&mut self.out);
        notices
    }

    fn set(&mut self, change: impl FnOnce(&mut Media)) {
        change(&mut self.media);
        self.media.settle(&mut self.out);
    }
}

/// Both open and on.
fn running() -> Bench {
    let mut world = begin(Settings::default());
    let (attempt, _) = world.prompt();
    world.acquired(attempt, Some("mic"), Some("cam"));
    assert_eq!(world.commands(), []);
    world
}

fn capture() -> Capture {
    Capture {
        lines: 720,
        ..Capture::default()
    }
}

fn devices(microphone: bool, camera: bool) -> AcquireRequest {
    AcquireRequest::Devices {
        microphone: microphone.then_some(None),
        camera: camera.then_some(None),
        capture: capture(),
    }
}

#[test]
fn both_are_asked_for_in_one_prompt() {
    let mut world = begin(Settings::default());
    let (attempt, request) = world.prompt();
    assert_eq!(request, devices(true, true));
    assert_eq!(world.media.camera_view(), MediaView::Starting);
    world.acquired(attempt, Some("mic"), Some("cam"));
    assert_eq!(world.media.camera_view(), MediaView::On);
    assert_eq!(world.media.microphone_in_use().as_deref(), Some("mic"));
    assert!(world.media.state().microphone && world.media.state().camera);
}

#[test]
fn what_was_off_last_time_starts_off() {
    let mut world = begin(Settings {
        camera_on: false,
        microphone_on: false,
        ..Settings::default()
    });
    let (attempt, request) = world.prompt();
    assert_eq!(
        request,
        devices(true, false),
        "a camera that is off stays dark"
    );
    world.acquired(attempt, Some("mic"), None);
    assert_eq!(world.commands(), [Command::EnableMicrophone(false)]);
    assert!(!world.media.state().microphone);
}

#[test]
fn a_refusal_of_both_leads_to_each_alone() {
    let mut world = begin(Settings::default());
    let (attempt, _) = world.prompt();
    world.refused(attempt, MediaProblem::NotFound);
    let (attempt, request) = world.prompt();
    assert_eq!(request, devices(true, false));
    world.acquired(attempt, Some("mic"), None);
    let (attempt, request) = world.prompt();
    assert_eq!(request, devices(false, true));
    world.refused(attempt, MediaProblem::NotFound);
    assert_eq!(world.commands(), []);
    assert_eq!(world.media.microphone_view(), MediaView::On);
    assert_eq!(
        world.media.camera_view(),
        MediaView::Problem(MediaProblem::NotFound)
    );
}

#[test]
fn a_denied_device_is_not_asked_for_again_until_the_person_wants_it() {
    let mut world = begin(Settings {
        camera_on: false,
        ..Settings::default()
    });
    let (attempt, _) = world.prompt();
    world.refused(attempt, MediaProblem::Denied);
    assert_eq!(world.commands(), []);
    assert_eq!(
        world.media.microphone_view(),
        MediaView::Problem(MediaProblem::Denied)
    );
    world.set(Media::retry);
    assert_eq!(world.prompt().1, devices(true, false));
}

#[test]
fn the_microphone_is_muted_without_letting_it_go() {
    let mut world = running();
    world.set(|m| m.set_microphone(false));
    assert_eq!(world.commands(), [Command::EnableMicrophone(false)]);
    assert!(world.media.track(Slot::Microphone).is_some());
    world.set(|m| m.set_microphone(true));
    assert_eq!(world.commands(), [Command::EnableMicrophone(true)]);
}

#[test]
fn a_camera_that_is_off_is_let_go_so_that_its_light_goes_out() {
    let mut world = running();
    world.set(|m| m.set_camera(false));
    assert_eq!(world.commands(), [Command::Release(Slot::Camera)]);
    assert_eq!(world.media.track(Slot::Camera), None);
    world.set(|m| m.set_camera(true));
    assert_eq!(world.prompt().1, devices(false, true));
}

#[test]
fn clicks_during_a_change_only_alter_where_it_leads() {
    let mut world = running();
    world.set(|m| m.set_camera(false));
    world.set(|m| m.set_camera(true));
    world.set(|m| m.set_camera(false));
    world.set(|m| m.set_camera(true));
    world.set(|m| m.set_camera(false));
    let commands = world.commands();
    let [
        Command::Release(Slot::Camera),
        Command::Acquire { attempt, .. },
    ] = commands.as_slice()
    else {
        panic!("{commands:?}");
    };
    world.acquired(*attempt, None, Some("cam"));
    assert_eq!(world.commands(), [Command::Release(Slot::Camera)]);
}

#[test]
fn another_device_replaces_the_one_in_use() {
    let mut world = running();
    let before = world.media.track(Slot::Camera);
    world.set(|m| m.choose(DeviceKind::Camera, Some("other".to_owned())));
    let (attempt, request) = world.prompt();
    assert_eq!(
        request,
        AcquireRequest::Devices {
            microphone: None,
            camera: Some(Some("other".to_owned())),
            capture: capture(),
        }
    );
    world.acquired(attempt, None, Some("other"));
    assert_ne!(world.media.track(Slot::Camera), before);
    assert_eq!(world.media.camera_in_use().as_deref(), Some("other"));
}

#[test]
fn a_device_chosen_while_the_prompt_is_open_is_opened_next() {
    let mut world = begin(Settings::default());
    let (attempt, _) = world.prompt();
    world.set(|m| m.choose(DeviceKind::Microphone, Some("other".to_owned())));
    world.acquired(attempt, Some("mic"), Some("cam"));
    let (_, request) = world.prompt();
    assert_eq!(
        request,
        AcquireRequest::Devices {
            microphone: Some(Some("other".to_owned())),
            camera: None,
            capture: capture(),
        }
    );
}

#[test]
fn a_remembered_device_that_is_gone_gives_way_to_the_default() {
    let mut world = begin(Settings {
        microphone: Some("headset".to_owned()),
        camera_on: false,
        ..Settings::default()
    });
    let (attempt, _) = world.prompt();
    world.refused(attempt, MediaProblem::NotFound);
    assert_eq!(world.prompt().1, devices(true, false));
}

#[test]
fn an_unplugged_device_gives_way_to_another_and_the_person_is_told() {
    let mut world = running();
    world.event(MediaEvent::Ended(DeviceKind::Microphone));
    let (attempt, request) = world.prompt();
    assert_eq!(request, devices(true, false));
    assert_eq!(
        world.acquired(attempt, Some("built-in"), None),
        [NoticeKind::MicrophoneGone(true)]
    );
}

#[test]
fn an_unplugged_device_without_another_is_told_and_comes_back_when_plugged_in() {
    let mut world = running();
    world.event(MediaEvent::Ended(DeviceKind::Camera));
    let (attempt, _) = world.prompt();
    assert_eq!(
        world.refused(attempt, MediaProblem::NotFound),
        [NoticeKind::CameraGone(false)]
    );
    assert_eq!(
        world.media.camera_view(),
        MediaView::Problem(MediaProblem::NotFound)
    );
    world.event(MediaEvent::Devices(Devices {
        cameras: vec![Device {
            id: "cam".to_owned(),
            label: "Camera".to_owned(),
        }],
        ..Devices::default()
    }));
    assert_eq!(world.prompt().1, devices(false, true));
}

#[test]
fn a_speaker_that_vanishes_gives_way_to_the_default_and_has_the_sound_again_when_it_is_back() {
    let mut world = begin(Settings {
        speaker: Some("headset".to_owned()),
        ..Settings::default()
    });
    let listed = |ids: &[&str]| {
        let device = |id: &&str| Device {
            id: (*id).to_owned(),
            label: String::new(),
        };
        MediaEvent::Devices(Devices {
            speakers: ids.iter().map(device).collect(),
            ..Devices::default()
        })
    };
    let headset = Some("headset".to_owned());
    assert_eq!(
        world.media.speaker_in_use(),
        headset,
        "nothing is listed yet"
    );
    world.event(listed(&["default", "headset"]));
    assert_eq!(world.media.speaker_in_use(), headset);
    world.event(listed(&["default"]));
    assert_eq!(world.media.speaker_in_use(), None);
    world.event(listed(&["default", "headset"]));
    assert_eq!(world.media.speaker_in_use(), headset);
}

#[test]
fn a_screen_comes_and_goes_by_the_persons_click() {
    let mut world = running();
    world.set(|m| m.set_screen(true));
    let (attempt, request) = world.prompt();
    assert_eq!(request, AcquireRequest::Screen);
    world.event(MediaEvent::Acquired {
        attempt,
        microphone: None,
        camera: None,
        screen: Some(true),
    });
    assert!(world.media.state().screen && world.media.state().screen_audio);
    world.set(|m| m.set_screen(false));
    assert_eq!(
        world.commands(),
        [
            Command::Release(Slot::Screen),
            Command::Release(Slot::ScreenAudio),
        ]
    );
}

#[test]
fn a_screen_dialog_that_was_closed_is_nothing_to_complain_of() {
    let mut world = running();
    world.set(|m| m.set_screen(true));
    let (attempt, _) = world.prompt();
    assert_eq!(world.refused(attempt, MediaProblem::Cancelled), []);
    assert_eq!(world.media.screen_view(), MediaView::Off);
}

#[test]
fn a_screen_stopped_by_the_browsers_button_is_told() {
    let mut world = running();
    world.set(|m| m.set_screen(true));
    let (attempt, _) = world.prompt();
    world.event(MediaEvent::Acquired {
        attempt,
        microphone: None,
        camera: None,
        screen: Some(false),
    });
    assert_eq!(
        world.event(MediaEvent::Ended(DeviceKind::Screen)),
        [NoticeKind::ScreenEnded]
    );
    assert_eq!(world.media.screen_view(), MediaView::Off);
}

#[test]
fn what_is_opened_after_leaving_is_closed_at_once() {
    let mut world = begin(Settings::default());
    let (attempt, _) = world.prompt();
    world.media.close(&mut world.out);
    world.acquired(attempt, Some("mic"), Some("cam"));
    assert_eq!(
        world.commands(),
        [
            Command::Release(Slot::Microphone),
            Command::Release(Slot::Camera),
        ]
    );
}

#[test]
fn a_switch_of_the_microphone_opens_it_anew_and_leaves_the_camera_alone() {
    let mut world = running();
    let before = world.media.track(Slot::Microphone);
    world.set(|m| m.turn(Switch::NoiseSuppression, false));
    let commands = world.commands();
    let [
        Command::Release(Slot::Microphone),
        Command::Acquire { attempt, request },
    ] = commands.as_slice()
    else {
        panic!("{commands:?}");
    };
    let AcquireRequest::Devices {
        microphone: Some(None),
        camera: None,
        capture,
    } = request
    else {
        panic!("{request:?}");
    };
    assert!(!capture.switches.has(Switch::NoiseSuppression));
    assert!(capture.switches.has(Switch::EchoCancellation));
    assert!(world.media.state().microphone, "nobody is told of it");
    world.acquired(*attempt, Some("mic"), None);
    assert_ne!(world.media.track(Slot::Microphone), before);
    world.set(|m| m.turn(Switch::NoiseSuppression, false));
    world.set(|m| m.turn(Switch::Mirror, false));
    assert_eq!(world.commands(), [], "nothing that a device knows of");
}

#[test]
fn another_size_is_asked_of_a_camera_that_is_on_and_waits_for_one_that_is_off() {
    let mut world = running();
    world.set(|m| m.set_lines(360));
    let (attempt, request) = world.prompt();
    assert!(matches!(
        request,
        AcquireRequest::Devices {
            microphone: None,
            capture: Capture { lines: 360, .. },
            ..
        }
    ));
    world.acquired(attempt, None, Some("cam"));
    world.set(|m| m.set_camera(false));
    assert_eq!(world.commands(), [Command::Release(Slot::Camera)]);
    world.set(|m| m.set_lines(1080));
    assert_eq!(world.commands(), [], "its light stays out");
}

#[test]
fn sound_alone_turns_the_camera_off_and_a_camera_ends_it() {
    let mut world = running();
    world.set(|m| m.turn(Switch::AudioOnly, true));
    assert_eq!(world.commands(), [Command::Release(Slot::Camera)]);
    assert!(world.media.state().sound_only && !world.media.settings().camera_on);
    world.set(|m| m.turn(Switch::AudioOnly, false));
    assert_eq!(world.commands(), [], "it stays dark until it is turned on");
    world.set(|m| m.turn(Switch::AudioOnly, true));
    world.set(|m| m.set_camera(true));
    assert!(!world.media.has(Switch::AudioOnly));
    world.prompt();
}

#[test]
fn a_microphone_that_does_not_come_back_is_told_of() {
    let mut world = running();
    world.set(|m| m.turn(Switch::EchoCancellation, false));
    let commands = world.commands();
    let [_, Command::Acquire { attempt, .. }] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    world.refused(*attempt, MediaProblem::InUse);
    assert!(!world.media.state().microphone);
    assert_eq!(
        world.media.microphone_view(),
        MediaView::Problem(MediaProblem::InUse)
    );
}

#[test]
fn a_switch_turned_while_a_prompt_is_open_closes_what_that_brings_first() {
    let mut world = begin(Settings::default());
    let (attempt, _) = world.prompt();
    world.set(|m| m.turn(Switch::GainControl, false));
    assert_eq!(world.commands(), []);
    world.acquired(attempt, Some("mic"), Some("cam"));
    assert!(matches!(
        world.commands().as_slice(),
        [Command::Release(Slot::Microphone), Command::Acquire { .. }]
    ));
}
