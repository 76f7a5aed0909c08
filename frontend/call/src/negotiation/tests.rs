use super::*;

fn offer(ufrag: &str) -> Description {
    Description {
        kind: DescriptionKind::Offer,
        sdp: format!("v=0\r\na=ice-ufrag:{ufrag}\r\n"),
    }
}

fn answer(ufrag: &str) -> Description {
    Description {
        kind: DescriptionKind::Answer,
        ..offer(ufrag)
    }
}

fn candidate(ufrag: &str) -> Option<Candidate> {
    Some(Candidate {
        candidate: "candidate:1".to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: Some(ufrag.to_owned()),
    })
}

fn steps(negotiation: &mut Negotiation) -> Vec<Step> {
    std::iter::from_fn(|| negotiation.poll_step()).collect()
}

/// One that has been through the first offer and answer.
fn settled(role: Role) -> Negotiation {
    let mut negotiation = Negotiation::new(role);
    match role {
        Role::Offerer => {
            negotiation.handle_local(offer("mine"));
            negotiation.handle_description(answer("theirs"));
            negotiation.handle_applied();
        }
        Role::Answerer => {
            negotiation.handle_description(offer("theirs"));
            negotiation.handle_applied();
            negotiation.handle_local(answer("mine"));
        }
    }
    assert!(negotiation.is_stable());
    steps(&mut negotiation);
    negotiation
}

#[test]
fn the_offerer_offers_at_once_and_applies_the_answer() {
    let mut offerer = Negotiation::new(Role::Offerer);
    assert_eq!(steps(&mut offerer), [Step::SetLocal]);
    offerer.handle_local(offer("mine"));
    assert_eq!(steps(&mut offerer), [Step::Describe(offer("mine"))]);
    offerer.handle_description(answer("theirs"));
    assert_eq!(steps(&mut offerer), [Step::SetRemote(answer("theirs"))]);
    offerer.handle_applied();
    assert!(offerer.is_stable());
}

#[test]
fn the_answerer_waits_for_the_first_offer_whatever_the_browser_wants() {
    let mut answerer = Negotiation::new(Role::Answerer);
    answerer.handle_needed();
    assert_eq!(steps(&mut answerer), []);
    answerer.handle_description(offer("theirs"));
    assert_eq!(steps(&mut answerer), [Step::SetRemote(offer("theirs"))]);
    answerer.handle_applied();
    assert_eq!(steps(&mut answerer), [Step::SetLocal]);
    answerer.handle_local(answer("mine"));
    assert_eq!(steps(&mut answerer), [Step::Describe(answer("mine"))]);
    assert!(answerer.is_stable());
}

#[test]
fn the_first_offer_is_not_made_twice_for_a_need_it_covers() {
    let mut offerer = Negotiation::new(Role::Offerer);
    offerer.handle_needed();
    offerer.handle_local(offer("mine"));
    offerer.handle_description(answer("theirs"));
    offerer.handle_applied();
    assert!(offerer.is_stable());
}

#[test]
fn an_offer_from_the_one_who_answers_is_passed_over_and_ones_own_stands() {
    let mut offerer = settled(Role::Offerer);
    offerer.handle_description(offer("theirs2"));
    assert_eq!(steps(&mut offerer), []);
    offerer.handle_needed();
    offerer.handle_local(offer("mine2"));
    offerer.handle_description(offer("theirs3"));
    offerer.handle_description(answer("theirs4"));
    assert_eq!(
        steps(&mut offerer),
        [
            Step::SetLocal,
            Step::Describe(offer("mine2")),
            Step::SetRemote(answer("theirs4")),
        ]
    );
}

#[test]
fn the_answerer_never_offers() {
    let mut answerer = settled(Role::Answerer);
    answerer.handle_needed();
    assert_eq!(steps(&mut answerer), []);
    assert!(answerer.is_stable());
}

#[test]
fn an_offer_that_comes_while_another_is_being_answered_waits_for_it() {
    let mut answerer = settled(Role::Answerer);
    answerer.handle_description(offer("theirs2"));
    answerer.handle_description(offer("theirs3"));
    answerer.handle_applied();
    assert_eq!(
        steps(&mut answerer),
        [Step::SetRemote(offer("theirs2")), Step::SetLocal]
    );
    answerer.handle_local(answer("mine2"));
    assert_eq!(
        steps(&mut answerer),
        [
            Step::Describe(answer("mine2")),
            Step::SetRemote(offer("theirs3")),
        ]
    );
}

#[test]
fn a_need_that_arises_on_the_way_is_met_afterwards() {
    let mut offerer = settled(Role::Offerer);
    offerer.handle_needed();
    offerer.handle_local(offer("mine2"));
    offerer.handle_needed();
    offerer.handle_description(answer("theirs2"));
    offerer.handle_applied();
    assert_eq!(
        steps(&mut offerer),
        [
            Step::SetLocal,
            Step::Describe(offer("mine2")),
            Step::SetRemote(answer("theirs2")),
            Step::SetLocal,
        ]
    );
}

#[test]
fn an_early_candidate_waits_for_the_description() {
    let mut answerer = Negotiation::new(Role::Answerer);
    answerer.handle_candidate(candidate("theirs"));
    assert_eq!(steps(&mut answerer), []);
    answerer.handle_description(offer("theirs"));
    answerer.handle_candidate(None);
    assert_eq!(steps(&mut answerer), [Step::SetRemote(offer("theirs"))]);
    answerer.handle_applied();
    assert_eq!(
        steps(&mut answerer),
        [
            Step::SetLocal,
            Step::AddCandidate(candidate("theirs")),
            Step::AddCandidate(None),
        ]
    );
}

#[test]
fn ones_own_candidates_do_not_overtake_the_description_they_belong_to() {
    let mut offerer = Negotiation::new(Role::Offerer);
    offerer.handle_found(candidate("mine"));
    offerer.handle_local(offer("mine"));
    offerer.handle_found(None);
    assert_eq!(
        steps(&mut offerer),
        [
            Step::SetLocal,
            Step::Describe(offer("mine")),
            Step::Trickle(candidate("mine")),
            Step::Trickle(None),
        ]
    );
}

#[test]
fn an_answer_to_nothing_is_passed_over() {
    let mut answerer = settled(Role::Answerer);
    answerer.handle_description(answer("theirs2"));
    assert_eq!(steps(&mut answerer), []);
    assert!(answerer.is_stable());
}

#[test]
fn a_flood_of_candidates_is_cut_off() {
    let mut answerer = Negotiation::new(Role::Answerer);
    for _ in 0..10 * MAX_WAITING {
        answerer.handle_candidate(None);
    }
    answerer.handle_description(offer("theirs"));
    answerer.handle_applied();
    assert_eq!(steps(&mut answerer).len(), 2 + MAX_WAITING);
}

#[test]
fn a_candidate_that_only_reaches_out_is_nobodys_business() {
    let mut offerer = Negotiation::new(Role::Offerer);
    offerer.handle_local(offer("mine"));
    steps(&mut offerer);
    let tcp = |text: &str| {
        candidate("mine").map(|candidate| Candidate {
            candidate: text.to_owned(),
            ..candidate
        })
    };
    offerer.handle_found(tcp(
        "candidate:1 1 tcp 1518 192.0.2.7 9 typ host tcptype active generation 0",
    ));
    assert_eq!(steps(&mut offerer), []);
    let listens = tcp("candidate:2 1 tcp 1518 192.0.2.7 40123 typ host tcptype passive");
    offerer.handle_found(listens.clone());
    assert_eq!(steps(&mut offerer), [Step::Trickle(listens)]);
}
