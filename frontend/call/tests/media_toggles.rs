//! Microphone, camera and screen in a running call: what the others see of it.

use std::time::Duration;

use crate::common::{SECOND, World};
use call::{DeviceKind, Intent, MediaProblem, MediaView, NoticeKind, Slot, Switch};

#[test]
fn a_muted_microphone_stays_attached_and_the_others_know() {
    let mut world = World::new(1);
    let all = world.call_of(&["Anna", "Bob"]);
    world.say(all[0], Intent::SetMicrophone(false));
    world.run(SECOND);
    world.check();
    assert!(!world.sees(all[1], "Anna").unwrap().microphone);
    assert!(!world.pages[all[0]].microphone_enabled);
    assert_eq!(world.tracks_sent(all[0]), 2);
}

#[test]
fn a_camera_that_is_off_is_let_go_and_nothing_is_sent_for_it() {
    let mut world = World::new(2);
    let all = world.call_of(&["Anna", "Bob"]);
    world.say(all[0], Intent::SetCamera(false));
    world.run(SECOND);
    world.check();
    assert!(!world.pages[all[0]].live[1], "its light is out");
    assert_eq!(world.tracks_sent(all[0]), 1);
    world.say(all[0], Intent::SetCamera(true));
    world.run(2 * SECOND);
    world.check();
    assert!(world.sees(all[1], "Anna").unwrap().camera);
}

#[test]
fn a_track_that_the_browser_refuses_to_change_is_changed_all_the_same() {
    let mut world = World::new(12);
    let all = world.call_of(&["Anna", "Bob"]);
    assert_eq!(world.tracks_sent(all[0]), 2);
    for on in [false, true] {
        world.refuse_tracks(all[0], 2);
        world.say(all[0], Intent::SetCamera(on));
        world.run(SECOND);
        world.check();
        assert_eq!(world.tracks_sent(all[0]), if on { 2 } else { 1 });
    }
    // One that never takes it is not asked for ever.
    world.refuse_tracks(all[0], u8::MAX);
    world.say(all[0], Intent::SetCamera(false));
    world.run(SECOND);
    let asked = u8::MAX - world.refusals_left(all[0]);
    assert!(asked < 10, "{asked}");
}

#[test]
fn toggles_and_screens_make_no_new_connection_and_no_negotiation() {
    let mut world = World::new(3);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    let before = world.negotiations();
    for on in [true, false, true] {
        world.say(all[0], Intent::SetScreen(on));
        world.say(all[1], Intent::SetScreen(!on));
        world.say(all[2], Intent::SetCamera(!on));
        world.run(2 * SECOND);
        world.check();
    }
    assert_eq!(world.negotiations(), before);
    assert!(world.sees(all[1], "Anna").unwrap().screen_audio);
}

#[test]
fn quick_clicks_end_where_the_last_one_points() {
    for seed in 20..40 {
        let mut world = World::new(seed);
        let all = world.call_of(&["Anna", "Bob"]);
        for click in 0..9 {
            let on = click % 2 == 1;
            world.say(all[0], Intent::SetCamera(on));
            world.say(all[0], Intent::SetMicrophone(!on));
            world.say(all[0], Intent::SetScreen(on));
            let pause = world.random.millis(0, 300);
            world.run(pause);
        }
        world.run(3 * SECOND);
        world.check();
        assert_eq!(world.view(all[0]).me.camera, MediaView::Off);
        assert_eq!(world.view(all[0]).me.microphone, MediaView::On);
    }
}

#[test]
fn a_call_works_without_any_device() {
    let mut world = World::new(4);
    world.deny = true;
    let anna = world.open("Anna");
    world.deny = false;
    let bob = world.join("Bob");
    world.say(anna, Intent::Join);
    world.run(5 * SECOND);
    world.check();
    let denied = MediaView::Problem(MediaProblem::Denied);
    assert_eq!(world.view(anna).me.camera, denied);
    assert!(!world.sees(bob, "Anna").unwrap().microphone);
}

