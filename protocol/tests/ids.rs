//! Ids and names refuse what they must, on whichever way it comes in.

use proptest::prelude::*;
use protocol::{DisplayName, InvalidName, ParticipantId, ResumeToken, RoomName, SealedBody};

#[test]
fn a_room_is_named_with_3_to_64_of_a_to_z_0_to_9_and_dashes() {
    for good in ["abc", "kfd-wupq-xnr", "team-42", "---", &"a".repeat(64)] {
        assert!(good.parse::<RoomName>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "ab",
        "Abc",
        "a b c",
        "ä-bc",
        "a/b",
        "a.b.c",
        &"a".repeat(65),
    ] {
        assert!(bad.parse::<RoomName>().is_err(), "{bad}");
        assert!(
            serde_json::from_value::<RoomName>(bad.into()).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn what_people_type_becomes_the_same_room() {
    let typed = RoomName::from_typed("  Team Meeting_42 ").unwrap();
    assert_eq!(typed.as_str(), "team-meeting-42");
    assert!(RoomName::from_typed("was?").is_err());
}

#[test]
fn a_name_is_trimmed_folded_and_cannot_change_direction() {
    let name: DisplayName = "  Anna\t Maria\u{202E}\u{200B} ".parse().unwrap();
    assert_eq!(name.as_str(), "Anna Maria");
    assert_eq!(
        " \u{200B}\n".parse::<DisplayName>(),
        Err(InvalidName::Empty)
    );
    assert_eq!(
        "x".repeat(65).parse::<DisplayName>(),
        Err(InvalidName::TooLong)
    );
    let family = "👩\u{200D}👩\u{200D}👧";
    assert_eq!(family.parse::<DisplayName>().unwrap().as_str(), family);
}

#[test]
fn what_shows_nothing_is_no_part_of_a_name() {
    let nothing = [
        "\u{115F}",
        "\u{1160}",
        "\u{3164}",
        "\u{FFA0}",
        "\u{2800}",
        "\u{034F}",
        "\u{17B4}",
        "\u{17B5}",
        "\u{E0001}",
        "\u{E0042}\u{E007F}",
        "\u{FE0F}",
        "\u{E0100}",
        "\u{200C}",
        "\u{200D}",
        "\u{200D}\u{200D}",
        "\u{202E}",
        "\u{2067}",
    ];
    for hidden in nothing {
        let name: DisplayName = format!("Bo{hidden}b{hidden}").parse().unwrap();
        assert_eq!(name.as_str(), "Bob", "{hidden:?}");
        let empty = hidden.parse::<DisplayName>();
        assert_eq!(empty, Err(InvalidName::Empty), "{hidden:?}");
    }
}

#[test]
fn what_a_script_or_an_emoji_needs_stays() {
    for name in [
        // Joined, coloured, shown as pictures, flags in tags, keys.
        "👩\u{200D}👩\u{200D}👧",
        "👩🏽\u{200D}🚀",
        "❤\u{FE0F}\u{200D}🔥 Anna",
        "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
        "1\u{FE0F}\u{20E3}",
        // Persian between letters, Malayalam at the end, a variant of a Japanese name.
        "نرگس\u{200C}خاتون",
        "അവന\u{0D4D}\u{200D}",
        "葛\u{E0100}城",
        "한글",
        "José",
    ] {
        assert_eq!(name.parse::<DisplayName>().unwrap().as_str(), name);
    }
}

#[test]
fn a_body_is_base64url_and_nothing_else() {
    for byte in 0..=127_u8 {
        let letter = char::from(byte);
        let good = letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let body = format!("AAAA{letter}AAA").parse::<SealedBody>();
        assert_eq!(body.is_ok(), good, "{letter:?}");
    }
    assert!("ÄÖÜ".parse::<SealedBody>().is_err());
}

#[test]
fn secrets_do_not_print() {
    let token = ResumeToken::from_bytes([7; ResumeToken::BYTES]);
    assert_eq!(format!("{token:?}"), "…");
    let credential = protocol::Credential("hunter2".into());
    assert_eq!(format!("{credential:?}"), "…");
}

proptest! {
    #[test]
    fn a_made_room_name_is_a_room_name(random: [u8; 10]) {
        let name = RoomName::from_bytes(random);
        prop_assert_eq!(name.as_str().parse::<RoomName>(), Ok(name.clone()));
        prop_assert_eq!(name.as_str().len(), 12);
        let parts: Vec<usize> = name.as_str().split('-').map(str::len).collect();
        prop_assert_eq!(parts, [3, 4, 3]);
    }

    #[test]
    fn a_made_id_reads_back(id: [u8; ParticipantId::BYTES], token: [u8; ResumeToken::BYTES]) {
        let id = ParticipantId::from_bytes(id);
        prop_assert_eq!(id.as_str().parse::<ParticipantId>(), Ok(id.clone()));
        let token = ResumeToken::from_bytes(token);
        prop_assert_eq!(token.as_str().parse::<ResumeToken>(), Ok(token.clone()));
    }

    #[test]
    fn a_sealed_body_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        let body = SealedBody::from_bytes(&bytes).unwrap();
        prop_assert_eq!(body.to_bytes(), Some(bytes));
    }

    #[test]
    fn no_text_makes_an_id_panic(text: String) {
        let _ = text.parse::<ParticipantId>();
        let _ = text.parse::<ResumeToken>();
        let _ = text.parse::<RoomName>();
        let _ = text.parse::<SealedBody>().map(|body| body.to_bytes());
        if let Ok(name) = text.parse::<DisplayName>() {
            prop_assert_eq!(name.as_str().parse::<DisplayName>(), Ok(name.clone()));
        }
    }

    #[test]
    fn a_name_that_was_cleaned_stays_as_it_is(text in "[bé👩葛ന🏴 1\u{200D}\u{200C}\u{FE0F}\u{20E3}\u{E0067}\u{E0100}\u{061C}\u{2800}]{1,12}") {
        if let Ok(name) = text.parse::<DisplayName>() {
            prop_assert_eq!(name.as_str().parse::<DisplayName>(), Ok(name.clone()));
        }
    }

    #[test]
    fn a_body_too_long_is_refused(over in 1_usize..100) {
        prop_assert!("A".repeat(protocol::MAX_BODY_CHARS + over).parse::<SealedBody>().is_err());
    }
}
