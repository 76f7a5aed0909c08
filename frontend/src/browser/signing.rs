//! Keys and signatures of the chat, made by the browser itself (Web Cryptography API, section 23).

use call::{ChatEvent, Input};
use js_sys::{Array, ArrayBuffer, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{CryptoKey, CryptoKeyPair, EcKeyGenParams, EcdsaParams, SubtleCrypto};

use super::{Wake, Waker, wake};

/// One's own key pair, of which the private half never leaves the browser.
#[derive(Default)]
pub struct SigningKey(Option<CryptoKey>);

impl SigningKey {
    /// Makes it; ends in [`Wake::SigningKey`].
    pub fn make(waker: Waker) {
        spawn_local(async move {
            let made = generate().await.ok();
            let (key, public) = made.unzip();
            wake(&waker, Wake::SigningKey(Self(key), public));
        });
    }

    /// Signs `bytes`; ends in [`ChatEvent::Signed`].
    pub fn sign(&self, ticket: u32, bytes: Vec<u8>, waker: Waker) {
        let key = self.0.clone();
        spawn_local(async move {
            let signature = match key {
                Some(key) => sign(&key, &bytes).await.ok(),
                None => None,
            };
            let event = ChatEvent::Signed { ticket, signature };
            wake(&waker, Wake::Input(Input::Chat(event)));
        });
    }
}

/// Looks at a signature of somebody else; ends in [`ChatEvent::Verified`].
pub fn verify(ticket: u32, key: Vec<u8>, bytes: Vec<u8>, signature: Vec<u8>, waker: Waker) {
    spawn_local(async move {
        let good = is_good(&key, &bytes, &signature).await.unwrap_or(false);
        let event = ChatEvent::Verified { ticket, good };
        wake(&waker, Wake::Input(Input::Chat(event)));
    });
}

/// Absent where the page was opened without HTTPS, and `undefined` then.
fn subtle() -> Result<SubtleCrypto, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let subtle = window.crypto()?.subtle();
    JsValue::from(subtle).dyn_into()
}

fn curve() -> EcKeyGenParams {
    EcKeyGenParams::new("ECDSA", "P-256")
}

fn algorithm() -> Object {
    EcdsaParams::new_with_str("ECDSA", "SHA-256").unchecked_into()
}

fn uses(of: &[&str]) -> Array {
    of.iter().map(|using| JsValue::from_str(using)).collect()
}

async fn bytes_of(promise: js_sys::Promise) -> Result<Vec<u8>, JsValue> {
    let buffer: ArrayBuffer = JsFuture::from(promise).await?.dyn_into()?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

async fn generate() -> Result<(CryptoKey, Vec<u8>), JsValue> {
    let subtle = subtle()?;
    let promise = subtle.generate_key_with_object(&curve(), false, &uses(&["sign", "verify"]))?;
    let pair: CryptoKeyPair = JsFuture::from(promise).await?.unchecked_into();
    // The public half of a pair is always extractable.
    let public = bytes_of(subtle.export_key("raw", &pair.get_public_key())?).await?;
    Ok((pair.get_private_key(), public))
}

async fn sign(key: &CryptoKey, bytes: &[u8]) -> Result<Vec<u8>, JsValue> {
    let data = Uint8Array::from(bytes);
    bytes_of(subtle()?.sign_with_object_and_buffer_source(&algorithm(), key, &data)?).await
}

async fn is_good(key: &[u8], bytes: &[u8], signature: &[u8]) -> Result<bool, JsValue> {
    let subtle = subtle()?;
    let raw = Uint8Array::from(key);
    let promise =
        subtle.import_key_with_object("raw", &raw, &curve(), false, &uses(&["verify"]))?;
    let key: CryptoKey = JsFuture::from(promise).await?.dyn_into()?;
    let promise = subtle.verify_with_object_and_buffer_source_and_buffer_source(
        &algorithm(),
        &key,
        &Uint8Array::from(signature),
        &Uint8Array::from(bytes),
    )?;
    Ok(JsFuture::from(promise).await?.is_truthy())
}
