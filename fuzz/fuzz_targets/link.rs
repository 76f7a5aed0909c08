//! What people paste: a link is read or refused, and one that was read is the same link when it is
//! written.
#![no_main]

use call::CallLink;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(link) = CallLink::parse(text) {
        assert_eq!(CallLink::parse(&link.path()).as_ref(), Ok(&link));
    }
});
