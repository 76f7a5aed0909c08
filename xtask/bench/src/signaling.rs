//! `bench signaling`.
pub(crate) mod floor;
use crate::command::Options;
pub(crate) fn run(_options: &Options) -> anyhow::Result<()> {
    Ok(())
}
