//! What web-sys 0.3.106 lacks, bound once with types. Each binding names the standard it is from.

use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{
    Document, Element, EventTarget, HtmlMediaElement, HtmlVideoElement, MediaStream,
    MediaTrackConstraints, Navigator, RtcIceCandidate, RtcIceCandidateInit, RtcPeerConnection,
    RtcRtpEncodingParameters, RtcRtpParameters, RtcRtpSender, WebSocket, Window,
};

#[wasm_bindgen]
extern "C" {
    /// W3C webrtc-pc, section 4.4.
    type PeerConnectionExt;
    #[wasm_bindgen(method, js_name = setLocalDescription)]
    fn set_local_description(this: &PeerConnectionExt) -> Promise;
    #[wasm_bindgen(method, js_name = restartIce)]
    fn restart_ice(this: &PeerConnectionExt);

    /// W3C webrtc-pc, section 4.9.1, `RTCCertificateExpiration`.
    type CertificateExt;
    #[wasm_bindgen(method, setter)]
    fn set_expires(this: &CertificateExt, millis: f64);

    /// W3C webrtc-pc, section 5.2.
    type SenderExt;
    #[wasm_bindgen(method, catch, js_name = setStreams)]
    fn set_streams(this: &SenderExt, stream: &MediaStream) -> Result<(), JsValue>;

    /// W3C webrtc-pc, section 5.2.5, `RTCRtpSendParameters`.
    type SendParameters;
    #[wasm_bindgen(method, getter)]
    fn encodings(this: &SendParameters) -> Option<Array>;

    /// W3C webrtc-pc, section 4.8.1.
    type CandidateExt;
    #[wasm_bindgen(method, getter, js_name = usernameFragment)]
    fn username_fragment(this: &CandidateExt) -> Option<String>;
    #[wasm_bindgen(method, setter, js_name = usernameFragment)]
    fn set_username_fragment(this: &CandidateExt, fragment: &str);

    /// Audio Output Devices API, section 2.
    type SinkExt;
    #[wasm_bindgen(method, getter, js_name = setSinkId)]
    fn set_sink_id_function(this: &SinkExt) -> JsValue;
    #[wasm_bindgen(method, catch, js_name = setSinkId)]
    fn set_sink_id(this: &SinkExt, id: &str) -> Result<Promise, JsValue>;

    /// Network Information API and Web Share, which not every browser has.
    type NavigatorExt;
    #[wasm_bindgen(method, getter)]
    fn connection(this: &NavigatorExt) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn share(this: &NavigatorExt) -> JsValue;

    /// Network Information, section 5.
    type NetworkExt;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &NetworkExt) -> Option<String>;

    /// Document Picture-in-Picture, section 3.
    type FloatingExt;
    #[wasm_bindgen(method, getter, js_name = documentPictureInPicture)]
    fn document_picture_in_picture(this: &FloatingExt) -> Option<DocumentPictureInPicture>;
    pub(super) type DocumentPictureInPicture;
    #[wasm_bindgen(method, catch, js_name = requestWindow)]
    pub(super) fn request_window(this: &DocumentPictureInPicture) -> Result<Promise, JsValue>;

    /// Picture-in-Picture, sections 4.3 and 4.4.
    type FloatingDocument;
    #[wasm_bindgen(method, getter, js_name = pictureInPictureEnabled)]
    fn enabled(this: &FloatingDocument) -> Option<bool>;
    #[wasm_bindgen(method, getter, js_name = pictureInPictureElement)]
    fn element(this: &FloatingDocument) -> Option<Element>;
    #[wasm_bindgen(method, catch, js_name = exitPictureInPicture)]
    fn exit(this: &FloatingDocument) -> Result<Promise, JsValue>;
    type FloatingVideo;
    #[wasm_bindgen(method, catch, js_name = requestPictureInPicture)]
    fn request(this: &FloatingVideo) -> Result<Promise, JsValue>;

    /// Screen Wake Lock API, sections 5 to 7.
    #[wasm_bindgen(method, getter, js_name = wakeLock)]
    fn wake_lock(this: &NavigatorExt) -> Option<WakeLockExt>;
    type WakeLockExt;
    #[wasm_bindgen(method, catch)]
    fn request(this: &WakeLockExt, kind: &str) -> Result<Promise, JsValue>;
    /// `WakeLockSentinel`.
    pub(super) type ScreenLock;
    #[wasm_bindgen(method, catch)]
    fn release(this: &ScreenLock) -> Result<Promise, JsValue>;

    /// Web Locks API, section 3.
    #[wasm_bindgen(method, getter)]
    fn locks(this: &NavigatorExt) -> Option<LocksExt>;
    type LocksExt;
    /// `LockOptions`.
    type LockOptionsExt;
    #[wasm_bindgen(method, setter, js_name = ifAvailable)]
    fn set_if_available(this: &LockOptionsExt, only: bool);
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LocksExt,
        name: &str,
        options: &LockOptionsExt,
        callback: &Function,
    ) -> Result<Promise, JsValue>;

    /// Media Session, sections 5 to 7.
    #[wasm_bindgen(method, getter, js_name = mediaSession)]
    fn media_session(this: &NavigatorExt) -> Option<MediaSession>;
    pub(super) type MediaSession;
    #[wasm_bindgen(method, catch, js_name = setActionHandler)]
    pub(super) fn set_action_handler(
        this: &MediaSession,
        action: &str,
        handler: &JsValue,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = setMicrophoneActive)]
    fn set_microphone_active(this: &MediaSession, on: bool) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setCameraActive)]
    fn set_camera_active(this: &MediaSession, on: bool) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, setter, js_name = metadata)]
    fn set_metadata(this: &MediaSession, metadata: Option<&MediaMetadata>);
    type MediaMetadata;
    #[wasm_bindgen(constructor, catch)]
    fn new() -> Result<MediaMetadata, JsValue>;
    #[wasm_bindgen(method, setter)]
    fn set_title(this: &MediaMetadata, title: &str);

    /// Web Animations, section 6.
    pub(super) type Animation;
    #[wasm_bindgen(method)]
    pub(super) fn cancel(this: &Animation);
    #[wasm_bindgen(method, catch)]
    fn animate(this: &ElementExt, frames: &Object, millis: f64) -> Result<Animation, JsValue>;

    /// Fullscreen API, section 4; web-sys forgets its promise.
    type ElementExt;
    #[wasm_bindgen(method, catch, js_name = requestFullscreen)]
    fn request_fullscreen(this: &ElementExt) -> Result<Promise, JsValue>;

    /// Media Capture and Streams Extensions, section 7: background blur.
    type BlurExt;
    #[wasm_bindgen(method, setter, js_name = backgroundBlur)]
    fn set_background_blur(this: &BlurExt, on: bool);
    #[wasm_bindgen(method, getter, js_name = backgroundBlur)]
    fn background_blur(this: &BlurExt) -> JsValue;
    #[wasm_bindgen(method, catch, js_name = getCapabilities)]
    fn get_capabilities(this: &BlurExt) -> Result<BlurExt, JsValue>;

    /// W3C webrtc-pc, section 5.2.8; what is `undefined` is no limit.
    type EncodingExt;
    #[wasm_bindgen(method, setter, js_name = maxBitrate)]
    fn set_max_bitrate(this: &EncodingExt, bits: Option<u32>);
    #[wasm_bindgen(method, setter, js_name = maxFramerate)]
    fn set_max_framerate(this: &EncodingExt, pictures: Option<u32>);

    /// What `index.html` leaves for `socket.rs`, and a class that not every browser has.
    type WindowExt;
    #[wasm_bindgen(method, getter, js_name = tincanSocket)]
    fn tincan_socket(this: &WindowExt) -> Option<WebSocket>;
    #[wasm_bindgen(method, getter, js_name = Notification)]
    fn notification(this: &WindowExt) -> JsValue;
    #[wasm_bindgen(method, setter, js_name = tincanSocket)]
    fn set_tincan_socket(this: &WindowExt, socket: Option<&WebSocket>);

    /// What `index.html` writes on that socket.
    type EarlyExt;
    #[wasm_bindgen(method, getter, js_name = tincanSaid)]
    fn said(this: &EarlyExt) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = tincanHeard)]
    fn heard(this: &EarlyExt) -> Option<String>;

    /// Screen Capture, section 5.1.
    type MediaDevicesExt;
    #[wasm_bindgen(method, getter, js_name = getDisplayMedia)]
    fn get_display_media_function(this: &MediaDevicesExt) -> JsValue;
}

