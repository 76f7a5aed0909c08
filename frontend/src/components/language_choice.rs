//! The combobox "Language". Words are no signals: whoever shows them builds them anew when the language
//! changes, which is seldom.

use leptos::html::Select;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::dom;
use super::icon::{Icon, IconKind};
use crate::browser;
use crate::words::{self, Language};

/// Tells when the page is in another language; a context of the whole page.
#[derive(Clone, Copy)]
pub struct Spoken {
    changes: RwSignal<u32>,
    /// The choice was made with the combobox, which is built anew as well.
    focus: StoredValue<bool>,
}

impl Spoken {
    /// In the language of now.
    pub fn start() -> Self {
        Self {
            changes: RwSignal::new(0),
            focus: StoredValue::new(false),
        }
    }

    /// What follows is run again in another language.
    pub fn track(self) {
        self.changes.track();
    }
}

/// The language that was chosen here, or else the best that the browser knows of its person.
pub(crate) fn wanted() -> Language {
    let chosen = browser::load_language();
    let chosen = chosen.and_then(|tag| Language::from_tag(&tag));
    chosen.unwrap_or_else(|| Language::best(&browser::languages()))
}

/// Puts the page into a language; says whether its words came.
pub(crate) async fn speak(language: Language) -> bool {
    let here = words::speak(language).await;
    if here {
        browser::set_language(language.tag(), language.direction());
    }
    here
}

/// See the module.
#[component]
pub fn LanguageChoice() -> impl IntoView {
    let Spoken { changes, focus } = expect_context();
    let missing = RwSignal::new(false);
    let node = NodeRef::<Select>::new();
    Effect::new(move |_| {
        if let Some(select) = node.get()
            && focus.try_update_value(std::mem::take) == Some(true)
        {
            dom::focus(&select);
        }
    });
    let choose = move |tag: String| {
        let Some(language) = Language::from_tag(&tag) else {
            return;
        };
        spawn_local(async move {
            missing.try_set(false);
            if speak(language).await {
                browser::keep_language(language.tag());
                focus.try_set_value(true);
                changes.try_update(|changes| *changes += 1);
            } else if missing.try_set(true).is_none()
                && let Some(Some(select)) = node.try_get_untracked()
            {
                select.set_value(words::now().tag());
            }
        });
    };
    let options = Language::ALL.map(|language| {
        view! {
            <option
                value=language.tag()
                lang=language.tag()
                prop:selected=language == words::now()
            >
                {language.own_name()}
            </option>
        }
    });
    view! {
        <div class="picker picker--language">
            <Icon kind=IconKind::Language />
            <select
                class="picker-select"
                node_ref=node
                aria-label=words::language()
                on:change:target=move |event| choose(event.target().value())
            >
                {options.into_iter().collect_view()}
            </select>
            <p class="field-wrong" role="alert">
                {move || missing.get().then(words::language_missing)}
            </p>
        </div>
    }
}
