//! The segment of a record in its headers, so that a record whose body cannot be decoded still names
//! its segment.

use super::parts::SegmentRange;
use crate::record::Headers;

/// The number of the segment in its session, in decimal.
const INDEX: &str = "mynah-segment-index";
/// The segment's first sample at 16 kHz, in decimal.
const START_SAMPLE: &str = "mynah-start-sample";
/// The position after the segment's last sample, in decimal.
const END_SAMPLE: &str = "mynah-end-sample";

impl SegmentRange {
    /// Headers that name this segment as well.
    #[must_use]
    pub fn inject(&self, headers: Headers) -> Headers {
        headers
            .with(INDEX, self.index.to_string())
            .with(START_SAMPLE, self.start_sample.to_string())
            .with(END_SAMPLE, self.end_sample.to_string())
    }

    /// The segment that headers name; None without all of them, or where the range is empty.
    pub fn extract(headers: &Headers) -> Option<Self> {
        let segment = Self {
            index: headers.text(INDEX)?.parse().ok()?,
            start_sample: headers.text(START_SAMPLE)?.parse().ok()?,
            end_sample: headers.text(END_SAMPLE)?.parse().ok()?,
        };
        (segment.start_sample < segment.end_sample).then_some(segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: SegmentRange = SegmentRange {
        index: 3,
        start_sample: 16_000,
        end_sample: 48_000,
    };

    #[test]
    fn segments_survive_a_round_trip_through_headers() {
        let headers = SEGMENT.inject(Headers::default().with("other", "1"));
        assert_eq!(headers.text("other"), Some("1"));
        assert_eq!(SegmentRange::extract(&headers), Some(SEGMENT));
    }

    #[test]
    fn incomplete_and_invalid_headers_name_no_segment() {
        let empty = SegmentRange {
            end_sample: SEGMENT.start_sample,
            ..SEGMENT
        };
        let complete = SEGMENT.inject(Headers::default());
        for headers in [
            Headers::default(),
            empty.inject(Headers::default()),
            complete.clone().without(INDEX),
            complete.clone().without(START_SAMPLE),
            complete.clone().without(END_SAMPLE),
            complete.clone().without(INDEX).with(INDEX, "-1"),
            complete.without(END_SAMPLE).with(END_SAMPLE, "x"),
        ] {
            assert_eq!(SegmentRange::extract(&headers), None, "{headers:?}");
        }
    }
}