/// Has a certificate that is made of `algorithm` expire after that many milliseconds.
pub(super) fn set_expires(algorithm: &Object, millis: f64) {
    algorithm
        .unchecked_ref::<CertificateExt>()
        .set_expires(millis);
}

/// The socket that `index.html` began to open, once; nobody listens to it from here on.
pub(super) fn take_early_socket(window: &Window) -> Option<EarlySocket> {
    let window = window.unchecked_ref::<WindowExt>();
    let socket = window.tincan_socket()?;
    window.set_tincan_socket(None);
    socket.set_onopen(None);
    socket.set_onmessage(None);
    let early = socket.unchecked_ref::<EarlyExt>();
    Some(EarlySocket {
        said: early.said(),
        heard: early.heard().unwrap_or_default(),
        socket,
    })
}

/// What `index.html` began to talk to the server with.
pub(super) struct EarlySocket {
    pub(super) socket: WebSocket,
    /// With what it entered the lobby, if it did.
    pub(super) said: Option<String>,
    /// What the server said since, each in a line.
    pub(super) heard: String,
}

/// `setLocalDescription()` without an argument.
pub(super) fn set_local_description(connection: &RtcPeerConnection) -> Promise {
    connection
        .unchecked_ref::<PeerConnectionExt>()
        .set_local_description()
}

