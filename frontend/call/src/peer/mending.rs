//! Noticing that a connection is broken, and mending it.

use std::time::Duration;

use protocol::Signal;

use super::{Around, Peer};
use crate::cause::relay_port;
use crate::command::{Command, TransportPolicy};
use crate::health::Remedy;
use crate::negotiation::Role;
use crate::time::Timestamp;

impl Peer {
    /// Mends the connection where it is time to.
    pub(crate) fn mend(&mut self, around: &mut Around<'_>) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        connection.growth.poll(around.now);
        let generation = connection.generation;
        let settled = connection.negotiation.is_stable();
        if connection.health.is_stuck(around.now) && !connection.evidence.connected {
            let hidden = connection.policy == TransportPolicy::Relay;
            let port = relay_port(around.ice_servers);
            self.trouble = Some(connection.evidence.trouble(hidden, port));
        }
        match connection.health.poll(around.now, settled) {
            Some(Remedy::Restart) if self.role == Role::Answerer => {
                self.session.push(Signal::Restart { generation });
            }
            Some(Remedy::Restart) => {
                self.renew_ice_servers(around);
                around.out.push_back(Command::RestartIce {
                    peer: self.key,
                    generation,
                });
            }
            Some(Remedy::Rebuild) => match self.role {
                Role::Offerer => self.open(self.generation.saturating_add(1), around),
                Role::Answerer => self.ask_to_renew(),
            },
            None => {}
        }
    }

    /// Closes the connection, so that it is made anew through the relay.
    pub(crate) fn try_relay(&mut self) {
        if !self.is_connected() {
            self.relayed = self.generation.saturating_add(1);
            self.trouble = None;
        }
    }

    /// Has the browser gather with the newest credentials the next time it does.
    pub(super) fn renew_ice_servers(&mut self, around: &mut Around<'_>) {
        if let Some(connection) = &mut self.connection
            && connection.ice_serial != around.ice_serial
        {
            connection.ice_serial = around.ice_serial;
            around.out.push_back(Command::SetIceServers {
                peer: self.key,
                generation: connection.generation,
                ice_servers: around.ice_servers.to_vec(),
                policy: connection.policy,
            });
        }
    }

    /// When [`Peer::mend`] has something to do.
    pub(crate) fn mend_timeout(&self) -> Option<Timestamp> {
        let connection = self.connection.as_ref()?;
        let timeouts = [
            connection.health.poll_timeout(),
            connection.growth.poll_timeout(),
        ];
        timeouts.into_iter().flatten().min()
    }

    /// The beat, which is sent when it is time.
    pub(crate) fn beat(&self, around: &mut Around<'_>) {
        if let Some(connection) = self.connection.as_ref().filter(|_| self.beats()) {
            around.out.push_back(Command::Beat {
                peer: self.key,
                generation: connection.generation,
            });
        }
    }

    /// Tells once that nothing was heard of them for too long, and does what can be done here.
    pub(crate) fn listen(&mut self, around: &Around<'_>) -> bool {
        if !self.beats() {
            return false;
        }
        let Some(connection) = &mut self.connection else {
            return false;
        };
        let fell_silent = connection.pulse.poll(around.now);
        if fell_silent {
            connection.health.handle_silence(around.now, true);
            self.session.say_again();
        }
        fell_silent
    }

    /// When [`Peer::listen`] has something to tell.
    pub(crate) fn listen_timeout(&self) -> Option<Timestamp> {
        let connection = self.connection.as_ref().filter(|_| self.beats())?;
        connection.pulse.poll_timeout()
    }

    /// Nobody could listen for that long, until now.
    pub(crate) fn listen_anew(&mut self, now: Timestamp, held_up: Duration) {
        if let Some(connection) = &mut self.connection {
            connection.pulse.listen_anew(now, held_up);
        }
    }

    pub(crate) fn handle_network_changed(&mut self, now: Timestamp) {
        if let Some(connection) = &mut self.connection {
            connection.pulse.doubt();
            connection.health.handle_network_changed(now);
            self.session.say_again();
        }
    }

    /// A way for signals opened that was not there before.
    pub(crate) fn handle_way_back(&mut self, now: Timestamp) {
        self.session.say_again();
        if let Some(connection) = &mut self.connection {
            connection.health.handle_way_back(now);
        }
    }

    /// They ask for a restart of ICE.
    pub(crate) fn handle_restart(&mut self, now: Timestamp, generation: u32) {
        if self.role == Role::Offerer
            && let Some(connection) = &mut self.connection
            && connection.generation == generation
        {
            connection.health.handle_asked(now);
        }
    }

    /// They ask for another connection.
    pub(crate) fn handle_renew(&mut self, generation: u32, around: &mut Around<'_>) {
        if self.role == Role::Offerer && Some(generation) == self.generation.checked_add(1) {
            self.open(generation, around);
        }
    }

    pub(super) fn ask_to_renew(&mut self) {
        self.renewed = self.generation.saturating_add(1);
        self.session.push(Signal::Renew {
            generation: self.renewed,
        });
    }
}