#[test]
fn an_unplugged_camera_ends_the_picture_and_the_call_goes_on() {
    let mut world = World::new(5);
    let all = world.call_of(&["Anna", "Bob"]);
    world.pages[all[0]].has_camera = false;
    world.pull(all[0], Slot::Camera, DeviceKind::Camera);
    world.run(2 * SECOND);
    world.check();
    assert!(!world.sees(all[1], "Anna").unwrap().camera);
    assert!(world.sees(all[1], "Anna").unwrap().microphone);
    let told = |world: &World| {
        let mut notices = world.view(all[0]).notices.into_iter();
        notices.any(|notice| notice.kind == NoticeKind::CameraGone(false))
    };
    assert!(told(&world));

    world.pages[all[0]].has_camera = true;
    world.say(all[0], Intent::SetCamera(true));
    world.run(2 * SECOND);
    world.check();
    assert!(world.sees(all[1], "Anna").unwrap().camera);
    assert!(!told(&world), "there is one again");
}

#[test]
fn another_camera_takes_the_place_of_the_one_in_every_connection() {
    let mut world = World::new(6);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    // Past the heartbeats, which would be counted.
    world.run(2 * SECOND);
    let before = world.commands;
    world.say(
        all[0],
        Intent::ChooseDevice {
            kind: DeviceKind::Camera,
            id: Some("other".to_owned()),
        },
    );
    world.run(SECOND);
    world.check();
    // Remember, Acquire, and one SetTrack for each of the others.
    assert_eq!(world.commands - before, 4);
    let used = world.view(all[0]).me.camera_in_use;
    assert_eq!(used.as_deref(), Some("other"));
}

#[test]
fn a_screen_stopped_with_the_browsers_own_button_is_gone_everywhere() {
    let mut world = World::new(7);
    let all = world.call_of(&["Anna", "Bob"]);
    world.say(all[0], Intent::SetScreen(true));
    world.run(SECOND);
    assert!(world.sees(all[1], "Anna").unwrap().screen);
    world.pull(all[0], Slot::Screen, DeviceKind::Screen);
    world.run(Duration::from_millis(500));
    world.check();
    assert!(!world.sees(all[1], "Anna").unwrap().screen);
}

#[test]
fn who_wants_sound_alone_sends_and_gets_no_picture_and_negotiates_nothing() {
    let mut world = World::new(31);
    let all = world.call_of(&["Anna", "Bob"]);
    world.say(all[1], Intent::SetScreen(true));
    world.run(2 * SECOND);
    let before = world.negotiations();
    world.say(all[0], Intent::Turn(Switch::AudioOnly, true));
    world.run(SECOND);
    world.check();
    assert_eq!(world.tracks_sent(all[0]), 1, "her voice alone");
    assert_eq!(world.tracks_sent(all[1]), 1, "his, too");
    let bob = world.sees(all[0], "Bob").unwrap();
    assert!(!bob.camera && !bob.screen && bob.microphone);
    assert_eq!(world.view(all[1]).me.camera, MediaView::On);

    world.say(all[0], Intent::Turn(Switch::AudioOnly, false));
    world.run(SECOND);
    world.check();
    assert_eq!(world.tracks_sent(all[1]), 4);
    assert!(world.sees(all[0], "Bob").unwrap().screen);
    assert_eq!(world.view(all[0]).me.camera, MediaView::Off);
    assert_eq!(world.negotiations(), before);
}

#[test]
fn who_saves_data_sends_little_to_everybody_also_to_who_comes_later() {
    let mut world = World::new(32);
    let all = world.call_of(&["Anna", "Bob"]);
    assert!(!world.saves_data(all[0]));
    world.say(all[0], Intent::Turn(Switch::DataSaver, true));
    world.run(SECOND);
    world.join("Carol");
    world.run(5 * SECOND);
    world.check();
    assert!(world.saves_data(all[0]) && !world.saves_data(all[1]));
    world.say(all[0], Intent::Turn(Switch::DataSaver, false));
    world.run(SECOND);
    assert!(!world.saves_data(all[0]));
}
