//! Who decides, who knocks, who is sent out.

use super::*;
use crate::address::Loopback;
use protocol::{MAX_KNOCKS, RoomState};

/// Ada, who is the host, and bob, both in the call and with everything read.
fn two_in_call(world: &mut World) -> [ParticipantId; 2] {
    let both = world.two_in("tea");
    for (id, socket) in both.iter().zip([1, 2]) {
        world.rooms.join(START, id);
        world.hear(&both[0], 1);
        world.hear(id, socket);
    }
    both
}

fn rule(world: &World) -> RoomState {
    world.rooms.rule_of(&"tea".parse().unwrap())
}

#[test]
fn who_joins_first_is_the_host_and_all_hear_of_it() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    assert_eq!(rule(&world).hosts, [], "nobody is in the call");
    world.rooms.join(START, &bob);
    world.rooms.join(START, &ada);
    let told = ServerMessage::Room(RoomState {
        hosts: vec![bob.clone()],
        ..RoomState::default()
    });
    assert!(world.hear_all(&ada, 1).contains(&told));
    let cid = world.enter("tea", 3);
    assert!(matches!(
        &world.hear(&cid, 3)[..],
        [ServerMessage::Welcome { room, .. }] if room.hosts == [bob]
    ));
}

#[test]
fn a_guest_decides_nothing() {
    let mut world = World::default();
    let [ada, bob] = two_in_call(&mut world);
    let before = rule(&world);
    for action in [
        RoomAction::Lock,
        RoomAction::Unlock,
        RoomAction::Admit,
        RoomAction::Refuse,
        RoomAction::Remove,
        RoomAction::MakeHost,
        RoomAction::StepDown,
    ] {
        for about in [&ada, &bob] {
            world.rooms.act(&bob, action, Some(about));
            assert_eq!(world.hear(&bob, 2), [refused(RefuseReason::NotHost)]);
        }
    }
    assert_eq!(rule(&world), before);
    assert_eq!(world.hear_all(&ada, 1), []);
    assert_eq!(world.closed(), []);
}

#[test]
fn a_host_of_one_room_is_none_in_another() {
    let mut world = World::default();
    let [ada, _] = two_in_call(&mut world);
    let cid = world.enter("coffee", 3);
    world.rooms.join(START, &cid);
    world.hear(&cid, 3);
    world.rooms.act(&cid, RoomAction::Remove, Some(&ada));
    assert_eq!(
        world.hear(&cid, 3),
        [refused(RefuseReason::UnknownRecipient)]
    );
    assert_eq!(world.closed(), []);
}

#[test]
fn the_role_is_shared_and_handed_over() {
    let mut world = World::default();
    let [ada, bob] = two_in_call(&mut world);
    world.rooms.act(&ada, RoomAction::MakeHost, Some(&bob));
    assert_eq!(rule(&world).hosts, [ada.clone(), bob.clone()]);
    world.rooms.act(&ada, RoomAction::StepDown, None);
    assert_eq!(rule(&world).hosts, std::slice::from_ref(&bob));
    // Who gives it up without naming anybody has a successor.
    world.rooms.act(&bob, RoomAction::MakeHost, Some(&ada));
    world.rooms.act(&ada, RoomAction::StepDown, None);
    world.rooms.act(&bob, RoomAction::StepDown, None);
    assert_eq!(rule(&world).hosts, [], "both do not want to");
    let cid = world.enter("tea", 3);
    world.rooms.join(START, &cid);
    assert_eq!(rule(&world).hosts, [cid]);
}

#[test]
fn the_role_passes_to_who_has_been_in_longest_when_the_host_is_gone_for_good() {
    let mut world = World::default();
    let [ada, bob] = two_in_call(&mut world);
    let cid = world.enter("tea", 3);
    world.rooms.join(START, &cid);
    world.rooms.detach(START, &ada, &1, Gone::ForNow);
    world.rooms.expire(START + GRACE - Duration::from_millis(1));
    assert_eq!(rule(&world).hosts, [ada], "a lost socket is no farewell");
    world.rooms.expire(START + GRACE);
    assert_eq!(rule(&world).hosts, [bob]);
}

#[test]
fn a_host_who_gives_the_role_up_and_leaves_is_not_waited_for() {
    let mut world = World::default();
    let [ada, bob] = two_in_call(&mut world);
    world.rooms.act(&ada, RoomAction::StepDown, None);
    world.rooms.leave(START, &ada);
    assert_eq!(rule(&world).hosts, [bob]);
}

