//! The screens, one file each. [`room`] decides which of a call's screens is shown.

pub mod call;
pub mod call_code;
pub mod check_code;
pub mod ended;
pub mod home;
pub mod home_code;
pub mod later;
pub mod lobby;
pub mod not_found;
pub mod phrase_code;
pub mod qr_code;
pub mod room;
#[cfg(debug_assertions)]
pub mod style;