/// `restartIce()`.
pub(super) fn restart_ice(connection: &RtcPeerConnection) {
    connection
        .unchecked_ref::<PeerConnectionExt>()
        .restart_ice();
}

/// `RTCRtpSender.setStreams(stream)`: which stream the other side sees the track in, so that it
/// keeps sound and picture in step. Browsers without it (Firefox before 113) go without.
pub(super) fn set_streams(sender: &RtcRtpSender, stream: &MediaStream) {
    let _ = sender.unchecked_ref::<SenderExt>().set_streams(stream);
}

/// The encodings of a sender's parameters, which web-sys offers for setting only.
pub(super) fn encodings(parameters: &RtcRtpParameters) -> Vec<RtcRtpEncodingParameters> {
    parameters
        .unchecked_ref::<SendParameters>()
        .encodings()
        .map(|all| all.iter().map(JsCast::unchecked_into).collect())
        .unwrap_or_default()
}

/// Limits what is sent of a picture; `None` lifts the limit.
pub(super) fn limit(encoding: &RtcRtpEncodingParameters, limits: Option<(u32, u32)>) {
    let encoding = encoding.unchecked_ref::<EncodingExt>();
    encoding.set_max_bitrate(limits.map(|(bits, _)| bits));
    encoding.set_max_framerate(limits.map(|(_, pictures)| pictures));
}

/// Asks for a background that is blurred, of cameras that can do it.
pub(super) fn set_background_blur(constraints: &MediaTrackConstraints) {
    constraints
        .unchecked_ref::<BlurExt>()
        .set_background_blur(true);
}

/// Whether the camera of that stream can blur the background.
pub fn can_blur(stream: &MediaStream) -> bool {
    let track = stream.get_video_tracks().get(0);
    let can = track.unchecked_ref::<BlurExt>();
    !track.is_undefined()
        && can.get_capabilities().is_ok_and(|capabilities| {
            let choices = capabilities.background_blur();
            choices.is_object() && Array::from(&choices).includes(&JsValue::TRUE, 0)
        })
}

/// `RTCIceCandidate.usernameFragment`.
pub(super) fn username_fragment(candidate: &RtcIceCandidate) -> Option<String> {
    candidate
        .unchecked_ref::<CandidateExt>()
        .username_fragment()
}

/// `RTCIceCandidateInit.usernameFragment`.
pub(super) fn set_username_fragment(candidate: &RtcIceCandidateInit, fragment: &str) {
    candidate
        .unchecked_ref::<CandidateExt>()
        .set_username_fragment(fragment);
}

/// `navigator.connection`, where there is one.
pub(super) fn network_information(navigator: &Navigator) -> Option<EventTarget> {
    navigator
        .unchecked_ref::<NavigatorExt>()
        .connection()
        .dyn_into()
        .ok()
}

/// `NetworkInformation.type`, such as `wifi`; `None` where the browser does not tell.
pub(super) fn network_kind(network: &EventTarget) -> Option<String> {
    network.unchecked_ref::<NetworkExt>().kind()
}

/// Whether there is `navigator.share`.
pub(super) fn has_share(navigator: &Navigator) -> bool {
    navigator
        .unchecked_ref::<NavigatorExt>()
        .share()
        .is_function()
}

/// What opens a floating document; `None` where the browser cannot.
pub(super) fn document_picture_in_picture(window: &Window) -> Option<DocumentPictureInPicture> {
    window
        .unchecked_ref::<FloatingExt>()
        .document_picture_in_picture()
}

