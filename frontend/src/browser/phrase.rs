//! Keys of pass phrases, made by the browser itself (Web Cryptography API, section 32), and kept for the
//! tab.

use call::{CallLink, RoomKey, phrase};
use js_sys::{Array, ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Pbkdf2Params, SubtleCrypto};

use super::storage;

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoKey {
    /// Nothing but white space was typed.
    Empty,
    /// The browser does not compute it: the page was opened without HTTPS, mostly.
    Unable,
}

/// The key of a call whose `link` needs a pass phrase.
///
/// # Errors
/// When nothing was typed, and where the browser does not compute it.
pub async fn phrase_key(link: &CallLink, typed: &str) -> Result<RoomKey, NoKey> {
    let form = JsString::from(typed).normalize(phrase::FORM);
    let form = String::from(form);
    let password = phrase::password(&form).ok_or(NoKey::Empty)?;
    let salt = link.phrase_salt().ok_or(NoKey::Unable)?;
    let bytes = derive(password, &salt).await.map_err(|_| NoKey::Unable)?;
    let bytes = bytes.try_into().map_err(|_| NoKey::Unable)?;
    Ok(RoomKey::from_bytes(bytes))
}

/// The key that [`keep_phrase_key`] kept in this tab.
pub fn load_phrase_key(link: &CallLink) -> Option<RoomKey> {
    let kept = storage::session()?.get_item(&name(link)).ok().flatten()?;
    RoomKey::from_fragment(&kept).ok()
}

/// Keeps the key for as long as the tab is open, so that whoever reloads is not asked again. The phrase
/// itself is kept nowhere.
pub fn keep_phrase_key(link: &CallLink, key: &RoomKey) {
    if let (Some(storage), Some(key)) = (storage::session(), key.to_fragment()) {
        let _ = storage.set_item(&name(link), &key);
    }
}

fn name(link: &CallLink) -> String {
    format!("tincan.phrase.{}", link.path())
}

async fn derive(password: &str, salt: &[u8]) -> Result<Vec<u8>, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    // Absent where the page was opened without HTTPS, and `undefined` then.
    let subtle: SubtleCrypto = JsValue::from(window.crypto()?.subtle()).dyn_into()?;
    let uses = Array::of1(&JsValue::from_str("deriveBits"));
    let password = Uint8Array::from(password.as_bytes());
    let key = subtle.import_key_with_str("raw", &password, "PBKDF2", false, &uses)?;
    let key = JsFuture::from(key).await?.dyn_into()?;
    let salt = Uint8Array::from(salt);
    let how = Pbkdf2Params::new_with_str("PBKDF2", "SHA-256", phrase::ROUNDS, &salt);
    let bits = subtle.derive_bits_with_object(&how, &key, phrase::KEY_BITS)?;
    let buffer: ArrayBuffer = JsFuture::from(bits).await?.dyn_into()?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
