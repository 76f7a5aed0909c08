//! What the browser counts of a connection (W3C webrtc-stats), entry by entry.

use call::StatsEntry;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::RtcPeerConnection;

#[wasm_bindgen]
extern "C" {
    /// W3C webrtc-stats, `RTCStats` and the dictionaries that inherit from it.
    type Entry;
    #[wasm_bindgen(method, getter)]
    fn id(this: &Entry) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &Entry) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = selectedCandidatePairId)]
    fn chosen(this: &Entry) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn selected(this: &Entry) -> Option<bool>;
    #[wasm_bindgen(method, getter, js_name = localCandidateId)]
    fn local(this: &Entry) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = remoteCandidateId)]
    fn remote(this: &Entry) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = currentRoundTripTime)]
    fn round_trip(this: &Entry) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = candidateType)]
    fn candidate(this: &Entry) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn protocol(this: &Entry) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = relayProtocol)]
    fn relay_protocol(this: &Entry) -> Option<String>;
}

/// The entries of `getStats`; none where it fails.
pub async fn read_stats(connection: &RtcPeerConnection) -> Vec<StatsEntry> {
    let mut entries = Vec::new();
    let Ok(report) = JsFuture::from(connection.get_stats()).await else {
        return entries;
    };
    let Ok(Some(all)) = js_sys::try_iter(&report) else {
        return entries;
    };
    for pair in all.flatten() {
        // A report is iterated as a map is: name and entry.
        let entry: Entry = Array::from(&pair).get(1).unchecked_into();
        entries.push(StatsEntry {
            id: entry.id().unwrap_or_default(),
            kind: entry.kind().unwrap_or_default(),
            chosen: entry.chosen().unwrap_or_default(),
            selected: entry.selected().unwrap_or_default(),
            local: entry.local().unwrap_or_default(),
            remote: entry.remote().unwrap_or_default(),
            round_trip: entry.round_trip(),
            candidate: entry.candidate().unwrap_or_default(),
            protocol: entry.protocol().unwrap_or_default(),
            relay_protocol: entry.relay_protocol().unwrap_or_default(),
        });
    }
    entries
}
