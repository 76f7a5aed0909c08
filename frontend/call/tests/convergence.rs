//! Whatever happens to a call, once it is left alone everybody sees and hears everybody.
//!
//! A few hundred worlds in an ordinary run, 10,000 in `cargo xtask test`.
//! `TINCAN_SEEDS=10000 cargo test -p call any_seed` runs that many worlds;
//! `TINCAN_SEED=4711` runs that one alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::common::{Nap, Random, World};
use call::{Input, Intent, NetworkEvent, Phase};

/// Worlds in an ordinary run.
const SEEDS: u64 = 400;
/// The longest that a call may take to be whole again once nothing disturbs it: the grace period
/// for those who died, after the server has noticed, with the longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(120);
/// How long somebody who died is still spoken to: until the server misses a word of them, and for
/// the grace period after that.
const GHOSTS: Duration = Duration::from_secs(70);
/// Longer than any wait there is between two tries.
const QUIET: Duration = Duration::from_secs(50);
/// Pages in one world, as many as a call takes.
const MOST: usize = 8;
/// After so many failures the rest would only repeat them.
const FAILURES: usize = 10;

#[test]
fn any_seed_converges() {
    if let Some(seed) = number("TINCAN_SEED") {
        return storm(seed);
    }
    let seeds = number("TINCAN_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(0);
    let failures = Mutex::new(Vec::new());
    let work = || {
        while failures.lock().unwrap().len() < FAILURES {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return;
            }
            if let Err(cause) = catch_unwind(AssertUnwindSafe(|| storm(seed))) {
                let text = cause
                    .downcast_ref::<String>()
                    .map_or("panicked", String::as_str);
                let first = text.lines().next().unwrap_or_default().to_owned();
                failures.lock().unwrap().push((seed, first));
            }
        }
    };
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "do not converge: {failures:#?}");
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn storm(seed: u64) {
    let mut random = Random::new(seed.wrapping_mul(0x1234_5677));
    let mut world = World::new(seed);
    world.delay = (1, 20 + random.next() % 300);
    if random.chance(85) {
        // Beats are most of what happens in hours of quiet; now and then they are left out of it.
        world.beat = Duration::from_secs(4);
    }
    if random.chance(25) {
        // A busy or feeble machine, and a path around the world.
        world.delay = (200, 300 + random.next() % 1500);
        world.operation = (1, 30 + random.next() % 800);
    }
    for at in 0..2 + random.below(4) {
        world.open(&format!("P{at}"));
        let pause = random.millis(0, 1500);
        world.run(pause);
    }
    for _ in 0..5 + random.below(20) {
        disturb(&mut world, &mut random);
        let pause = match random.below(100) {
            0..50 => random.millis(0, 800),
            50..70 => random.millis(0, 60),
            70..95 => random.millis(0, 25_000),
            _ => random.millis(0, 240_000),
        };
        world.run(pause);
        world.check_bounds();
    }
    calm(&mut world);
    world.settle(LONGEST);
    // A socket that is dead unnoticed, a restart that was wished for twice: what is left of the
    // storm passes, and then nothing happens any more.
    world.run(GHOSTS);
    world.check_all_in();
    let before = world.commands;
    world.run(QUIET);
    world.check_all_in();
    let pages = world.pages.len() as u64;
    let said = world.commands - before;
    assert!(
        said <= pages * 6,
        "{said} commands after everything settled, seed {seed}"
    );
}

/// Something happens to somebody.
fn disturb(world: &mut World, random: &mut Random) {
    let who = random.below(world.pages.len());
    let other = random.below(world.pages.len());
    let on = random.chance(50);
    match random.below(40) {
        0..=4 => world.say(who, Intent::Join),
        5 => world.say(who, Intent::SetCamera(on)),
        6 => world.say(who, Intent::SetMicrophone(on)),
        7 => world.say(who, Intent::SetScreen(on)),
        8 | 9 => world.break_socket(who),
        10 => world.deaden_socket(who),
        11 => {
            if world.server_up {
                world.kill_server();
            } else {
                world.start_server();
            }
        }
        12 | 13 => {
            if who != other {
                world.cut(who, other);
            }
        }
        14 => world.heal(),
        15 => world.input(who, Input::Network(NetworkEvent::Changed)),
        16 => {
            if world.pages[who].online {
                world.unplug(who);
            } else {
                world.plug_in(who, on);
            }
        }
        17 => world.start_server(),
        18 => {
            newcomer(world);
        }
        19 if world.pages.len() < MOST && world.pages[who].alive => {
            // A reload: the same person, another page.
            let token = world.pages[who].token.clone();
            world.close_tab(who);
            let name = format!("P{}", world.pages.len());
            world.open_with(&name, |config| config.replaces = token);
        }
        20 => world.crash(who),
        21 => world.say(who, Intent::Leave),
        22 => world.input(who, Input::Network(NetworkEvent::Woken)),
        23 => {
            let sides = random.next();
            world.partition(|who| sides >> (who % 64) & 1 == 1);
        }
        24 => world.partition(|page| page == who),
        25 => world.wall_off(who),
        26 => restart_of_the_server(world, random),
        27 => world.nap(who, Nap::Asleep { clock_goes_on: on }),
        28 => world.nap(who, Nap::Frozen),
        29 | 30 => {
            for page in 0..world.pages.len() {
                world.wake(page, on);
            }
        }
        31 => {
            // Both ends restart, and their offers cross.
            for page in [who, other] {
                world.input(page, Input::Network(NetworkEvent::Changed));
            }
        }
        32 => {
            for page in 0..world.pages.len() {
                world.input(page, Input::Network(NetworkEvent::Changed));
            }
        }
        33 => world.move_network(who, on),
        34..=37 => {
            let text = format!("word {}", random.next() % 1_000);
            world.write(who, &text);
        }
        38 => {
            let hand = on.then(|| world.millis());
            world.say(who, Intent::SetHand(hand));
        }
        39 => world.say(who, Intent::React(0)),
        _ => world.close_tab(who),
    }
}

/// The server is killed and started again while people come.
fn restart_of_the_server(world: &mut World, random: &mut Random) {
    world.kill_server();
    for _ in 0..1 + random.below(3) {
        let pause = random.millis(0, 2500);
        world.run(pause);
        newcomer(world);
        if random.chance(40) {
            world.start_server();
        }
    }
    world.start_server();
}

/// One more person presses the button, if there is a place.
fn newcomer(world: &mut World) {
    if world.pages.len() < MOST {
        let name = format!("P{}", world.pages.len());
        world.join(&name);
    }
}

/// Everything that was broken works again, and everybody presses the button.
fn calm(world: &mut World) {
    world.repair();
    world.run(Duration::from_millis(100));
    for who in 0..world.pages.len() {
        if world.view(who).phase == Phase::Lobby {
            world.say(who, Intent::Join);
        }
    }
}
