//! How much a call keeps, so that it can be seen not to grow.

use protocol::Signal;

/// What a [`crate::Call`] keeps at this moment: how many items, unless it says bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Participants whom the server named.
    pub named: usize,
    /// Conversations, with those who are here and those who left.
    pub conversations: usize,
    /// Conversations with those who are here.
    pub here: usize,
    /// Bytes of the signals to and from those who are here that wait to be said, to be
    /// acknowledged, or for their turn.
    pub bytes: usize,
    /// The same of those who left.
    pub bytes_of_departed: usize,
    /// Descriptions and candidates that wait for the browser.
    pub negotiating: usize,
    /// Notices on the screen.
    pub notices: usize,
    /// Commands nobody took yet.
    pub commands: usize,
}

/// What a signal takes in memory, about.
pub(crate) fn bytes_of(signal: &Signal) -> usize {
    let text = match signal {
        Signal::State(state) => {
            let paths = state.paths.iter().map(|(nonce, _)| nonce.len());
            let guests = state.guests.iter().map(String::len);
            size_of_val(&**state) + paths.chain(guests).sum::<usize>()
        }
        Signal::Description { description, .. } => description.sdp.len(),
        Signal::Candidates { candidates, .. } => {
            let each = candidates.iter().flatten().map(|c| c.candidate.len());
            size_of_val(candidates.as_slice()) + each.sum::<usize>()
        }
        Signal::Chat(message) => {
            message.text.len() + message.key.len() + message.signature.len() + message.from.len()
        }
        Signal::ChatHave { heads, .. } => heads.iter().map(|(author, _)| author.len() + 4).sum(),
        Signal::Safety { text } => text.len(),
        Signal::Reaction { emoji } => emoji.len(),
        Signal::Restart { .. }
        | Signal::Renew { .. }
        | Signal::Mute
        | Signal::Unmute
        | Signal::LowerHand
        | Signal::Bye
        | Signal::TurnedAway { .. }
        | Signal::Unknown => 0,
    };
    size_of::<Signal>() + text
}
