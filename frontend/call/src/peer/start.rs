//! Has a sender begin with what most paths carry. Chromium begins with 300 kbit/s for a whole
//! connection, makes the camera's picture smaller to fit, and takes a quarter of a minute to give it
//! back what it took. It takes another figure from the description of the other side, as a parameter
//! of the encoding; other browsers pass it over.

use std::borrow::Cow;

use protocol::Description;

/// Where to begin, in kbit/s. The first pictures are so small (`growth.rs`) that they need less: a path
/// that does not carry this is measured before it is filled.
const START: &str = "x-google-start-bitrate=1000";

/// Encodings of pictures, by their names in `a=rtpmap` (RFC 8866, section 6.6).
const PICTURES: [&str; 5] = ["VP8", "VP9", "AV1", "H264", "H265"];

/// The description as it is applied: with a bit rate to begin with for each encoding of pictures.
pub(super) fn description(description: Description) -> Description {
    let lines: Vec<&str> = description.sdp.split_inclusive('\n').collect();
    let sdp = lines.iter().map(|line| told(line, &lines)).collect();
    Description { sdp, ..description }
}

/// A line, with the parameter where it belongs: behind the others of its payload type, or in a line
/// of its own where there are none (`a=fmtp`; RFC 8866, section 6.15).
fn told<'a>(line: &'a str, lines: &[&str]) -> Cow<'a, str> {
    if let Some(payload) = parameters(line)
        && lines.iter().any(|line| picture(line) == Some(payload))
    {
        return format!("{};{START}\r\n", line.trim_end()).into();
    }
    match picture(line) {
        Some(payload) if !lines.iter().any(|line| parameters(line) == Some(payload)) => {
            format!("{}\r\na=fmtp:{payload} {START}\r\n", line.trim_end()).into()
        }
        _ => line.into(),
    }
}

/// The payload type that a line gives to an encoding of pictures.
fn picture(line: &str) -> Option<&str> {
    let (payload, encoding) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
    PICTURES
        .contains(&encoding.split('/').next()?)
        .then_some(payload)
}

/// The payload type that a line has parameters of.
fn parameters(line: &str) -> Option<&str> {
    Some(line.strip_prefix("a=fmtp:")?.split_once(' ')?.0)
}

#[cfg(test)]
mod tests {
    use protocol::DescriptionKind;

    use super::*;

    fn applied(sdp: &str) -> String {
        let told = Description {
            kind: DescriptionKind::Offer,
            sdp: sdp.to_owned(),
        };
        description(told).sdp
    }

    #[test]
    fn each_encoding_of_pictures_is_told_where_to_begin_and_nothing_else_is() {
        let sdp = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n\
                   a=fmtp:111 minptime=10\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97 102\r\n\
                   a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
                   a=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1\r\n";
        let expected = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n\
                   a=fmtp:111 minptime=10\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97 102\r\n\
                   a=rtpmap:96 VP8/90000\r\na=fmtp:96 x-google-start-bitrate=1000\r\n\
                   a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:102 H264/90000\r\n\
                   a=fmtp:102 packetization-mode=1;x-google-start-bitrate=1000\r\n";
        assert_eq!(applied(sdp), expected);
    }

    #[test]
    fn what_is_no_description_stays_what_it_is() {
        for sdp in [
            "",
            "a=rtpmap:",
            "a=fmtp:96",
            "a=rtpmap:96",
            "\r\n\r\n",
            "a=rtpmap: /",
        ] {
            assert_eq!(applied(sdp), sdp);
        }
    }
}
