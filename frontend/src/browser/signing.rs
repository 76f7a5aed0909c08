//! Keys and signatures of the chat, made by the browser itself (Web Cryptography API, section 23).

use std::cell::OnceCell;
use std::rc::Rc;

use call::{ChatCommand, ChatEvent, Input};
use js_sys::{Array, ArrayBuffer, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{CryptoKey, CryptoKeyPair, EcKeyGenParams, EcdsaParams, SubtleCrypto};

use super::{Wake, Waker, wake};

/// Carries the chat's commands out; each ends in a [`ChatEvent`]. A box, because its code comes with
/// the call's screen.
pub type Signer = Box<dyn Fn(ChatCommand, &Waker)>;

/// One that has no key yet. The private half of the key it makes never leaves the browser.
pub fn signer() -> Signer {
    let own = Rc::new(OnceCell::<CryptoKey>::new());
    Box::new(move |command, waker| {
        let (own, waker) = (own.clone(), waker.clone());
        spawn_local(async move {
            let event = match command {
                ChatCommand::MakeKey => {
                    let made = generate().await.ok();
                    let public = made.map(|(key, public)| {
                        let _ = own.set(key);
                        public
                    });
                    ChatEvent::Key(public)
                }
                ChatCommand::Sign { ticket, bytes } => {
                    let signature = match own.get() {
                        Some(key) => sign(key, &bytes).await.ok(),
                        None => None,
                    };
                    ChatEvent::Signed { ticket, signature }
                }
                ChatCommand::Verify {
                    ticket,
                    key,
                    bytes,
                    signature,
                } => {
                    let good = is_good(&key, &bytes, &signature).await.unwrap_or(false);
                    ChatEvent::Verified { ticket, good }
                }
            };
            wake(&waker, Wake::Input(Input::Chat(event)));
        });
    })
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
