//! The DTLS certificate of this page.

use js_sys::{Array, Object};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{EcKeyGenParams, RtcCertificate, RtcPeerConnection};

use super::{Wake, Waker, wake};

/// Begins to make the certificate that all connections of this page share, so that none has to
/// wait for one of its own; ends in [`Wake::Certificate`]. ECDSA with P-256 is what RFC 8827,
/// section 6.5, asks every browser to have. Where it cannot be made, connections make their own.
pub fn make_certificate(waker: Waker) {
    let algorithm = EcKeyGenParams::new("ECDSA", "P-256");
    let Ok(promise) =
        RtcPeerConnection::generate_certificate_with_object(algorithm.unchecked_ref::<Object>())
    else {
        return;
    };
    spawn_local(async move {
        let made = JsFuture::from(promise).await;
        if let Some(certificate) = made.ok().and_then(|made| made.dyn_into().ok()) {
            wake(&waker, Wake::Certificate(certificate));
        }
    });
}

/// For `RTCConfiguration.certificates`.
pub(super) fn list_of(certificate: Option<&RtcCertificate>) -> Array {
    certificate
        .map(|certificate| Array::of1(certificate))
        .unwrap_or_default()
}
