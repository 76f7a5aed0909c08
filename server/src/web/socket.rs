//! One WebSocket: reads what a participant says, writes what they are told, and ends with a
//! reason and one line in the log.
//!
//! Not here: what anything said leads to (`rooms`), the handshake (`web`).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures::{FutureExt as _, SinkExt as _};
use metrics::Counter;
use protocol::{
    ClientMessage, CloseCode, PROTOCOL_VERSION, ParticipantId, RefuseReason, ServerMessage,
};
use tokio::time::Instant;

use super::parse::{self, Said};
use super::refusal;
use crate::config::LogAddresses;
use crate::hub::{Hub, SocketCount, Visitor};
use crate::meters;
use crate::quota::Quota;
use crate::rooms::{Ending, Frame, Gone, Resumed};

/// Bytes written in one go, about: the size of the write buffer.
const BATCH_BYTES: usize = 16 * 1024;

/// Beyond this many unacknowledged bytes the browser is asked, by a WebSocket ping, how far it has
/// read; its answer lets go of what was kept for it.
const ASK_AFTER_BYTES: usize = 32 * 1024;

/// How long a socket may take to hear its last words and answer the close.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// See the module.
struct Socket {
    websocket: WebSocket,
    hub: Arc<Hub>,
    visitor: Visitor,
    /// Who it is, once they have entered or resumed.
    participant: Option<ParticipantId>,
    quota: Quota,
    /// What all sockets of the visitor's address may say together.
    shared: Option<Arc<Quota>>,
    opened: Instant,
    /// When something was last heard.
    heard: Instant,
    /// Number of the last message the browser was asked about.
    asked: u64,
    /// Whether a token was unknown already; the second one ends the socket.
    had_unknown_token: bool,
    messages: u64,
    messages_total: Counter,
}

/// How a socket comes to its end.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The browser closed it, with this code if any.
    Closed(Option<u16>),
    /// It broke.
    Broken,
    /// The hub said so; everything was said in the outbox, but for the reason.
    Ended(Ending),
    /// The socket's own task refuses to go on.
    Refused(Ending),
}

impl From<RefuseReason> for End {
    fn from(reason: RefuseReason) -> Self {
        Self::Refused(refusal::ending(reason))
    }
}

/// Serves a socket to its end, as it was counted or refused.
pub(super) async fn serve(
    websocket: WebSocket,
    hub: Arc<Hub>,
    visitor: Visitor,
    count: Result<SocketCount, RefuseReason>,
) {
    let mut socket = Socket {
        websocket,
        hub,
        visitor,
        participant: None,
        quota: Quota::of_a_socket(),
        shared: count.as_ref().ok().and_then(SocketCount::shared),
        opened: Instant::now(),
        heard: Instant::now(),
        asked: 0,
        had_unknown_token: false,
        messages: 0,
        messages_total: metrics::counter!("tincan_messages_total"),
    };
    let end = match count {
        Ok(_) => socket.run().await,
        Err(reason) => reason.into(),
    };
    socket.finish(end).await;
    drop(count);
}