#[test]
fn a_host_who_loads_the_page_again_is_host_again() {
    let mut world = World::default();
    let [ada, bob] = two_in_call(&mut world);
    world.rooms.act(&ada, RoomAction::Lock, None);
    let token = world.token_of(&ada);
    world.rooms.detach(START, &ada, &1, Gone::ForGood);
    assert_eq!(rule(&world).hosts, [], "nobody takes it meanwhile");
    let again = world.try_enter("tea", 4, None, Some(token)).unwrap();
    assert_eq!(rule(&world).hosts, std::slice::from_ref(&again));
    world.rooms.join(START, &again);
    assert!(world.hear(&again, 4).contains(&joined(&again)));
    // Who is not back in time has lost it.
    world.rooms.detach(START, &again, &4, Gone::ForGood);
    world.rooms.expire(START + GRACE);
    assert_eq!(rule(&world).hosts, [bob]);
    let token = world.token_of(&again);
    let late = world.try_enter("tea", 5, None, Some(token)).unwrap();
    world.rooms.join(START, &late);
    assert_eq!(rule(&world).knocking, [late]);
}

#[test]
fn a_locked_room_waits_for_its_only_host_and_no_longer() {
    let mut world = World::default();
    let ada = world.enter("tea", 1);
    world.rooms.join(START, &ada);
    world.rooms.act(&ada, RoomAction::Lock, None);
    let token = world.token_of(&ada);
    world.rooms.leave(START, &ada);
    let again = world.try_enter("tea", 2, None, Some(token)).unwrap();
    assert!(rule(&world).locked);
    world.rooms.leave(START, &again);
    assert_eq!(world.rooms.counts().rooms, 1);
    world.rooms.expire(START + GRACE);
    assert_eq!(world.rooms.counts(), Counts::default());
    assert_eq!(world.rooms.next_deadline(), None);
}

#[test]
fn in_a_locked_room_newcomers_knock_and_are_admitted_or_refused() {
    let mut world = World::default();
    let [ada, bob] = two_in_call(&mut world);
    world.rooms.act(&ada, RoomAction::Lock, None);
    let cid = world.enter("tea", 3);
    let dan = world.enter("tea", 4);
    for id in [&cid, &dan] {
        world.rooms.join(START, id);
        world.rooms.join(START, id);
    }
    assert_eq!(rule(&world).knocking, [cid.clone(), dan.clone()]);
    world.hear(&cid, 3);
    world.hear(&dan, 4);
    world.rooms.act(&ada, RoomAction::Admit, Some(&cid));
    assert_eq!(world.hear(&cid, 3), [joined(&cid)]);
    world.rooms.act(&ada, RoomAction::Refuse, Some(&dan));
    assert_eq!(
        world.hear(&dan, 4),
        [joined(&cid), refused(RefuseReason::NotAdmitted)]
    );
    assert_eq!(rule(&world).knocking, []);
    world.hear(&ada, 1);
    world.rooms.act(&ada, RoomAction::Admit, Some(&dan));
    assert_eq!(
        world.hear(&ada, 1),
        [refused(RefuseReason::UnknownRecipient)],
        "dan does not wait any more"
    );
    // Whoever was in the call and loads the page again need not knock.
    let token = world.token_of(&bob);
    let again = world.try_enter("tea", 5, None, Some(token)).unwrap();
    world.rooms.join(START, &again);
    assert!(world.hear(&again, 5).contains(&joined(&again)));
}

#[test]
fn unlocking_lets_those_in_who_wait() {
    let mut world = World::default();
    let [ada, _] = two_in_call(&mut world);
    world.rooms.act(&ada, RoomAction::Lock, None);
    let [cid, dan] = [world.enter("tea", 3), world.enter("tea", 4)];
    world.rooms.join(START, &cid);
    world.rooms.join(START, &dan);
    world.rooms.act(&dan, RoomAction::Withdraw, None);
    world.rooms.act(&ada, RoomAction::Unlock, None);
    assert_eq!(rule(&world).knocking, []);
    assert!(world.hear(&cid, 3).contains(&joined(&cid)));
    assert!(
        !world.hear(&dan, 4).contains(&joined(&dan)),
        "dan went back"
    );
}

