//! The DTLS certificate of this page, and the one that a browser keeps from call to call where its
//! person wants to be recognised.

use js_sys::{Array, Date, Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    EcKeyGenParams, IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransactionMode,
    RtcCertificate, RtcPeerConnection,
};

use super::{JsError, ext};

/// How long a certificate is good for, in milliseconds: a year is the most that browsers grant.
const LIFETIME: f64 = 365.0 * DAY;
const DAY: f64 = 86_400_000.0;

/// The database, the store in it, and the key there.
const PLACE: &str = "tincan.certificate";

/// The certificate that all connections of this page share, so that none has to wait for one of its
/// own: with `kept` the one that this browser keeps, if it has one and that is good for another day.
/// ECDSA with P-256 is what RFC 8827, section 6.5, asks every browser to have. `None` where it cannot
/// be made; then connections make their own.
pub async fn certificate(kept: bool) -> Option<RtcCertificate> {
    if kept
        && let Ok(Some(certificate)) = kept_certificate().await
        && certificate.expires() > Date::now() + DAY
    {
        return Some(certificate);
    }
    let algorithm = EcKeyGenParams::new("ECDSA", "P-256");
    ext::set_expires(&algorithm, LIFETIME);
    let algorithm = algorithm.unchecked_ref::<Object>();
    let promise = RtcPeerConnection::generate_certificate_with_object(algorithm).ok()?;
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

/// Keeps the certificate in this browser, instead of any that it kept.
///
/// # Errors
/// Where the browser keeps nothing, as in a private window.
pub async fn keep_certificate(certificate: RtcCertificate) -> Result<(), JsError> {
    let store = store(IdbTransactionMode::Readwrite).await?;
    done(&store.put_with_key(&certificate, &PLACE.into())?).await?;
    Ok(())
}

/// Forgets the certificate that was kept.
///
/// # Errors
/// Where the browser keeps nothing.
pub async fn forget_certificate() -> Result<(), JsError> {
    let store = store(IdbTransactionMode::Readwrite).await?;
    done(&store.delete(&PLACE.into())?).await?;
    Ok(())
}

async fn kept_certificate() -> Result<Option<RtcCertificate>, JsError> {
    let store = store(IdbTransactionMode::Readonly).await?;
    let found = done(&store.get(&PLACE.into())?).await?;
    Ok(found.dyn_into().ok())
}

async fn store(mode: IdbTransactionMode) -> Result<IdbObjectStore, JsError> {
    let factory = web_sys::window().and_then(|window| window.indexed_db().ok().flatten());
    let factory = factory.ok_or_else(|| JsError::from(JsValue::from_str("no indexedDB")))?;
    let request = factory.open(PLACE)?;
    let opened: IdbOpenDbRequest = request.clone();
    // Once, before anything else is in it.
    let made = Closure::once_into_js(move || {
        if let Ok(database) = opened.result() {
            let _ = database
                .unchecked_into::<IdbDatabase>()
                .create_object_store(PLACE);
        }
    });
    request.set_onupgradeneeded(Some(made.unchecked_ref()));
    let database: IdbDatabase = done(&request).await?.unchecked_into();
    let transaction = database.transaction_with_str_and_mode(PLACE, mode)?;
    Ok(transaction.object_store(PLACE)?)
}

/// What the request ends in.
async fn done(request: &IdbRequest) -> Result<JsValue, JsError> {
    let ended = Promise::new(&mut |good: Function, bad: Function| {
        request.set_onsuccess(Some(&good));
        request.set_onerror(Some(&bad));
    });
    JsFuture::from(ended).await?;
    Ok(request.result()?)
}

/// For `RTCConfiguration.certificates`.
pub(super) fn list_of(certificate: Option<&RtcCertificate>) -> Array {
    certificate
        .map(|certificate| Array::of1(certificate))
        .unwrap_or_default()
}
