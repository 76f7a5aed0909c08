//! How loud the microphone is.

use gloo_timers::callback::Interval;
use web_sys::{
    AnalyserNode, AudioContext, AudioContextState, MediaStreamAudioSourceNode, MediaStreamTrack,
};

use super::{JsError, Wake, Waker, stream_of, wake};

/// Milliseconds between two readings.
const EVERY_MILLIS: u32 = 100;
/// Samples a reading looks at: about 40 ms at 48 kHz.
const SAMPLES: usize = 2048;
/// Level that fills the meter, as root mean square: normal speech close to a microphone.
const LOUD: f32 = 0.25;

/// Measures a microphone and pushes [`Wake::Level`] for as long as it is held, also while the
/// others do not hear it: what is measured is a copy of the track, which stays enabled. Nothing of
/// it leaves the page.
pub struct LevelMeter {
    context: AudioContext,
    copy: MediaStreamTrack,
    source: MediaStreamAudioSourceNode,
    _interval: Interval,
}

impl LevelMeter {
    /// Begins to measure; the sound goes nowhere else.
    ///
    /// # Errors
    /// When the browser has no Web Audio, or none left.
    pub fn start(track: &MediaStreamTrack, waker: Waker) -> Result<Self, JsError> {
        let context = AudioContext::new()?;
        // The browser's own clone, not that of the handle.
        let copy = MediaStreamTrack::clone(track);
        copy.set_enabled(true);
        let stream = stream_of(&copy).ok_or_else(|| JsError {
            name: "NotSupportedError".into(),
            message: "no stream of the microphone".into(),
        })?;
        let source = context.create_media_stream_source(&stream)?;
        let analyser = context.create_analyser()?;
        analyser.set_fft_size(SAMPLES as u32);
        source.connect_with_audio_node(&analyser)?;
        // Suspended until the person did something, in some browsers.
        let _ = context.resume();
        let running = context.clone();
        let interval = Interval::new(EVERY_MILLIS, move || {
            // One that is suspended hears nothing, which says nothing of the microphone.
            if running.state() == AudioContextState::Running {
                wake(&waker, Wake::Level(reading(&analyser)));
            }
        });
        Ok(Self {
            context,
            copy,
            source,
            _interval: interval,
        })
    }
}

impl Drop for LevelMeter {
    fn drop(&mut self) {
        self.copy.stop();
        let _ = self.source.disconnect();
        let _ = self.context.close();
    }
}

fn reading(analyser: &AnalyserNode) -> f64 {
    let mut samples = [0.0_f32; SAMPLES];
    analyser.get_float_time_domain_data(&mut samples);
    let square = samples.iter().map(|s| s * s).sum::<f32>() / SAMPLES as f32;
    // Ears hear ratios: the square root of the ratio spreads quiet speech over the meter.
    f64::from((square.sqrt() / LOUD).clamp(0.0, 1.0).sqrt())
}
