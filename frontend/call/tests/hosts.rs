//! Who decides: hosts, the lock, knocking, and what a host may ask of the others' browsers.

use call::{HostRequest, Intent, MediaView, NoticeKind, PeerKey, Phase};
use protocol::{RoomAction, RoomState, ServerMessage};

use crate::common::{SECOND, Who, World};

fn key(world: &World, who: Who, name: &str) -> PeerKey {
    world.sees(who, name).unwrap().key
}

fn act(world: &mut World, who: Who, action: RoomAction, about: Option<&str>) {
    let about = about.map(|name| key(world, who, name));
    world.say(who, Intent::Room(action, about));
    world.run(SECOND);
}

fn request(world: &mut World, who: Who, name: &str, request: HostRequest) {
    let key = key(world, who, name);
    world.say(who, Intent::Request(key, request));
    world.run(SECOND);
}

fn hosts(world: &World, who: Who) -> Vec<String> {
    let view = world.view(who);
    let others = view.participants.iter().filter(|p| p.host);
    let names = others.filter_map(|p| p.name.as_ref());
    let mut names: Vec<String> = names.map(|name| name.as_str().to_owned()).collect();
    if view.me.host {
        names.push("me".to_owned());
    }
    names
}

#[test]
fn the_first_is_host_shares_it_and_is_followed() {
    let mut world = World::new(1);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    let first = all.iter().copied().find(|who| world.view(*who).me.host);
    let first = first.unwrap();
    let others: Vec<Who> = all.iter().copied().filter(|who| *who != first).collect();
    let name = world.pages[others[0]].name.clone();
    assert_eq!(hosts(&world, others[0]).len(), 1);
    act(&mut world, first, RoomAction::MakeHost, Some(&name));
    assert_eq!(hosts(&world, others[0]).len(), 2);
    world.say(first, Intent::Leave);
    world.run(SECOND);
    assert_eq!(hosts(&world, others[0]), ["me"]);
    world.say(others[0], Intent::Leave);
    world.run(SECOND);
    assert_eq!(hosts(&world, others[1]), ["me"], "who is left decides");
}

/// Anna, who is host, and Bob.
fn two(seed: u64) -> (World, Who, Who) {
    let mut world = World::new(seed);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let bob = world.join("Bob");
    world.run(10 * SECOND);
    world.check();
    assert!(world.view(anna).me.host);
    (world, anna, bob)
}

#[test]
fn in_a_locked_room_one_knocks_by_name_and_is_connected_with_nobody_before() {
    let (mut world, anna, bob) = two(2);
    act(&mut world, anna, RoomAction::Lock, None);
    assert!(world.view(bob).locked);
    let carol = world.open("Carol");
    world.run(5 * SECOND);
    assert_eq!(world.pages[carol].opened, 0, "nothing is warmed");
    world.say(carol, Intent::Join);
    world.run(2 * SECOND);
    let view = world.view(carol);
    assert!(view.waiting && !view.entered && view.phase == Phase::Joining);
    for who in [anna, bob] {
        let seen = world.sees(who, "Carol").unwrap();
        assert!(seen.knocking && !seen.in_call);
    }
    assert_eq!(world.pages[carol].opened, 0);
    act(&mut world, anna, RoomAction::Admit, Some("Carol"));
    world.run(5 * SECOND);
    assert_eq!(world.view(carol).phase, Phase::InCall);
    world.check();
    assert!(world.is_connected(bob, "Carol"));
}

#[test]
fn who_is_refused_is_told_and_may_ask_again_or_stop_waiting() {
    let (mut world, anna, _) = two(3);
    act(&mut world, anna, RoomAction::Lock, None);
    let carol = world.join("Carol");
    world.run(5 * SECOND);
    act(&mut world, anna, RoomAction::Refuse, Some("Carol"));
    let view = world.view(carol);
    assert_eq!(view.phase, Phase::Lobby);
    assert!(
        view.notices
            .iter()
            .any(|n| n.kind == NoticeKind::NotAdmitted)
    );
    world.say(carol, Intent::Join);
    world.run(SECOND);
    assert!(world.view(carol).waiting);
    world.say(carol, Intent::StopWaiting);
    world.run(SECOND);
    assert_eq!(world.view(carol).phase, Phase::Lobby);
    assert!(!world.sees(anna, "Carol").is_some_and(|seen| seen.knocking));
    world.say(carol, Intent::Join);
    world.run(SECOND);
    world.say(anna, Intent::AdmitAll);
    world.run(5 * SECOND);
    assert_eq!(world.view(carol).phase, Phase::InCall);
    world.check();
}

#[test]
fn who_says_they_are_in_a_locked_call_gets_no_picture_by_saying_so() {
    let (mut world, anna, bob) = two(4);
    act(&mut world, anna, RoomAction::Lock, None);
    let carol = world.open("Carol");
    world.run(5 * SECOND);
    // Carol's page behaves as if it had been let in: her server tells her so.
    let present = world.server.present();
    for id in &present {
        let id = id.clone();
        world.server.lie_to_newest(ServerMessage::Joined { id });
    }
    world
        .server
        .lie_to_newest(ServerMessage::Room(RoomState::default()));
    world.say(carol, Intent::Join);
    world.run(10 * SECOND);
    for who in [anna, bob] {
        assert!(!world.is_connected(who, "Carol"));
        assert_eq!(world.pages[who].opened, 1);
    }
}

