//! How loud the microphone is.

use gloo_timers::callback::Interval;
use web_sys::{AnalyserNode, AudioContext, MediaStream, MediaStreamAudioSourceNode};

use super::{JsError, Wake, Waker, wake};

/// Milliseconds between two readings.
const EVERY_MILLIS: u32 = 100;
/// Samples a reading looks at: about 40 ms at 48 kHz.
const SAMPLES: usize = 2048;
/// Level that fills the meter, as root mean square: normal speech close to a microphone.
const LOUD: f32 = 0.25;

/// Measures a stream and pushes [`Wake::Level`] for as long as it is held.
pub struct LevelMeter {
    context: AudioContext,
    source: MediaStreamAudioSourceNode,
    _interval: Interval,
}

impl LevelMeter {
    /// Begins to measure; the sound goes nowhere else.
    ///
    /// # Errors
    /// When the browser has no Web Audio, or none left.
    pub fn start(stream: &MediaStream, waker: Waker) -> Result<Self, JsError> {
        let context = AudioContext::new()?;
        let source = context.create_media_stream_source(stream)?;
        let analyser = context.create_analyser()?;
        analyser.set_fft_size(SAMPLES as u32);
        source.connect_with_audio_node(&analyser)?;
        // Suspended until the person did something, in some browsers.
        let _ = context.resume();
        let interval = Interval::new(EVERY_MILLIS, move || {
            wake(&waker, Wake::Level(reading(&analyser)));
        });
        Ok(Self {
            context,
            source,
            _interval: interval,
        })
    }
}

impl Drop for LevelMeter {
    fn drop(&mut self) {
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
