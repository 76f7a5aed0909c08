//! How long each step of a setup took: a table whose middle column is drawn.

use call::StepView;
use leptos::prelude::*;

use super::text::paths;

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
                            style:margin-left=percent(start)
                            style:width=percent(took)
                        ></span>
                        <span class="visually-hidden">{start} " ms"</span>
                    </td>
                    <td class="waterfall-took">{took} " ms"</td>
                </tr>
            }
        };
        steps.into_iter().map(row).collect_view()
    };
    view! {
        <table class="waterfall">
            <caption>"How the connection was made"</caption>
            <thead class="visually-hidden">
                <tr>
                    <th scope="col">"Step"</th>
                    <th scope="col">"Began after"</th>
                    <th scope="col">"Took"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
