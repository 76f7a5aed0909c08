//! The dialog "Network check": five seconds in which every way out is tried, and a sentence.

use call::network_check::{Findings, Found, Mapping, Meter, Verdict, Way, servers_for, verdict};
use call::{TransportPolicy, path_in_use, relay_port};
use futures::StreamExt;
use futures::channel::mpsc;
use futures::future;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use protocol::IceServer;

use super::dialog::Dialog;
use super::text::paths;
use crate::browser::{self, CheckEvent, Gathering, RelayPair};
use crate::state::Session;
use crate::words;

/// All of it, in milliseconds.
const WHOLE: f64 = 5_000.0;
/// For how long packets are sent through the relay, in milliseconds; and after them the last ones
/// still come.
const SENDING: f64 = 2_500.0;
/// How long those have.
const TRAILING: f64 = 250.0;
/// Bytes a millisecond: four million bits a second, which no call needs more of and few networks
/// notice.
const RATE: f64 = 500.0;
/// Bytes of a packet: one datagram, with all that is put around it.
const PACKET: usize = 1_100;
/// Most bytes that may wait; beyond it the network is what is slow.
const MOST_WAITING: u32 = 64 * 1024;
/// Most packets at once, after the page was held up.
const BURST: u32 = 40;
/// Between two looks at what to send, in milliseconds.
const STEP: u32 = 20;
/// How many may be in a call where the server did not say.
const MOST_PEOPLE: u32 = 8;

/// Whether the check is shown; in the context of the lobby.
#[derive(Clone, Copy)]
pub struct CheckOpen(pub RwSignal<bool>);

/// The dialog, which begins to check each time it opens.
#[component]
pub fn NetworkCheck() -> impl IntoView {
    let CheckOpen(open) = expect_context();
    view! {
        <Dialog open title=words::network_check() heading_id="check-title">
            <Report />
        </Dialog>
    }
}

/// What was found so far.
#[derive(Clone, Default, PartialEq)]
struct Progress {
    ways: Vec<(Way, Option<bool>)>,
    mapping: Option<Mapping>,
    round_trip: Option<u32>,
    lost: Option<u32>,
    uplink: Option<u32>,
    verdict: Option<Verdict>,
}

#[component]
fn Report() -> impl IntoView {
    let session = expect_context::<Session>();
    let (servers, most) = session.view().with_untracked(|view| {
        let most = view.max_participants.unwrap_or(MOST_PEOPLE);
        (view.ice_servers.clone(), most)
    });
    let progress = RwSignal::new(Progress::default());
    // Closing the dialog drops it, and with it every connection it made.
    spawn_local_scoped_with_cancellation(check((*servers).clone(), most, progress));
    let rows = move || {
        let now = progress.get();
        let ended = now.verdict.is_some();
        let ways = now.ways.iter().map(|(way, works)| {
            let words = paths::way_works(works.or(ended.then_some(false)));
            (paths::way(*way), words.to_owned())
        });
        let mapping = now.mapping.map(|m| {
            (
                words::your_address().to_owned(),
                paths::mapping(m).to_owned(),
            )
        });
        let measured = [
            (words::round_trip(), now.round_trip.map(paths::milliseconds)),
            (words::lost_on_the_way(), now.lost.map(paths::of_a_hundred)),
            (words::uplink(), now.uplink.map(paths::megabits)),
        ];
        let measured = measured
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        ways.chain(mapping)
            .chain(measured)
            .map(|(name, value)| view! { <tr><th scope="row">{name}</th><td>{value}</td></tr> })
            .collect_view()
    };
    view! {
        <p role="status" class="check-sentence">
            {move || {
                let found = progress.read();
                found.verdict.as_ref().map_or_else(|| words::checking().to_owned(), paths::verdict)
            }}
        </p>
        <table class="check">
            <tbody>{rows}</tbody>
        </table>
    }
}

/// One way that is being tried.
struct Try {
    way: Way,
    found: Found,
    // Kept for as long as it gathers.
    _gathering: Option<Gathering>,
}