#[test]
fn who_was_admitted_to_a_full_call_need_not_knock_again() {
    let mut world = World::with(Limits {
        max_participants: 2,
        ..Limits::default()
    });
    let ada = world.enter("tea", 1);
    world.rooms.join(START, &ada);
    world.rooms.act(&ada, RoomAction::Lock, None);
    let [bob, cid] = [world.enter("tea", 2), world.enter("tea", 3)];
    world.rooms.join(START, &bob);
    world.rooms.join(START, &cid);
    world.rooms.act(&ada, RoomAction::Admit, Some(&bob));
    world.rooms.act(&ada, RoomAction::Admit, Some(&cid));
    let heard = world.hear(&cid, 3);
    assert_eq!(heard.last(), Some(&refused(RefuseReason::RoomFull)));
    world.rooms.leave(START, &bob);
    world.rooms.join(START, &cid);
    assert!(world.hear(&cid, 3).contains(&joined(&cid)));
}

#[test]
fn nobody_knocks_without_end() {
    let mut world = World::default();
    let [ada, _] = two_in_call(&mut world);
    world.rooms.act(&ada, RoomAction::Lock, None);
    let cid = world.enter("tea", 3);
    for _ in 0..MAX_KNOCKS {
        world.rooms.join(START, &cid);
        assert_eq!(rule(&world).knocking, std::slice::from_ref(&cid));
        world.rooms.act(&cid, RoomAction::Withdraw, None);
    }
    world.hear(&cid, 3);
    world.hear_all(&ada, 1);
    world.rooms.join(START, &cid);
    assert_eq!(world.hear(&cid, 3), [refused(RefuseReason::NotAdmitted)]);
    assert_eq!(world.hear_all(&ada, 1), []);
}

#[test]
fn who_was_removed_is_out_and_has_to_knock_from_then_on() {
    let mut world = World::default();
    let here = Address::of([192, 0, 2, 1].into(), Loopback::Counted);
    let there = Address::of([192, 0, 2, 2].into(), Loopback::Counted);
    let ada = world.enter("tea", 1);
    world.rooms.join(START, &ada);
    let bob = world.try_enter("tea", 2, here, None).unwrap();
    world.rooms.join(START, &bob);
    world.hear(&ada, 1);
    let token = world.token_of(&bob);
    world.rooms.act(&ada, RoomAction::Remove, Some(&bob));
    assert_eq!(world.closed(), [(2, CloseCode::Removed)]);
    assert_eq!(world.hear(&ada, 1), [left(&bob)]);
    let resumed = world.rooms.resume(&token, 1, 9).unwrap_err();
    assert_eq!(resumed, RefuseReason::UnknownToken);

    // In the same tab, and from the same address.
    let tab = world.try_enter("tea", 3, there, Some(token)).unwrap();
    let neighbour = world.try_enter("tea", 4, here, None).unwrap();
    let stranger = world.try_enter("tea", 5, there, None).unwrap();
    assert_eq!(rule(&world).barred, [tab.clone(), neighbour.clone()]);
    for id in [&tab, &neighbour, &stranger] {
        world.rooms.join(START, id);
    }
    assert_eq!(rule(&world).knocking, [tab.clone(), neighbour.clone()]);
    assert!(world.hear(&stranger, 5).contains(&joined(&stranger)));
    // Unlocking is not for them.
    world.rooms.act(&ada, RoomAction::Unlock, None);
    world.rooms.act(&ada, RoomAction::Admit, Some(&neighbour));
    assert!(world.hear(&neighbour, 4).contains(&joined(&neighbour)));
    assert_eq!(rule(&world).barred, std::slice::from_ref(&tab));
    assert_eq!(rule(&world).knocking, [tab]);
}

#[test]
fn a_tab_that_was_removed_has_to_knock_however_often_it_is_loaded() {
    let mut world = World::default();
    let ada = world.enter("tea", 1);
    world.rooms.join(START, &ada);
    let bob = world.enter("tea", 2);
    world.rooms.join(START, &bob);
    let mut token = world.token_of(&bob);
    world.rooms.act(&ada, RoomAction::Remove, Some(&bob));
    // From another address each time, so that the tab alone tells.
    for load in 3..8 {
        let address = Address::of([192, 0, 2, load].into(), Loopback::Counted);
        let tab = world.try_enter("tea", load.into(), address, Some(token));
        let tab = tab.unwrap();
        token = world.token_of(&tab);
        world.rooms.join(START, &tab);
        assert_eq!(rule(&world).barred, std::slice::from_ref(&tab), "{load}");
        assert_eq!(rule(&world).knocking, [tab], "{load}");
    }
}

#[test]
fn those_who_wait_are_not_shut_out_by_those_who_left() {
    let mut world = World::default();
    let [ada, bob] = two_in_call(&mut world);
    world.rooms.act(&ada, RoomAction::Lock, None);
    let cid = world.enter("tea", 3);
    world.rooms.join(START, &cid);
    world.rooms.leave(START, &ada);
    world.rooms.leave(START, &bob);
    assert_eq!(rule(&world).knocking, std::slice::from_ref(&cid));
    world.rooms.expire(START + GRACE);
    assert!(world.hear(&cid, 3).contains(&joined(&cid)));
    assert_eq!(
        rule(&world),
        RoomState {
            hosts: vec![cid],
            ..RoomState::default()
        }
    );
}

