//! Pass phrases as code that comes for those who use one.

use futures::FutureExt;
use leptos::prelude::*;

use super::later::{Code, later};
use crate::components::phrase_form::PhraseForm;
use crate::words;

later!(phrase_form: PhraseForm in aside);

/// What the page has to ask or to say about a phrase, once its code is there.
pub fn phrase_place() -> AnyView {
    let code = RwSignal::new(Code::Absent);
    Code::fetch(code, load());
    // What has been loaded answers at once.
    let form = Code::view(code, || phrase_form().now_or_never()?.ok());
    let missing = move || (code.get() == Code::Missing).then_some(words::phrase_missing());
    view! { <div class="late">{form} {missing}</div> }.into_any()
}
