//! What a person turns on and off for good: how sound and picture are taken, what is sent and shown.
//!
//! All of them are one number, which is what is kept of them: a field for each would weigh more on the
//! lobby than they do together.

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Switch {
    /// `echoCancellation` of the microphone.
    EchoCancellation,
    /// `noiseSuppression` of the microphone.
    NoiseSuppression,
    /// `autoGainControl` of the microphone.
    GainControl,
    /// One's own picture as in a mirror, on one's own screen alone.
    Mirror,
    /// `backgroundBlur` of the camera, where the browser has it.
    Blur,
    /// Pictures are sent small and seldom.
    DataSaver,
    /// No picture is sent or received.
    AudioOnly,
    /// Comings, goings and gestures are not announced.
    Quiet,
    /// The system tells of comings and goings while the tab is hidden.
    Notify,
    /// One's own picture is small and lies over the others.
    SmallSelf,
    /// There it is on the left.
    SelfLeft,
    /// There it is at the top.
    SelfTop,
    /// The certificate is kept from call to call, and what the others came with is remembered.
    SameDevice,
    /// Single keys press the buttons of the call.
    Shortcuts,
}

/// How all of them are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches(u32);

/// What is on before anybody changed anything.
const AT_FIRST: u32 = Switch::EchoCancellation.bit()
    | Switch::NoiseSuppression.bit()
    | Switch::GainControl.bit()
    | Switch::Mirror.bit()
    | Switch::Shortcuts.bit();

impl Switch {
    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self(AT_FIRST)
    }
}

impl Switches {
    /// It is on.
    pub fn has(self, switch: Switch) -> bool {
        self.0 & switch.bit() != 0
    }

    /// Turns it on or off; tells whether that changed anything.
    pub fn turn(&mut self, switch: Switch, on: bool) -> bool {
        let before = self.0;
        if on {
            self.0 |= switch.bit();
        } else {
            self.0 &= !switch.bit();
        }
        self.0 != before
    }

    /// A number that says which differ from what they are at first; 0 for none.
    pub fn changed(self) -> u32 {
        self.0 ^ AT_FIRST
    }

    /// Those of which [`Switches::changed`] gave that number.
    pub fn from_changed(changed: u32) -> Self {
        Self(changed ^ AT_FIRST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_kept_is_as_it_is_at_first() {
        let first = Switches::from_changed(0);
        assert_eq!(first, Switches::default());
        assert!(first.has(Switch::Mirror) && first.has(Switch::NoiseSuppression));
        assert!(first.has(Switch::Shortcuts));
        assert!(!first.has(Switch::AudioOnly) && !first.has(Switch::Notify));
    }

    #[test]
    fn what_was_turned_stays_turned_alone() {
        let mut switches = Switches::default();
        assert!(switches.turn(Switch::Mirror, false));
        assert!(switches.turn(Switch::SelfTop, true));
        assert!(!switches.turn(Switch::SelfTop, true), "it was on");
        let kept = Switches::from_changed(switches.changed());
        assert_eq!(kept, switches);
        assert!(!kept.has(Switch::Mirror) && kept.has(Switch::SelfTop));
        assert!(kept.has(Switch::GainControl) && !kept.has(Switch::SelfLeft));
    }
}
