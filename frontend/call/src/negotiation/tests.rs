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
        Role::Impolite => {
            negotiation.handle_local(offer("mine"));
            negotiation.handle_description(answer("theirs"));
            negotiation.handle_applied();
        }
        Role::Polite => {
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
fn the_impolite_one_offers_at_once_and_applies_the_answer() {
    let mut impolite = Negotiation::new(Role::Impolite);
    assert_eq!(steps(&mut impolite), [Step::SetLocal]);
    impolite.handle_local(offer("mine"));
    assert_eq!(steps(&mut impolite), [Step::Describe(offer("mine"))]);
    impolite.handle_description(answer("theirs"));
    assert_eq!(steps(&mut impolite), [Step::SetRemote(answer("theirs"))]);
    impolite.handle_applied();
    assert!(impolite.is_stable());
}

#[test]
fn the_polite_one_waits_for_the_first_offer_whatever_the_browser_wants() {
    let mut polite = Negotiation::new(Role::Polite);
    polite.handle_needed();
    assert_eq!(steps(&mut polite), []);
    polite.handle_description(offer("theirs"));
    assert_eq!(steps(&mut polite), [Step::SetRemote(offer("theirs"))]);
    polite.handle_applied();
    assert_eq!(steps(&mut polite), [Step::SetLocal]);
    polite.handle_local(answer("mine"));
    assert_eq!(steps(&mut polite), [Step::Describe(answer("mine"))]);
    assert!(polite.is_stable());
}

#[test]
fn the_first_offer_is_not_made_twice_for_a_need_it_covers() {
    let mut impolite = Negotiation::new(Role::Impolite);
    impolite.handle_needed();
    impolite.handle_local(offer("mine"));
    impolite.handle_description(answer("theirs"));
    impolite.handle_applied();
    assert!(impolite.is_stable());
}

#[test]
fn the_polite_one_yields_to_a_colliding_offer() {
    let mut polite = settled(Role::Polite);
    polite.handle_needed();
    polite.handle_local(offer("mine2"));
    polite.handle_description(offer("theirs2"));
    assert_eq!(
        steps(&mut polite),
        [
            Step::SetLocal,
            Step::Describe(offer("mine2")),
            Step::SetRemote(offer("theirs2")),
        ]
    );
}

#[test]
fn the_impolite_one_passes_over_a_colliding_offer_and_its_candidates() {
    let mut impolite = settled(Role::Impolite);
    impolite.handle_needed();
    impolite.handle_local(offer("mine2"));
    steps(&mut impolite);
    impolite.handle_description(offer("theirs2"));
    impolite.handle_candidate(candidate("theirs2"));
    impolite.handle_candidate(None);
    assert_eq!(steps(&mut impolite), []);
    impolite.handle_candidate(candidate("theirs"));
    assert_eq!(
        steps(&mut impolite),
        [Step::AddCandidate(candidate("theirs"))],
        "those of the running connection are still taken"
    );
    impolite.handle_description(answer("theirs3"));
    impolite.handle_applied();
    impolite.handle_candidate(candidate("theirs3"));
    assert_eq!(
        steps(&mut impolite),
        [
            Step::SetRemote(answer("theirs3")),
            Step::AddCandidate(candidate("theirs3")),
        ]
    );
}

#[test]
fn an_offer_that_comes_while_ones_own_is_being_made_waits_for_it() {
    let mut polite = settled(Role::Polite);
    polite.handle_needed();
    assert_eq!(steps(&mut polite), [Step::SetLocal]);
    polite.handle_description(offer("theirs2"));
    assert_eq!(steps(&mut polite), []);
    polite.handle_local(offer("mine2"));
    assert_eq!(
        steps(&mut polite),
        [
            Step::Describe(offer("mine2")),
            Step::SetRemote(offer("theirs2")),
        ]
    );
}

#[test]
fn a_need_that_arises_on_the_way_is_met_afterwards() {
    let mut polite = settled(Role::Polite);
    polite.handle_description(offer("theirs2"));
    polite.handle_needed();
    polite.handle_applied();
    assert_eq!(
        steps(&mut polite),
        [Step::SetRemote(offer("theirs2")), Step::SetLocal]
    );
    polite.handle_local(answer("mine2"));
    assert_eq!(
        steps(&mut polite),
        [Step::Describe(answer("mine2")), Step::SetLocal]
    );
}

#[test]
fn an_early_candidate_waits_for_the_description() {
    let mut polite = Negotiation::new(Role::Polite);
    polite.handle_candidate(candidate("theirs"));
    assert_eq!(steps(&mut polite), []);
    polite.handle_description(offer("theirs"));
    polite.handle_candidate(None);
    assert_eq!(steps(&mut polite), [Step::SetRemote(offer("theirs"))]);
    polite.handle_applied();
    assert_eq!(
        steps(&mut polite),
        [
            Step::SetLocal,
            Step::AddCandidate(candidate("theirs")),
            Step::AddCandidate(None),
        ]
    );
}

#[test]
fn ones_own_candidates_do_not_overtake_the_description_they_belong_to() {
    let mut impolite = Negotiation::new(Role::Impolite);
    impolite.handle_found(candidate("mine"));
    impolite.handle_local(offer("mine"));
    impolite.handle_found(None);
    assert_eq!(
        steps(&mut impolite),
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
    let mut polite = settled(Role::Polite);
    polite.handle_description(answer("theirs2"));
    assert_eq!(steps(&mut polite), []);
    assert!(polite.is_stable());
}

#[test]
fn a_flood_of_candidates_is_cut_off() {
    let mut polite = Negotiation::new(Role::Polite);
    for _ in 0..10 * MAX_WAITING {
        polite.handle_candidate(None);
    }
    polite.handle_description(offer("theirs"));
    polite.handle_applied();
    assert_eq!(steps(&mut polite).len(), 2 + MAX_WAITING);
}
