use std::time::Duration;

use super::*;

const START: Timestamp = Timestamp(Duration::from_secs(7));
const BOB: PeerKey = PeerKey(2);

fn nonce(of: u8) -> SessionNonce {
    SessionNonce([of; 16])
}

fn key(of: u8) -> String {
    let mut key = [of; 65];
    key[0] = 4;
    log::encode(&key)
}

fn message(of: u8, number: u32, text: &str) -> ChatMessage {
    ChatMessage {
        from: nonce(of).to_text(),
        key: key(of),
        number,
        sent: u64::from(number) * 1_000,
        name: None,
        text: text.to_owned(),
        signature: log::encode(&[1; 64]),
    }
}

fn chat() -> Chat {
    let mut chat = Chat::new("our-room".parse().unwrap(), nonce(1));
    chat.handle(ChatEvent::Key(log::decode(&key(1))));
    chat
}

/// Bob brings something; whether the browser was asked to look at its signature.
fn bring(chat: &mut Chat, message: ChatMessage) -> bool {
    let mut out = VecDeque::new();
    chat.take(START, BOB, nonce(2), "Bob".parse().ok(), message, &mut out);
    let Some(Command::Chat(ChatCommand::Verify { ticket, .. })) = out.pop_front() else {
        return false;
    };
    chat.handle(ChatEvent::Verified { ticket, good: true });
    true
}

fn texts(chat: &Chat) -> Vec<String> {
    let view = chat.view();
    view.messages.iter().map(|m| m.text.clone()).collect()
}

#[test]
fn what_nobody_would_write_is_refused_and_counted() {
    let long = "é".repeat(protocol::MAX_CHAT_CHARS + 1);
    let mut bad = vec![
        message(2, 0, "no number"),
        message(2, 1, &long),
        message(2, 1, " \n"),
        message(2, 1, "a\u{0}b"),
        // In our own name.
        message(1, 1, "not ours"),
    ];
    for change in [
        (|m| m.key = "BA".to_owned()) as fn(&mut ChatMessage),
        |m| m.signature.truncate(80),
        |m| m.from.push('x'),
    ] {
        let mut one = message(2, 1, "text");
        change(&mut one);
        bad.push(one);
    }
    let mut chat = chat();
    let count = bad.len() as u64;
    for one in bad {
        assert!(!bring(&mut chat, one.clone()), "{one:?}");
    }
    assert_eq!(chat.refused(), count);
    assert!(bring(&mut chat, message(2, 1, &long[2..])));
}

#[test]
fn a_bad_signature_is_not_shown() {
    let mut chat = chat();
    let mut out = VecDeque::new();
    chat.take(START, BOB, nonce(2), None, message(2, 1, "x"), &mut out);
    chat.handle(ChatEvent::Verified {
        ticket: 1,
        good: false,
    });
    assert_eq!((texts(&chat).len(), chat.refused()), (0, 1));
}

#[test]
fn the_same_comes_once_and_all_in_the_order_of_time() {
    let mut chat = chat();
    for number in [3, 1, 2, 3, 1] {
        bring(&mut chat, message(2, number, &number.to_string()));
    }
    assert_eq!(texts(&chat), ["1", "2", "3"]);
    assert_eq!((chat.view().unread, chat.refused()), (3, 0));
    chat.read(true);
    bring(&mut chat, message(2, 4, "4"));
    assert_eq!(chat.view().unread, 0);
}

#[test]
fn nobody_can_be_spoken_for() {
    let mut chat = chat();
    // Bob says something in the name of Carol, who was not heard of.
    let mut forged = message(3, 1, "forged");
    forged.key = key(9);
    assert!(bring(&mut chat, forged.clone()));
    let view = chat.view();
    assert_eq!(
        view.messages[0].source,
        Source::PassedOn("Bob".parse().ok())
    );
    // Then she comes, with her own key.
    chat.take_have(PeerKey(3), nonce(3), Some(key(3)), vec![], false);
    assert_eq!(texts(&chat), [""; 0]);
    forged.number = 2;
    assert!(!bring(&mut chat, forged), "not with another key any more");
    // Nor can the key be changed later on.
    chat.take_have(PeerKey(3), nonce(3), Some(key(9)), vec![], false);
    assert!(bring(&mut chat, message(3, 1, "hers")));
    assert_eq!(chat.view().messages[0].source, Source::Author);
}

#[test]
fn a_flood_is_refused_and_the_oldest_make_room() {
    let mut chat = chat();
    let all = (1..=600).filter(|n| bring(&mut chat, message(2, *n, "x")));
    assert_eq!(all.count(), protocol::MAX_CHAT_MESSAGES);
    assert_eq!(chat.refused(), 100);
    let later = START + Duration::from_secs(10);
    let mut out = VecDeque::new();
    for number in 700..800 {
        let one = message(2, number, "x");
        chat.take(later, BOB, nonce(2), None, one, &mut out);
    }
    assert_eq!(out.len(), 20, "two a second");
    for ticket in 0..1_000 {
        chat.handle(ChatEvent::Verified { ticket, good: true });
    }
    assert_eq!(texts(&chat).len(), protocol::MAX_CHAT_MESSAGES);
    assert!(!chat.log.wants(&message(2, 5, "x")), "it made room");
}

#[test]
fn an_answer_never_comes_before_its_question() {
    assert_eq!(in_step(1_000, 5_000), 5_001);
    assert_eq!(in_step(9_000, 5_000), 9_000);
    assert_eq!(in_step(1_000, u64::MAX), 1_000, "a clock that is far off");
}

#[test]
fn what_is_typed_is_tidied() {
    assert_eq!(log::tidy("\n a\r\nb\u{7} \n").as_deref(), Some(" a\nb"));
    assert_eq!(log::tidy(" \n\t"), None);
    let long = log::tidy(&"é".repeat(9_999)).unwrap();
    assert_eq!(long.chars().count(), protocol::MAX_CHAT_CHARS);
}

#[test]
fn what_others_said_before_the_code_came_is_not_lost() {
    let mut chat = LateChat::default();
    let (mut out, bob) = (VecDeque::new(), Some("Bob".parse().unwrap()));
    let have = Signal::ChatHave {
        key: Some(key(2)),
        heads: Vec::new(),
        ask: true,
    };
    for signal in std::iter::repeat_n(have, 1_000) {
        chat.take(START, BOB, nonce(2), bob.clone(), signal, &mut out);
    }
    assert!(!chat.is_settled());
    let code = ChatCode::new();
    chat.begin(START, code, "our-room".parse().unwrap(), nonce(1), &mut out);
    let words = chat.words().unwrap();
    words.handle(ChatEvent::Key(log::decode(&key(1))));
    words.say("hello", None, 1_000);
    let present = Present {
        key: BOB,
        nonce: nonce(2),
    };
    words.settle(vec![present], &mut out);
    let Some(Command::Chat(ChatCommand::Sign { ticket, .. })) = out.pop_back() else {
        panic!("nothing to sign");
    };
    let signature = Some(vec![1; 64]);
    words.handle(ChatEvent::Signed { ticket, signature });
    let said = words.next_for(START, BOB, 24);
    assert!(
        matches!(&said[..], [Signal::ChatHave { .. }, Signal::Chat(_)]),
        "{said:?}"
    );
    assert!(chat.is_settled());
}