/// Whether a video may float by the page's wish.
pub(super) fn can_float_video(document: &Document) -> bool {
    document.unchecked_ref::<FloatingDocument>().enabled() == Some(true)
}

/// Lets a video float; nothing changes where the browser refuses.
pub(super) fn float_video(video: &HtmlVideoElement) {
    ignore(video.unchecked_ref::<FloatingVideo>().request());
}

/// Puts the video that floats back; whether there was one.
pub(super) fn stop_floating_video(document: &Document) -> bool {
    let document = document.unchecked_ref::<FloatingDocument>();
    let floats = document.element().is_some();
    if floats {
        ignore(document.exit());
    }
    floats
}

/// Asks for a lock among all pages of this origin, or only whether it is `available`; `callback` is given
/// it, and holds it until what it returns is fulfilled. `None` where the browser has no locks.
pub(super) fn request_lock(name: &str, available: bool, callback: &Function) -> Option<Promise> {
    let navigator = web_sys::window()?.navigator();
    let locks = navigator.unchecked_ref::<NavigatorExt>().locks()?;
    let options = Object::new().unchecked_into::<LockOptionsExt>();
    options.set_if_available(available);
    locks.request(name, &options, callback).ok()
}

/// Asks that the screen stay on; `None` where the browser cannot. Ends in a [`ScreenLock`].
pub(super) fn lock_screen() -> Option<Promise> {
    let navigator = web_sys::window()?.navigator();
    let wake_lock = navigator.unchecked_ref::<NavigatorExt>().wake_lock()?;
    wake_lock.request("screen").ok()
}

/// Lets the screen go dark again.
pub(super) fn unlock_screen(lock: &ScreenLock) {
    ignore(lock.release());
}

/// What headset and keyboard keys come through; `None` where the browser has it not.
pub(super) fn media_session() -> Option<MediaSession> {
    let navigator = web_sys::window()?.navigator();
    navigator.unchecked_ref::<NavigatorExt>().media_session()
}

/// Says what is going on, or that nothing is any more.
pub(super) fn set_media_title(session: &MediaSession, title: Option<&str>) {
    let metadata = title.and_then(|title| {
        let metadata = MediaMetadata::new().ok()?;
        metadata.set_title(title);
        Some(metadata)
    });
    session.set_metadata(metadata.as_ref());
}

/// Says whether microphone and camera are on. Browsers that do not ask know no such words.
pub(super) fn set_media_active(session: &MediaSession, microphone: bool, camera: bool) {
    for said in [
        session.set_microphone_active(microphone),
        session.set_camera_active(camera),
    ] {
        // Newer browsers answer with a promise, which may fail while nothing is captured.
        ignore(said.and_then(|said| said.dyn_into()));
    }
}

/// Gives `element` the whole screen.
pub(super) fn request_full_screen(element: &Element) {
    ignore(element.unchecked_ref::<ElementExt>().request_fullscreen());
}

/// Moves `element` through the frames; `None` where the browser cannot.
pub(super) fn animate(element: &Element, frames: &Object, millis: f64) -> Option<Animation> {
    element
        .unchecked_ref::<ElementExt>()
        .animate(frames, millis)
        .ok()
}

/// Waits for what may fail without harm, so that the browser does not complain of it.
pub(super) fn ignore(asked: Result<Promise, JsValue>) {
    if let Ok(promise) = asked {
        wasm_bindgen_futures::spawn_local(async move {
            let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
        });
    }
}

/// Whether there is a class `Notification`.
pub(super) fn has_notifications() -> bool {
    web_sys::window().is_some_and(|window| {
        let class = window.unchecked_ref::<WindowExt>().notification();
        class.is_function()
    })
}

/// Whether this browser can share a screen; phones cannot.
pub fn can_share_screen() -> bool {
    super::devices::media_devices().is_some_and(|devices| {
        devices
            .unchecked_ref::<MediaDevicesExt>()
            .get_display_media_function()
            .is_function()
    })
}

/// Whether this browser can choose the speaker.
pub fn can_choose_speaker() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.create_element("audio").ok())
        .is_some_and(|audio| {
            audio
                .unchecked_ref::<SinkExt>()
                .set_sink_id_function()
                .is_function()
        })
}

/// Plays `element` on the speaker of that id; the empty id is the system's default. A speaker that
/// is gone, or a browser that cannot choose, leaves the sound where it is.
pub fn set_sink_id(element: &HtmlMediaElement, id: &str) {
    if !can_choose_speaker() {
        return;
    }
    ignore(element.unchecked_ref::<SinkExt>().set_sink_id(id));
}
