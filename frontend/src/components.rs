//! What the screens are made of, one component a file. Components read [`crate::state::Session`]
//! or narrow props and send [`call::Intent`]s; none of them decides anything about the call.

pub mod avatar;
pub mod banner;
pub mod brand;
pub mod controls;
pub mod copy_link;
pub mod device_picker;
pub mod devices;
pub mod dialog;
pub mod dom;
pub mod grid;
pub mod grid_layout;
pub mod icon;
pub mod illustration;
pub mod invite;
pub mod lasting;
pub mod level_meter;
pub mod media_problem;
pub mod message;
pub mod more_options;
pub mod name_field;
pub mod participant_tile;
pub mod playback;
pub mod roster;
pub mod screen_tile;
pub mod self_tile;
pub mod size;
pub mod sound;
pub mod text;
pub mod toast;
pub mod toggle;
pub mod video_tile;
