//! How long each step of a setup took: a table whose middle column is drawn.

use call::StepView;
use leptos::prelude::*;

use super::text::paths;
use crate::words;

/// A row a step, in the order in which they begin.
#[component]
pub fn Waterfall(
    /// What is done.
    steps: Signal<Vec<StepView>>,
) -> impl IntoView {
    let rows = move || {
        let steps = steps.get();
        let end = steps.iter().map(|bar| bar.start + bar.took).max();
        let end = f64::from(end.unwrap_or(0).max(1));
        let percent = move |millis: u32| format!("{:.1}%", f64::from(millis) / end * 100.0);
        let row = |StepView { step, start, took }: StepView| {
            view! {
                <tr>
                    <th scope="row">{paths::step(step)}</th>
                    <td class="waterfall-track">
                        <span
                            class="waterfall-bar"
                            style:margin-inline-start=percent(start)
                            style:width=percent(took)
                        ></span>
                        <span class="visually-hidden">{paths::milliseconds(start)}</span>
                    </td>
                    <td class="waterfall-took">{paths::milliseconds(took)}</td>
                </tr>
            }
        };
        steps.into_iter().map(row).collect_view()
    };
    view! {
        <table class="waterfall">
            <caption>{words::how_made()}</caption>
            <thead class="visually-hidden">
                <tr>
                    <th scope="col">{words::step()}</th>
                    <th scope="col">{words::began_after()}</th>
                    <th scope="col">{words::took()}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
