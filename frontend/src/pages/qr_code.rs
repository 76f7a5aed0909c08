//! The QR code of the link as code that comes when somebody looks at it: few ever do.

use futures::FutureExt;
use leptos::prelude::*;

use super::later::{Code, later};
use crate::components::qr_code::LinkQrCode;
use crate::words;

later!(link_qr_code: LinkQrCode in aside);

/// The QR code, and its place until it is there.
#[component]
pub fn QrCode() -> impl IntoView {
    let code = RwSignal::new(Code::Absent);
    Code::fetch(code, load());
    let picture = move || {
        // What has been loaded answers at once.
        (code.get() == Code::Here).then(|| link_qr_code().now_or_never()?.ok())
    };
    view! {
        <div class="qr-place">
            {picture}
            <Show when=move || code.get() == Code::Missing>
                <p class="quiet">{words::qr_code_missing()}</p>
            </Show>
        </div>
    }
}