impl Socket {
    /// Reads and writes until there is a reason to stop.
    async fn run(&mut self) -> End {
        let bell = self.visitor.bell.clone();
        let hub = Arc::clone(&self.hub);
        // Set anew only when it goes off, not for every message.
        let mut alarm = std::pin::pin!(tokio::time::sleep_until(self.next_alarm()));
        loop {
            let step = tokio::select! {
                // Whoever was rung need not look for messages first, which is the dearer question.
                // Nobody's reading waits for long behind it: all that is there goes out at once,
                // and others may not speak fast enough to ring again each time.
                biased;
                () = bell.rung() => match bell.ending() {
                    Some(ending) => Err(End::Ended(ending)),
                    None => {
                        // Those who have something to say speak first. What they say goes out with
                        // it, and many writes in a row wake their readers once instead of each.
                        tokio::task::yield_now().await;
                        self.deliver().await
                    }
                },
                message = self.websocket.recv() => match message {
                    Some(Ok(message)) => self.handle(message).await,
                    Some(Err(error)) => Err(fault(error)),
                    None => Err(End::Broken),
                },
                () = &mut alarm => {
                    let step = self.handle_alarm().await;
                    alarm.as_mut().reset(self.next_alarm());
                    step
                },
                // Those in a room hear it through their bell.
                () = hub.drained(), if self.participant.is_none() => Err(End::Ended(Ending {
                    code: CloseCode::GoingAway,
                    reason: None,
                })),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn handle(&mut self, message: Message) -> Result<(), End> {
        self.heard = Instant::now();
        let length = match &message {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
            Message::Close(_) => 0,
        };
        let shared = self.shared.iter().map(Arc::as_ref);
        for quota in std::iter::once(&self.quota).chain(shared) {
            if quota.count(length).is_err() {
                return Err(RefuseReason::TooFast.into());
            }
        }
        match message {
            Message::Text(text) => {
                self.messages += 1;
                self.messages_total.increment(1);
                let message = parse::message(&text).ok_or(RefuseReason::BadMessage)?;
                self.obey(message).await
            }
            Message::Binary(_) => Err(End::Refused(Ending {
                code: CloseCode::Unsupported,
                reason: Some(RefuseReason::BadMessage),
            })),
            // The library answers it.
            Message::Ping(_) => Ok(()),
            Message::Pong(number) => {
                // What was in the pong's way was received before it.
                if let (Ok(number), Some(id)) = (number[..].try_into(), &self.participant) {
                    self.hub.acknowledge(id, u64::from_be_bytes(number));
                }
                Ok(())
            }
            Message::Close(frame) => Err(End::Closed(frame.map(|frame| frame.code))),
        }
    }

    async fn obey(&mut self, said: Said<'_>) -> Result<(), End> {
        // Nothing more in the name of somebody who speaks on another socket by now.
        if let Some(ending) = self.visitor.bell.ending() {
            return Err(End::Ended(ending));
        }
        match (said, self.participant.clone()) {
            (Said::Signal { to, received, body }, Some(id)) => {
                self.hub.signal(&id, received, &to, body);
                Ok(())
            }
            (Said::Signal { .. }, None) => Err(RefuseReason::NotEntered.into()),
            (Said::Other(message), Some(id)) => self.carry_out(id, message).await,
            (Said::Other(message), None) => self.let_in(message).await,
        }
    }

    async fn carry_out(&mut self, id: ParticipantId, message: ClientMessage) -> Result<(), End> {
        match message {
            ClientMessage::Enter { .. } | ClientMessage::Resume { .. } => {
                return Err(RefuseReason::AlreadyEntered.into());
            }
            ClientMessage::Join => self.hub.join(&id),
            ClientMessage::Signal { to, received, body } => {
                self.hub.signal(&id, received, &to, body.as_text());
            }
            ClientMessage::Leave => self.hub.leave(&id),
            ClientMessage::Room { action, id: about } => {
                self.hub.act(&id, action, about.as_ref());
            }
            ClientMessage::Ping { received } => {
                self.hub.acknowledge(&id, received);
                self.say(&ServerMessage::Pong).await?;
            }
        }
        Ok(())
    }

    async fn let_in(&mut self, message: ClientMessage) -> Result<(), End> {
        match message {
            ClientMessage::Enter {
                version,
                room,
                replaces,
            } => {
                if version != PROTOCOL_VERSION {
                    return Err(RefuseReason::UnsupportedVersion.into());
                }
                let id = self.hub.enter(&self.visitor, room, replaces)?;
                self.participant = Some(id);
                Ok(())
            }
            ClientMessage::Resume { token, received } => {
                match self.hub.resume(&self.visitor, &token, received) {
                    Ok(Resumed { id, room, place }) => {
                        let ice_servers = self.hub.ice_servers(&self.visitor, &room, &id);
                        self.participant = Some(id);
                        self.say(&ServerMessage::Resumed { place, ice_servers })
                            .await
                    }
                    Err(reason) if self.had_unknown_token => Err(reason.into()),
                    // They may `enter` on the same socket.
                    Err(reason) => {
                        self.had_unknown_token = true;
                        meters::refused(reason);
                        self.say(&refused(reason)).await
                    }
                }
            }
            ClientMessage::Join
            | ClientMessage::Signal { .. }
            | ClientMessage::Leave
            | ClientMessage::Room { .. }
            | ClientMessage::Ping { .. } => Err(RefuseReason::NotEntered.into()),
        }
    }

    /// Writes what waits in the outbox, until nothing does.
    async fn deliver(&mut self) -> Result<(), End> {
        while let Some(id) = &self.participant {
            let batch = self.hub.take(id, &self.visitor.bell, BATCH_BYTES);
            if batch.frames.is_empty() {
                break;
            }
            let before = batch.last.saturating_sub(batch.frames.len() as u64);
            let asks = batch.unacknowledged > ASK_AFTER_BYTES && self.asked < before;
            if asks {
                self.asked = batch.last;
            }
            let question = asks.then(|| ask(batch.last));
            let messages = batch.frames.into_iter().map(text).chain(question);
            self.write(messages).await?;
        }
        Ok(())
    }

    /// Says something that is no part of the numbered messages.
    async fn say(&mut self, message: &ServerMessage) -> Result<(), End> {
        self.write([text(Frame::of(message))]).await
    }

    /// Writes as fast as the browser reads, but no longer than it may be idle, and no longer once
    /// the hub has ended the socket.
    async fn write(&mut self, messages: impl IntoIterator<Item = Message>) -> Result<(), End> {
        let bell = &self.visitor.bell;
        let websocket = &mut self.websocket;
        let mut writing = std::pin::pin!(async move {
            for message in messages {
                websocket.feed(message).await?;
            }
            websocket.flush().await
        });
        // Mostly the kernel takes it at once, and no timer is needed.
        if let Some(written) = writing.as_mut().now_or_never() {
            return written.map_err(|_| End::Broken);
        }
        let mut was_rung = false;
        let mut patience = std::pin::pin!(tokio::time::sleep(self.hub.limits().idle));
        let written = loop {
            tokio::select! {
                written = &mut writing => break written.map_err(|_| End::Broken),
                () = bell.rung() => match bell.ending() {
                    Some(ending) => break Err(End::Ended(ending)),
                    None => was_rung = true,
                },
                () = &mut patience => break Err(RefuseReason::FellBehind.into()),
            }
        };
        if was_rung {
            bell.ring();
        }
        written
    }

    async fn handle_alarm(&mut self) -> Result<(), End> {
        let limits = self.hub.limits();
        let silent = self.heard.elapsed();
        let loiters = self.participant.is_none() && self.opened.elapsed() >= limits.enter;
        if loiters || silent >= limits.idle {
            return Err(RefuseReason::Idle.into());
        }
        if silent >= limits.heartbeat {
            // A page whose timers the browser holds back still answers this one.
            return self.write([ask(self.asked)]).await;
        }
        Ok(())
    }

    fn next_alarm(&self) -> Instant {
        let limits = self.hub.limits();
        let (now, idle) = (Instant::now(), self.heard + limits.idle);
        let ask = self.heard + limits.heartbeat;
        let next = if ask > now {
            ask
        } else {
            idle.min(now + limits.heartbeat)
        };
        match self.participant {
            Some(_) => next,
            None => next.min(self.opened + limits.enter),
        }
    }

    /// Says the last words, closes, and writes the log's line.
    async fn finish(mut self, end: End) {
        let bell = self.visitor.bell.clone();
        let (gone, ending) = match end {
            // 1000 and 1001 are what a page that leaves, and a tab that closes, say.
            End::Closed(Some(1000 | 1001)) => (Gone::ForGood, None),
            End::Closed(_) | End::Broken => (Gone::ForNow, None),
            End::Ended(ending) => (Gone::ForNow, Some(ending)),
            End::Refused(ending) if ending.code == CloseCode::Idle => {
                (Gone::Silent(self.heard.elapsed()), Some(ending))
            }
            End::Refused(ending) => (refusal::gone(ending), Some(ending)),
        };
        let reason = ending.and_then(|ending| ending.reason);
        if let Some(reason) = reason {
            meters::refused(reason);
        }
        // A refusal that the participant may count once they resume has its place in the outbox.
        if let (End::Refused(_), Some(reason), Some(id)) = (end, reason, &self.participant) {
            let retry = refusal::retry_after_ms(reason);
            self.hub.refuse(id, reason, retry);
        }
        let last_words = async {
            if let Some(ending) = ending {
                self.say_last(end, ending).await;
            }
            if let Some(id) = &self.participant {
                self.hub.detach(id, &bell, gone);
            }
            // Until the browser has answered the close; what else it says is too late.
            while let Some(Ok(_)) = self.websocket.recv().await {}
        };
        let _ = tokio::time::timeout(LAST_WORDS, last_words).await;
        if let Some(id) = &self.participant {
            self.hub.detach(id, &bell, gone);
        }
        let code = match end {
            End::Closed(code) => code,
            End::Broken => None,
            End::Ended(ending) | End::Refused(ending) => Some(ending.code.code()),
        };
        let address = match self.hub.log_addresses() {
            LogAddresses::On => Some(tracing::field::display(self.visitor.ip)),
            LogAddresses::Off => None,
        };
        tracing::info!(
            address,
            milliseconds = self.opened.elapsed().as_millis() as u64,
            code,
            reason = reason.map(meters::name),
            messages = self.messages,
            "socket ended"
        );
    }

    async fn say_last(&mut self, end: End, ending: Ending) {
        let mut messages = Vec::new();
        if let Some(id) = &self.participant {
            // Nothing comes when they speak on another socket by now, or are gone for good.
            loop {
                let batch = self.hub.take(id, &self.visitor.bell, BATCH_BYTES);
                if batch.frames.is_empty() {
                    break;
                }
                messages.extend(batch.frames.into_iter().map(text));
            }
        }
        let was_said = matches!(end, End::Refused(_)) && self.participant.is_some();
        if let Some(reason) = ending.reason.filter(|_| !was_said) {
            messages.push(text(Frame::of(&refused(reason))));
        }
        messages.push(Message::Close(Some(CloseFrame {
            code: ending.code.code(),
            reason: ending.reason.map(meters::name).unwrap_or_default().into(),
        })));
        for message in messages {
            // Whoever cannot hear it is gone already.
            if self.websocket.feed(message).await.is_err() {
                break;
            }
        }
        let _ = self.websocket.flush().await;
    }
}

/// Asks the browser to answer once it has read up to message `number`.
fn ask(number: u64) -> Message {
    Message::Ping(Bytes::copy_from_slice(&number.to_be_bytes()))
}

fn text(frame: Frame) -> Message {
    Message::Text(frame.into_text())
}

fn refused(reason: RefuseReason) -> ServerMessage {
    ServerMessage::Refused {
        reason,
        retry_after_ms: refusal::retry_after_ms(reason),
    }
}

/// What a failed read means.
fn fault(error: axum::Error) -> End {
    use tungstenite::Error;
    use tungstenite::error::ProtocolError;
    let Ok(error) = error.into_inner().downcast::<Error>() else {
        return End::Broken;
    };
    match *error {
        Error::Capacity(_) => RefuseReason::MessageTooLarge.into(),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Broken,
        Error::Protocol(_) | Error::Utf8(_) => RefuseReason::BadMessage.into(),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Io(_)
        | Error::Tls(_)
        | Error::WriteBufferFull(_)
        | Error::AttackAttempt
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => End::Broken,
    }
}