#[test]
fn those_inside_who_are_no_hosts_hear_who_knocks_as_well() {
    let mut world = World::default();
    let [ada, bob] = two_in_call(&mut world);
    world.rooms.act(&ada, RoomAction::Lock, None);
    world.hear_all(&bob, 2);
    let cid = world.enter("tea", 3);
    world.rooms.join(START, &cid);
    let told = ServerMessage::Room(RoomState {
        hosts: vec![ada],
        locked: true,
        knocking: vec![cid.clone()],
        barred: Vec::new(),
    });
    assert_eq!(world.hear_all(&bob, 2), [entered(&cid), told]);
    world.rooms.act(&bob, RoomAction::Admit, Some(&cid));
    assert_eq!(world.hear(&bob, 2), [refused(RefuseReason::NotHost)]);
    assert_eq!(rule(&world).knocking, [cid]);
}

#[test]
fn an_address_knocks_so_often_in_whatever_rooms() {
    let mut world = World::with(Limits {
        knocks: crate::rates::Rate::per_minute(1, 2),
        ..Limits::default()
    });
    let here = Address::of([192, 0, 2, 1].into(), Loopback::Counted);
    for (room, socket) in [("tea", 1), ("elk", 2)] {
        let host = world.enter(room, socket);
        world.rooms.join(START, &host);
        world.rooms.act(&host, RoomAction::Lock, None);
    }
    for (room, socket) in [("tea", 3), ("elk", 4)] {
        let visitor = world.try_enter(room, socket, here, None).unwrap();
        world.rooms.join(START, &visitor);
        // Who waits already does not knock again.
        world.rooms.join(START, &visitor);
        assert!(world.closed().is_empty());
    }
    let late = world.try_enter("tea", 5, here, None).unwrap();
    world.hear(&late, 5);
    world.rooms.join(START + Duration::from_secs(20), &late);
    let not_yet = ServerMessage::Refused {
        reason: RefuseReason::NotAdmitted,
        retry_after_ms: Some(40_000),
    };
    assert_eq!(world.hear(&late, 5), [not_yet]);
    assert!(!rule(&world).knocking.contains(&late));
    world.rooms.join(START + Duration::from_secs(60), &late);
    assert!(rule(&world).knocking.contains(&late));
}

#[test]
fn who_was_removed_stays_out_when_the_call_empties_while_somebody_is_in_the_lobby() {
    let mut world = World::default();
    let [ada, bob] = two_in_call(&mut world);
    let cid = world.enter("tea", 3);
    let token = world.token_of(&bob);
    world.rooms.act(&ada, RoomAction::Remove, Some(&bob));
    let again = world.try_enter("tea", 4, None, Some(token)).unwrap();
    world.rooms.join(START, &again);
    world.rooms.act(&ada, RoomAction::StepDown, None);
    world.rooms.leave(START, &ada);
    assert_eq!(rule(&world).knocking, std::slice::from_ref(&again));
    assert_eq!(rule(&world).barred, std::slice::from_ref(&again));
    // Whoever comes into the call next decides.
    world.rooms.join(START, &cid);
    assert_eq!(rule(&world).hosts, std::slice::from_ref(&cid));
    assert_eq!(rule(&world).knocking, std::slice::from_ref(&again));
    world.rooms.act(&cid, RoomAction::Admit, Some(&again));
    assert!(world.hear(&again, 4).contains(&joined(&again)));
}

#[test]
fn where_only_those_are_left_who_were_removed_the_room_begins_anew() {
    let mut world = World::default();
    let [ada, bob] = two_in_call(&mut world);
    let cid = world.enter("tea", 3);
    let token = world.token_of(&bob);
    world.rooms.act(&ada, RoomAction::Remove, Some(&bob));
    let again = world.try_enter("tea", 4, None, Some(token)).unwrap();
    world.rooms.join(START, &again);
    world.rooms.act(&ada, RoomAction::StepDown, None);
    world.rooms.leave(START, &ada);
    assert_eq!(rule(&world).knocking, std::slice::from_ref(&again));
    world.rooms.leave(START, &cid);
    assert!(world.hear(&again, 4).contains(&joined(&again)));
    assert_eq!(rule(&world).barred, []);
    assert_eq!(rule(&world).hosts, [again]);
}
