//! One error for whatever a browser throws.

use std::fmt;

use call::MediaProblem;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

/// What a browser threw: a `DOMException`, an `Error`, or anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsError {
    /// `name` of the exception, such as `NotAllowedError`.
    pub name: String,
    /// `message` of the exception: for the log, never for the person.
    pub message: String,
}

impl JsError {
    /// What it means for a camera, a microphone or a screen (Media Capture and Streams, 10.2.1).
    pub fn media_problem(&self) -> MediaProblem {
        match self.name.as_str() {
            "NotAllowedError" => MediaProblem::Denied,
            "NotFoundError" | "OverconstrainedError" => MediaProblem::NotFound,
            "NotReadableError" | "AbortError" => MediaProblem::InUse,
            "SecurityError" => MediaProblem::Insecure,
            _ => MediaProblem::Unsupported,
        }
    }
}

impl From<JsValue> for JsError {
    fn from(thrown: JsValue) -> Self {
        if let Some(exception) = thrown.dyn_ref::<DomException>() {
            return Self {
                name: exception.name(),
                message: exception.message(),
            };
        }
        if let Some(error) = thrown.dyn_ref::<js_sys::Error>() {
            return Self {
                name: error.name().into(),
                message: error.message().into(),
            };
        }
        Self {
            name: "Error".into(),
            message: thrown.as_string().unwrap_or_default(),
        }
    }
}

impl fmt::Display for JsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}
