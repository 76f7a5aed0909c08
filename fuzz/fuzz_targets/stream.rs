//! What comes over TCP, in pieces: cutting it into messages ends, and no message is longer than what is
//! there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use turn::frame::{channel_data, next_stream_frame};
use turn::message::Message;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Some(frame)) = next_stream_frame(rest) {
        let message = &rest[..frame.length];
        assert!(frame.length > 0 && (frame.length..=rest.len()).contains(&frame.consumed));
        let _ = Message::decode(message).map(|message| message.attributes().count());
        if let Some((_, length)) = channel_data(message) {
            assert!(length <= message.len());
        }
        rest = &rest[frame.consumed..];
    }
});