async fn check(servers: Vec<IceServer>, most: u32, progress: RwSignal<Progress>) {
    let (events, mut from_browser) = mpsc::unbounded();
    let offered = Way::ALL.map(|way| (way, servers_for(way, &servers)));
    let offered = offered
        .into_iter()
        .filter(|(_, servers)| !servers.is_empty());
    let mut tries: Vec<Try> = offered
        .enumerate()
        .map(|(at, (way, servers))| {
            let policy = match way {
                Way::Direct => TransportPolicy::All,
                Way::RelayUdp | Way::RelayTcp | Way::RelayTls => TransportPolicy::Relay,
            };
            Try {
                way,
                found: Found::of(&servers),
                _gathering: Gathering::start(at, &servers, policy, &events).ok(),
            }
        })
        .collect();
    let port = relay_port(&servers);
    let pair = port.and_then(|_| RelayPair::start(&servers, &events).ok());
    let clock = || browser::now().0.as_secs_f64() * 1_000.0;
    let began = clock();
    let mut opened = None::<f64>;
    let mut meter = Meter::default();
    let mut packet = [0; PACKET];
    let mut sent = 0.0;
    loop {
        let now = clock();
        let sending = opened.map(|at| now - at);
        let measured = pair.is_none() || sending.is_some_and(|ms| ms > SENDING + TRAILING);
        let tried = tries.iter().all(|one| one.found.is_done(one.way));
        if now - began >= WHOLE || measured && tried {
            break;
        }
        if let (Some(pair), Some(ms)) = (&pair, sending.filter(|ms| *ms <= SENDING)) {
            for _ in 0..BURST {
                let ahead = sent >= ms * RATE || pair.waiting() > MOST_WAITING;
                packet[..4].copy_from_slice(&meter.next().to_be_bytes());
                if ahead || !pair.send(&packet) {
                    break;
                }
                sent += PACKET as f64;
                meter.sent();
            }
        }
        let next = future::select(from_browser.next(), TimeoutFuture::new(STEP)).await;
        match next {
            future::Either::Left((Some(CheckEvent::Candidate(at, text)), _)) => {
                if let Some(one) = tries.get_mut(at) {
                    one.found.note(text.as_deref());
                }
            }
            future::Either::Left((Some(CheckEvent::Unanswered(at)), _)) => {
                if let Some(one) = tries.get_mut(at) {
                    one.found.unanswered();
                }
            }
            future::Either::Left((Some(CheckEvent::Open), _)) => opened = Some(clock()),
            future::Either::Left((Some(CheckEvent::Came { number, bytes }), _)) => {
                meter.came(clock(), number, bytes);
                // The next look comes anyway.
                continue;
            }
            future::Either::Left((None, _)) | future::Either::Right(_) => {}
        }
        progress.try_set(so_far(&tries, &meter));
    }
    let mut last = so_far(&tries, &meter);
    if let Some(pair) = &pair {
        last.lost = meter.lost();
        let path = path_in_use(&browser::read_stats(&pair.sender()).await, true);
        // There and back between the two ends is twice to the relay and back.
        last.round_trip = path
            .and_then(|path| path.round_trip)
            .map(|ms| ms.div_ceil(2));
    }
    let decided = tries.iter().map(|one| (one.way, one.found.works(one.way)));
    let findings = Findings {
        ways: decided.collect(),
        mapping: last.mapping,
        round_trip: last.round_trip,
        lost: last.lost,
        uplink: last.uplink,
    };
    last.verdict = Some(verdict(&findings, port, most));
    progress.try_set(last);
}

fn so_far(tries: &[Try], meter: &Meter) -> Progress {
    let known = |one: &Try| {
        let works = one.found.works(one.way);
        (works || one.found.is_done(one.way)).then_some(works)
    };
    Progress {
        ways: tries.iter().map(|one| (one.way, known(one))).collect(),
        mapping: tries
            .iter()
            .filter(|one| one.way == Way::Direct)
            .find_map(|one| one.found.mapping()),
        uplink: meter.uplink(),
        ..Progress::default()
    }
}
