//! How a client's bytes become samples: `audio.input.format`, which is an order.

use mynah_api::realtime::{InputAudioFormat, PcmJoiner};
use mynah_audio::{Clip, SampleRate, a_law, mu_law};
use serde_json::{Map, Value};

use crate::fault::Fault;

/// The rates of PCM that are taken, in Hz.
const PCM_RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// What a rate of PCM must be a multiple of, in Hz: it must have a divisor in common with 16 kHz,
/// so that few samples make a whole number of those of the recognizer.
const PCM_RATE_STEP_HZ: u32 = 25;

/// The rate of G.711.
const TELEPHONE: SampleRate = match SampleRate::new(8_000) {
    Ok(rate) => rate,
    Err(_) => panic!("a rate within bounds"),
};

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// 16-bit little-endian.
    Pcm,
    /// G.711 µ-law.
    MuLaw,
    /// G.711 A-law.
    ALaw,
}

/// The format of the audio that a client sends. Mono.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InputFormat {
    encoding: Encoding,
    rate: SampleRate,
}

impl Default for InputFormat {
    /// PCM at 24 kHz, as OpenAI has it.
    fn default() -> Self {
        Self {
            encoding: Encoding::Pcm,
            rate: SampleRate::HZ_24000,
        }
    }
}

impl InputFormat {
    pub(crate) const fn rate(self) -> SampleRate {
        self.rate
    }

    /// How many bytes a sample has.
    pub(crate) const fn sample_bytes(self) -> usize {
        match self.encoding {
            Encoding::Pcm => 2,
            Encoding::MuLaw | Encoding::ALaw => 1,
        }
    }

    /// The format as a client names it: an object with `type` and `rate`, the name alone, or a
    /// name of the earlier realtime API (`pcm16`, `g711_ulaw`, `g711_alaw`). Null is the default.
    /// Returns also the names of fields that change nothing.
    ///
    /// # Errors
    /// `unsupported`, for what can't be honoured.
    pub(crate) fn parse(asked: &Value) -> Result<(Self, Vec<String>), Fault> {
        match asked {
            Value::Null => Ok((Self::default(), Vec::new())),
            Value::String(name) => Ok((Self::named(name, None)?, Vec::new())),
            Value::Object(fields) => Self::of_object(fields),
            _ => Err(unsupported(FORMAT)),
        }
    }

    fn of_object(fields: &Map<String, Value>) -> Result<(Self, Vec<String>), Fault> {
        let Some(Value::String(name)) = fields.get("type") else {
            return Err(unsupported(TYPE));
        };
        let format = Self::named(name, fields.get("rate").filter(|rate| !rate.is_null()))?;
        let channels = fields.get("channels").filter(|count| !count.is_null());
        if channels.is_some_and(|count| count.as_f64() != Some(1.0)) {
            return Err(unsupported(CHANNELS));
        }
        let known = |name: &&String| ["type", "rate", "channels"].contains(&name.as_str());
        let unknown = fields.keys().filter(|name| !known(name));
        Ok((format, unknown.cloned().collect()))
    }

    fn named(name: &str, rate: Option<&Value>) -> Result<Self, Fault> {
        let encoding = match name.to_ascii_lowercase().as_str() {
            "audio/pcm" | "pcm16" => Encoding::Pcm,
            "audio/pcmu" | "g711_ulaw" => Encoding::MuLaw,
            "audio/pcma" | "g711_alaw" => Encoding::ALaw,
            _ => return Err(unsupported(TYPE)),
        };
        let rate = match (encoding, rate) {
            (Encoding::Pcm, None) => SampleRate::HZ_24000,
            (_, None) => TELEPHONE,
            (encoding, Some(rate)) => whole(rate)
                .filter(|hz| match encoding {
                    Encoding::Pcm => {
                        PCM_RATES_HZ.contains(hz) && hz.is_multiple_of(PCM_RATE_STEP_HZ)
                    }
                    Encoding::MuLaw | Encoding::ALaw => *hz == TELEPHONE.hz(),
                })
                .and_then(|hz| SampleRate::new(hz).ok())
                .ok_or_else(|| unsupported(RATE))?,
        };
        Ok(Self { encoding, rate })
    }

    /// The format as the session shows it.
    pub(crate) fn describe(self) -> InputAudioFormat {
        let kind = match self.encoding {
            Encoding::Pcm => "audio/pcm",
            Encoding::MuLaw => "audio/pcmu",
            Encoding::ALaw => "audio/pcma",
        };
        InputAudioFormat {
            kind: kind.into(),
            rate: self.rate.hz(),
        }
    }
}

/// Whether the audio that goes out has this format, the only one there is.
pub(crate) fn check_output(asked: &Value) -> Result<(), Fault> {
    match InputFormat::parse(asked) {
        Ok((format, _)) if format == InputFormat::default() => Ok(()),
        _ => {
            let message = "speech is sent as audio/pcm at 24000 Hz only";
            Err(Fault::client("unsupported", message).blaming("session.audio.output.format"))
        }
    }
}

/// Makes samples of bytes that come in pieces of any length.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SampleDecoder {
    format: InputFormat,
    joiner: PcmJoiner,
}

impl SampleDecoder {
    pub(crate) fn new(format: InputFormat) -> Self {
        Self {
            format,
            joiner: PcmJoiner::default(),
        }
    }

