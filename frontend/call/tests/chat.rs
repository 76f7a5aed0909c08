//! What people write to each other, and how they wave.

use crate::common::{SECOND, World};
use call::{Intent, NoticeKind, Source};

#[test]
fn everybody_reads_what_somebody_writes_once_and_in_order() {
    let mut world = World::new(1);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    for round in 0..20 {
        world.write(all[round % 3], &format!("{round}"));
        world.run(SECOND / 20);
    }
    world.run(2 * SECOND);
    world.check();
    assert_eq!(world.texts(all[0]).len(), 20);
    assert_eq!(world.texts(all[1])[0], "Anna: 0");
    let view = world.view(all[1]).chat;
    assert_eq!(view.messages[1].source, Source::Me);
    assert_eq!(view.messages[0].source, Source::Author);
    assert_eq!(view.unread, 13);
    world.say(all[1], Intent::ReadChat(true));
    assert_eq!(world.view(all[1]).chat.unread, 0);
}

#[test]
fn a_late_joiner_reads_everything_also_of_those_who_left() {
    let mut world = World::new(2);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    for round in 0..100 {
        world.write(all[round % 3], &format!("{round}"));
        world.run(SECOND);
    }
    world.say(all[2], Intent::Leave);
    world.run(10 * SECOND);
    let dave = world.join("Dave");
    world.run(10 * SECOND);
    world.check();
    assert_eq!(world.texts(dave).len(), 100);
    let view = world.view(dave).chat;
    assert_eq!(view.messages[0].source, Source::Author);
    let passed_on = &view.messages[2].source;
    assert!(
        matches!(passed_on, Source::PassedOn(Some(_))),
        "{passed_on:?}"
    );
}

#[test]
fn what_is_written_while_a_path_is_down_arrives_when_it_heals() {
    let mut world = World::new(3);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.unplug(all[1]);
    for text in ["one", "two", "three"] {
        world.write(all[0], text);
        world.write(all[1], text);
        world.run(4 * SECOND);
    }
    assert_eq!(world.texts(all[1]).len(), 3, "his own");
    world.plug_in(all[1], false);
    world.run(20 * SECOND);
    world.check();
    assert_eq!(world.texts(all[1]).len(), 6);
}

#[test]
fn who_was_given_up_and_comes_back_is_given_what_they_missed() {
    let mut world = World::new(4);
    let all = world.call_of(&["Anna", "Bob"]);
    world.write(all[0], "before");
    world.run(SECOND);
    world.unplug(all[1]);
    world.run(120 * SECOND);
    assert!(world.view(all[0]).participants.is_empty());
    world.write(all[0], "meanwhile");
    world.write(all[1], "alone");
    world.run(SECOND);
    world.plug_in(all[1], false);
    world.run(60 * SECOND);
    world.check();
    assert_eq!(world.texts(all[1]).len(), 3);
}

#[test]
fn what_an_author_who_crashes_told_some_of_us_all_get() {
    let mut world = World::new(5);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    // Neither directly nor through the server does Anna reach Carol any more.
    world.cut(all[0], all[2]);
    world.wall_off(all[0]);
    world.write(all[0], "last words");
    world.run(SECOND / 5);
    world.crash(all[0]);
    world.run(120 * SECOND);
    assert_eq!(world.texts(all[1]), ["Anna: last words"]);
    assert_eq!(world.texts(all[2]), world.texts(all[1]));
}

#[test]
fn a_raised_hand_stays_also_for_those_who_come() {
    let mut world = World::new(6);
    let all = world.call_of(&["Anna", "Bob"]);
    for who in [all[1], all[0]] {
        let millis = world.millis();
        world.say(who, Intent::SetHand(Some(millis)));
        world.run(SECOND);
    }
    let carol = world.join("Carol");
    world.run(10 * SECOND);
    let hand = |name| world.sees(carol, name).unwrap().hand.unwrap();
    assert!(hand("Bob") < hand("Anna"));
    world.say(all[1], Intent::SetHand(None));
    world.run(SECOND);
    assert_eq!(world.sees(carol, "Bob").unwrap().hand, None);
}

#[test]
fn a_reaction_is_seen_for_a_moment_by_those_who_are_there() {
    let mut world = World::new(7);
    let all = world.call_of(&["Anna", "Bob"]);
    world.say(all[0], Intent::React(3));
    world.say(all[0], Intent::React(99));
    world.run(SECOND);
    assert_eq!(world.view(all[0]).me.reactions.len(), 1);
    assert_eq!(world.sees(all[1], "Anna").unwrap().reactions[0].emoji, "🎉");
    world.run(5 * SECOND);
    assert!(world.sees(all[1], "Anna").unwrap().reactions.is_empty());
}

#[test]
fn a_hand_that_goes_up_is_told_once_and_one_that_was_up_is_not() {
    let raised = |world: &World, who| {
        let notices = world.view(who).notices;
        let raised = notices
            .iter()
            .filter(|n| matches!(n.kind, NoticeKind::HandRaised(..)));
        raised.count()
    };
    let mut world = World::new(9);
    let all = world.call_of(&["Anna", "Bob"]);
    world.run(10 * SECOND);
    let millis = world.millis();
    world.say(all[1], Intent::SetHand(Some(millis)));
    world.run(SECOND);
    assert_eq!((raised(&world, all[0]), raised(&world, all[1])), (1, 0));
    world.run(10 * SECOND);
    assert_eq!(raised(&world, all[0]), 0, "it goes by itself");
    let carol = world.join("Carol");
    world.run(3 * SECOND);
    assert_eq!(raised(&world, carol), 0, "it was up before she came");
    world.say(all[1], Intent::SetHand(None));
    world.run(SECOND);
    assert_eq!(raised(&world, all[0]), 0, "lowered");
}
