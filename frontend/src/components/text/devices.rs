//! What is said of devices that cannot be used.

use call::MediaProblem;

use crate::words;

/// Which devices a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Concerned {
    /// The microphone alone.
    Microphone,
    /// The camera alone.
    Camera,
    /// Both, for one reason.
    Both,
    /// Sharing the screen.
    Screen,
}

/// Whose settings to describe. What a user agent says is only good for words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Chrome, Edge and their relatives on a computer.
    Chromium,
    /// The same on Android.
    ChromiumAndroid,
    /// Firefox.
    Firefox,
    /// Safari on a Mac.
    Safari,
    /// Any browser on an iPhone or iPad.
    Ios,
    /// None of these.
    Other,
}

impl Browser {
    /// Guesses from `navigator.userAgent`.
    pub fn from_user_agent(agent: &str) -> Self {
        let has = |mark: &str| agent.contains(mark);
        if has("iPhone") || has("iPad") {
            Self::Ios
        } else if has("Firefox/") {
            Self::Firefox
        } else if has("Chrome/") || has("Chromium/") {
            if has("Android") {
                Self::ChromiumAndroid
            } else {
                Self::Chromium
            }
        } else if has("Safari/") {
            Self::Safari
        } else {
            Self::Other
        }
    }

    fn how_to_allow(self) -> &'static str {
        match self {
            Self::Chromium => words::allow_chromium(),
            Self::ChromiumAndroid => words::allow_chromium_android(),
            Self::Firefox => words::allow_firefox(),
            Self::Safari => words::allow_safari(),
            Self::Ios => words::allow_ios(),
            Self::Other => words::allow_other(),
        }
    }
}

/// A problem with devices, as a heading and what to do about it in this browser.
pub fn media_problem(
    concerned: Concerned,
    problem: MediaProblem,
    browser: Browser,
) -> (&'static str, &'static str) {
    match problem {
        MediaProblem::Denied if concerned == Concerned::Screen => {
            (words::screen_denied(), words::screen_denied_advice())
        }
        MediaProblem::Denied | MediaProblem::Cancelled => {
            let title = match concerned {
                Concerned::Microphone => words::denied_microphone(),
                Concerned::Camera => words::denied_camera(),
                Concerned::Both => words::denied_both(),
                Concerned::Screen => words::denied_screen(),
            };
            (title, browser.how_to_allow())
        }
        MediaProblem::NotFound => {
            let title = match concerned {
                Concerned::Microphone => words::no_microphone(),
                Concerned::Camera => words::no_camera(),
                Concerned::Both => words::neither_found(),
                Concerned::Screen => words::no_screen_to_share(),
            };
            (title, words::not_found_advice())
        }
        MediaProblem::InUse => {
            let title = match concerned {
                Concerned::Microphone => words::in_use_microphone(),
                Concerned::Camera => words::in_use_camera(),
                Concerned::Both => words::in_use_both(),
                Concerned::Screen => words::in_use_screen(),
            };
            (title, words::in_use_advice())
        }
        MediaProblem::Insecure => {
            let title = match concerned {
                Concerned::Microphone => words::insecure_microphone(),
                Concerned::Camera => words::insecure_camera(),
                Concerned::Both => words::insecure_both(),
                Concerned::Screen => words::insecure_screen(),
            };
            (title, words::insecure_advice())
        }
        MediaProblem::Unsupported => {
            let title = match concerned {
                Concerned::Microphone => words::unsupported_microphone(),
                Concerned::Camera => words::unsupported_camera(),
                Concerned::Both => words::unsupported_both(),
                Concerned::Screen => words::unsupported_screen(),
            };
            (title, words::unsupported_advice())
        }
    }
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_browser_is_told_by_its_user_agent() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                Browser::Chromium,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                Browser::ChromiumAndroid,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                Browser::Firefox,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
                Browser::Safari,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
                Browser::Ios,
            ),
            ("", Browser::Other),
        ];
        for (agent, browser) in cases {
            assert_eq!(Browser::from_user_agent(agent), browser, "{agent}");
        }
    }

    #[test]
    fn advice_on_a_denied_device_names_the_button_that_tries_again() {
        for browser in [
            Browser::Chromium,
            Browser::ChromiumAndroid,
            Browser::Firefox,
            Browser::Safari,
            Browser::Ios,
            Browser::Other,
        ] {
            let (_, advice) = media_problem(Concerned::Both, MediaProblem::Denied, browser);
            assert!(advice.ends_with("press Try again."), "{browser:?}");
        }
    }
}
