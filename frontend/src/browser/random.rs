//! The platform's random numbers.

/// Random bytes of `crypto.getRandomValues`.
///
/// # Panics
/// Where the browser has none. Every browser that runs WebAssembly has; and without them a call
/// would only look private.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    web_sys::window()
        .and_then(|window| window.crypto().ok())
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).ok())
        .expect("every browser that runs WebAssembly has getRandomValues");
    bytes
}
