//! Names that look like another: which there are, and what is said of them. [`call::lookalikes`] decides.

use call::{Lookalike, PeerKey, lookalikes};
use leptos::prelude::*;

use crate::state::Session;
use crate::words;

/// Found in the context of the call's screen.
#[derive(Clone, Copy)]
pub struct Lookalikes(Memo<Vec<(PeerKey, Lookalike)>>);

impl Lookalikes {
    /// Looks at one's own name and those of everybody in the call and of whoever wants to come in.
    pub fn watch(session: Session) -> Self {
        let (me, participants) = (session.me(), session.participants());
        let own = Memo::new(move |_| me.read().name.clone());
        Self(Memo::new(move |_| {
            let (own, all) = (own.read(), participants.read());
            let others = all.iter().map(|who| who.name.as_ref());
            let names: Vec<_> = [own.as_ref()].into_iter().chain(others).collect();
            let judged = lookalikes(&names).into_iter().skip(1);
            let found = all.iter().zip(judged);
            found
                .filter_map(|(who, judged)| Some((who.key, judged?)))
                .collect()
        }))
    }

    fn of(self, key: PeerKey) -> Option<Lookalike> {
        let found = self.0.read();
        found
            .iter()
            .find(|(who, _)| *who == key)
            .map(|(_, judged)| *judged)
    }
}

/// Beside a name that may deceive.
#[component]
pub fn LookalikeBadge(
    /// Whose name; one's own deceives nobody here.
    #[prop(into)]
    key: Option<PeerKey>,
) -> impl IntoView {
    let all = expect_context::<Lookalikes>();
    move || {
        let judged = all.of(key?)?;
        let words = match judged {
            Lookalike::Another => words::looks_like_another(),
            Lookalike::Mixed => words::mixed_letters(),
        };
        Some(view! {
            <span class="badge lookalike" title=advice(judged)>
                {words}
            </span>
        })
    }
}

/// What to do about it, in somebody's menu.
#[component]
pub fn LookalikeAdvice(
    /// Whose menu.
    key: PeerKey,
) -> impl IntoView {
    let all = expect_context::<Lookalikes>();
    move || {
        let judged = all.of(key)?;
        Some(view! { <p>{advice(judged)}</p> })
    }
}

fn advice(judged: Lookalike) -> &'static str {
    match judged {
        Lookalike::Another => words::looks_like_another_advice(),
        Lookalike::Mixed => words::mixed_letters_advice(),
    }
}
