//! What stands in the way of camera and microphone, and what to do about it in this browser.

use call::{Intent, MeView, MediaProblem, MediaView};
use leptos::prelude::*;

use super::dom::user_agent;
use super::icon::{Icon, IconKind};
use super::text::devices::{self, Browser, Concerned};
use crate::state::Session;
use crate::words;

/// One card a problem; one card for both devices where the reason is the same. The person can put
/// a card away; another problem brings it back.
#[component]
pub fn MediaProblems() -> impl IntoView {
    let session = expect_context::<Session>();
    let view = session.view();
    let browser = Browser::from_user_agent(&user_agent());
    let put_away = RwSignal::new(Vec::<Problem>::new());
    let problems = Memo::new(move |_| {
        let put_away = put_away.read();
        problems(&view.read().me)
            .into_iter()
            .filter(|problem| !put_away.contains(problem))
            .collect::<Vec<_>>()
    });
    view! {
        <div class="problems" role="status" aria-label=words::camera_and_microphone()>
            <For each=move || problems.get() key=|problem| *problem let:problem>
                <ProblemCard
                    problem
                    browser
                    on_close=Callback::new(move |()| put_away.update(|all| all.push(problem)))
                />
            </For>
        </div>
    }
}

type Problem = (Concerned, MediaProblem);

#[component]
fn ProblemCard(problem: Problem, browser: Browser, on_close: Callback<()>) -> impl IntoView {
    let session = expect_context::<Session>();
    let (concerned, reason) = problem;
    let (title, advice) = devices::media_problem(concerned, reason, browser);
    let can_retry = match reason {
        MediaProblem::Denied | MediaProblem::NotFound | MediaProblem::InUse => {
            concerned != Concerned::Screen
        }
        MediaProblem::Cancelled | MediaProblem::Insecure | MediaProblem::Unsupported => false,
    };
    view! {
        <div class="problem">
            <Icon kind=IconKind::Warning />
            <div class="problem-words">
                <p class="problem-title">{title}</p>
                <p>{advice}</p>
                {can_retry
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button"
                                on:click=move |_| session.send(Intent::RetryMedia)
                            >
                                {words::try_again()}
                            </button>
                        }
                    })}
            </div>
            <button
                type="button"
                class="icon-button"
                aria-label=words::dismiss()
                on:click=move |_| on_close.run(())
            >
                <Icon kind=IconKind::Close />
            </button>
        </div>
    }
}

fn problems(me: &MeView) -> Vec<Problem> {
    let of = |media| match media {
        MediaView::Problem(problem) => Some(problem),
        MediaView::Off | MediaView::Starting | MediaView::On => None,
    };
    let mut all = Vec::new();
    match (of(me.microphone), of(me.camera)) {
        (Some(microphone), Some(camera)) if microphone == camera => {
            all.push((Concerned::Both, camera));
        }
        (microphone, camera) => {
            all.extend(camera.map(|problem| (Concerned::Camera, problem)));
            all.extend(microphone.map(|problem| (Concerned::Microphone, problem)));
        }
    }
    all.extend(of(me.screen).map(|problem| (Concerned::Screen, problem)));
    all
}