    /// The samples that these bytes complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Clip {
        let law =
            |decode: fn(u8) -> f32| -> Vec<f32> { bytes.iter().copied().map(decode).collect() };
        let samples = match self.format.encoding {
            Encoding::Pcm => self.joiner.push(bytes),
            Encoding::MuLaw => law(mu_law),
            Encoding::ALaw => law(a_law),
        };
        Clip::new(self.format.rate, samples)
    }

    /// Whether no half sample is left over.
    pub(crate) const fn is_whole(&self) -> bool {
        self.joiner.is_whole()
    }
}

const FORMAT: &str = "session.audio.input.format";
const TYPE: &str = "session.audio.input.format.type";
const RATE: &str = "session.audio.input.format.rate";
const CHANNELS: &str = "session.audio.input.format.channels";

fn unsupported(param: &'static str) -> Fault {
    let (least, most) = (PCM_RATES_HZ.start(), PCM_RATES_HZ.end());
    let message = format!(
        "send mono audio/pcm (16-bit little-endian, {least} to {most} Hz, a multiple of \
         {PCM_RATE_STEP_HZ}; 24000 without a rate), or audio/pcmu or audio/pcma at 8000 Hz"
    );
    Fault::client("unsupported", message).blaming(param)
}

/// A number without a fraction.
fn whole(number: &Value) -> Option<u32> {
    let number = number.as_f64()?;
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    fits.then_some(number as u32)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_documented_shape_is_a_format() {
        for (asked, kind, rate, ignored) in [
            (json!(null), "audio/pcm", 24_000, vec![]),
            (
                json!({"type": "audio/pcm", "rate": 24_000}),
                "audio/pcm",
                24_000,
                vec![],
            ),
            (json!({"type": "audio/pcm"}), "audio/pcm", 24_000, vec![]),
            (
                json!({"type": "audio/pcm", "rate": null}),
                "audio/pcm",
                24_000,
                vec![],
            ),
            (
                json!({"type": "AUDIO/PCM", "rate": 16_000.0, "channels": 1, "x": 1}),
                "audio/pcm",
                16_000,
                vec!["x"],
            ),
            (
                json!({"type": "audio/pcm", "rate": 8_000}),
                "audio/pcm",
                8_000,
                vec![],
            ),
            (
                json!({"type": "audio/pcm", "rate": 11_025}),
                "audio/pcm",
                11_025,
                vec![],
            ),
            (
                json!({"type": "audio/pcm", "rate": 48_000}),
                "audio/pcm",
                48_000,
                vec![],
            ),
            (json!({"type": "audio/pcmu"}), "audio/pcmu", 8_000, vec![]),
            (
                json!({"type": "audio/pcma", "rate": 8_000}),
                "audio/pcma",
                8_000,
                vec![],
            ),
            (json!("pcm16"), "audio/pcm", 24_000, vec![]),
            (json!("g711_ulaw"), "audio/pcmu", 8_000, vec![]),
            (json!("g711_alaw"), "audio/pcma", 8_000, vec![]),
        ] {
            let (format, unknown) = InputFormat::parse(&asked).expect("a format");
            let shown = format.describe();
            assert_eq!((shown.kind.as_str(), shown.rate), (kind, rate), "{asked}");
            assert_eq!(unknown, ignored, "{asked}");
        }
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_its_field() {
        for (asked, param) in [
            (json!(true), FORMAT),
            (json!([]), FORMAT),
            (json!({}), TYPE),
            (json!({"rate": 24_000}), TYPE),
            (json!({"type": 1}), TYPE),
            (json!({"type": "audio/opus"}), TYPE),
            (json!("mp3"), TYPE),
            (json!({"type": "audio/pcm", "rate": 0}), RATE),
            (json!({"type": "audio/pcm", "rate": -24_000}), RATE),
            (json!({"type": "audio/pcm", "rate": 7_975}), RATE),
            (json!({"type": "audio/pcm", "rate": 48_025}), RATE),
            (json!({"type": "audio/pcm", "rate": 16_001}), RATE),
            (json!({"type": "audio/pcm", "rate": 16_000.5}), RATE),
            (json!({"type": "audio/pcm", "rate": "24000"}), RATE),
            (json!({"type": "audio/pcm", "rate": 1e300}), RATE),
            (json!({"type": "audio/pcmu", "rate": 16_000}), RATE),
            (
                json!({"type": "audio/pcm", "rate": 24_000, "channels": 2}),
                CHANNELS,
            ),
        ] {
            let fault = InputFormat::parse(&asked).expect_err("no format");
            assert_eq!(
                (fault.code, fault.param),
                ("unsupported", Some(param)),
                "{asked}"
            );
        }
    }

    #[test]
    fn only_pcm_at_24_khz_goes_out() {
        for format in [
            json!(null),
            json!({"type": "audio/pcm", "rate": 24_000}),
            json!("pcm16"),
        ] {
            assert_eq!(check_output(&format), Ok(()), "{format}");
        }
        for format in [
            json!({"type": "audio/pcmu"}),
            json!({"type": "audio/pcm", "rate": 8_000}),
        ] {
            assert!(check_output(&format).is_err(), "{format}");
        }
    }
}
