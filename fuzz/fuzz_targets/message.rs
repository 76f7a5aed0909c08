//! What browsers and server say to each other: reading ends in a message or a refusal, and what was read
//! means the same to the next who reads it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{ClientMessage, ServerMessage, Signal};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn again<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(text: &str) {
    if let Ok(read) = serde_json::from_str::<T>(text) {
        let written = serde_json::to_string(&read).expect("what was read can be written");
        let reread: T = serde_json::from_str(&written).expect("what was written can be read");
        assert_eq!(read, reread);
    }
}

fuzz_target!(|text: &str| {
    again::<ClientMessage>(text);
    again::<ServerMessage>(text);
    again::<Signal>(text);
});