#[test]
fn who_is_removed_is_told_and_gone_and_has_to_knock() {
    let (mut world, anna, bob) = two(5);
    let token = world.pages[bob].token.clone();
    act(&mut world, anna, RoomAction::Remove, Some("Bob"));
    assert_eq!(world.view(bob).phase, Phase::Removed);
    assert!(world.sees(anna, "Bob").is_none());
    assert_eq!(world.pages[bob].live, [false; 4], "devices are let go of");
    let again = world.open_with("Bob", |config| config.replaces = token);
    world.run(5 * SECOND);
    assert_eq!(world.pages[again].opened, 0);
    world.say(again, Intent::Join);
    world.run(2 * SECOND);
    assert!(world.view(again).waiting, "although it is not locked");
    act(&mut world, anna, RoomAction::Admit, Some("Bob"));
    world.run(5 * SECOND);
    assert!(world.is_connected(anna, "Bob"));
}

#[test]
fn a_host_mutes_and_asks_and_only_the_person_unmutes() {
    let (mut world, anna, bob) = two(6);
    request(&mut world, anna, "Bob", HostRequest::Unmute);
    assert_eq!(world.view(bob).notices, [], "he is heard already");
    request(&mut world, anna, "Bob", HostRequest::Mute);
    assert_eq!(world.view(bob).me.microphone, MediaView::Off);
    assert!(!world.pages[bob].microphone_enabled);
    assert!(!world.sees(anna, "Bob").unwrap().microphone);
    let by = key(&world, bob, "Anna");
    let name = "Anna".parse().ok();
    let kinds = |world: &World| -> Vec<NoticeKind> {
        let notices = world.view(bob).notices;
        notices.into_iter().map(|notice| notice.kind).collect()
    };
    assert_eq!(kinds(&world), [NoticeKind::MutedBy(by, name.clone())]);
    request(&mut world, anna, "Bob", HostRequest::Unmute);
    assert_eq!(world.view(bob).me.microphone, MediaView::Off, "it is his");
    assert!(kinds(&world).contains(&NoticeKind::AskedToUnmute(by, name)));
    world.say(bob, Intent::SetMicrophone(true));
    world.run(SECOND);
    assert_eq!(kinds(&world), []);
    assert!(world.sees(anna, "Bob").unwrap().microphone);
}

#[test]
fn a_guest_is_not_obeyed_whatever_their_page_believes() {
    let (mut world, anna, bob) = two(7);
    // Bob's server tells him, and him alone, that he is host.
    let ids = world.server.present();
    let told = RoomState {
        hosts: ids,
        ..RoomState::default()
    };
    world.server.lie_to_newest(ServerMessage::Room(told));
    world.run(SECOND);
    let millis = world.millis();
    world.say(anna, Intent::SetHand(Some(millis)));
    world.run(SECOND);
    let guest = if world.view(bob).me.host { bob } else { anna };
    assert_eq!(guest, bob);
    request(&mut world, bob, "Anna", HostRequest::Mute);
    world.say(bob, Intent::LowerHands);
    world.run(SECOND);
    let view = world.view(anna);
    assert_eq!(view.me.microphone, MediaView::On);
    assert!(view.me.hand.is_some());
    assert_eq!(view.notices, []);
}

#[test]
fn a_host_lowers_all_hands() {
    let (mut world, anna, bob) = two(8);
    for who in [anna, bob] {
        let millis = world.millis();
        world.say(who, Intent::SetHand(Some(millis)));
        world.run(SECOND);
    }
    world.say(bob, Intent::LowerHands);
    world.run(SECOND);
    assert!(world.view(bob).me.hand.is_some(), "a guest lowers nobody's");
    world.say(anna, Intent::LowerHands);
    world.run(SECOND);
    assert_eq!(world.view(anna).me.hand, None);
    assert_eq!(world.view(bob).me.hand, None);
}

#[test]
fn after_a_restart_of_the_server_the_hosts_and_the_lock_are_as_before() {
    for seed in 20..26 {
        let mut world = World::new(seed);
        let anna = world.join("Anna");
        world.run(3 * SECOND);
        let others = [world.join("Bob"), world.join("Carol")];
        world.run(10 * SECOND);
        act(&mut world, anna, RoomAction::Lock, None);
        world.kill_server();
        world.run(SECOND);
        world.start_server();
        world.run(20 * SECOND);
        world.check();
        assert!(world.view(anna).me.host, "seed {seed}");
        assert!(world.view(anna).locked, "seed {seed}");
        for who in others {
            assert!(!world.view(who).me.host, "seed {seed}");
            assert_eq!(world.pages[who].opened, 2, "seed {seed}");
        }
    }
}

#[test]
fn who_is_removed_while_their_socket_is_broken_is_out_as_well() {
    let (mut world, anna, bob) = two(9);
    world.deaden_socket(bob);
    act(&mut world, anna, RoomAction::Remove, Some("Bob"));
    world.run(60 * SECOND);
    assert_eq!(world.view(bob).phase, Phase::Removed);
    assert!(world.sees(anna, "Bob").is_none());
}
