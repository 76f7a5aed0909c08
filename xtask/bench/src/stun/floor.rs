//! The least that answers Binding requests: every datagram is taken for one.

use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsFd as _;

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, poll};

use super::message;
use crate::batch::{Received, Sending};

/// Answers at that port of the loopback until it is ended.
///
/// # Errors
/// When the port is taken.
pub(crate) fn serve(port: u16) -> Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).context("the port is taken")?;
    let mut received = Received::new();
    let mut sending = Sending::new();
    loop {
        if received.fill(&socket) == 0 {
            let mut wanted = [PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)];
            poll(&mut wanted, None).context("waiting for requests")?;
            continue;
        }
        for (request, from) in received.iter() {
            if request.len() >= 20 {
                let answer = message::answer(request, from);
                sending
                    .add(answer.len(), Some(from))
                    .copy_from_slice(&answer);
            }
        }
        sending.flush(&socket);
    }
}
