//! Who is asking: the long-term credential mechanism (RFC 8489, section 9.2.4).

use rand_core::Rng;

use super::{Credentials, Outcome, Request, Server, respond};
use crate::attribute::{NONCE, PASSWORD_ALGORITHM, PASSWORD_ALGORITHMS, REALM, USERNAME};
use crate::auth::{self, Key, PasswordAlgorithm, Username};
use crate::error::ErrorCode;
use crate::message::{Class, Method};

impl<R: Rng> Server<R> {
    /// Finds out who signed the request.
    pub(super) fn authenticate<'a>(
        &mut self,
        request: &Request<'a>,
    ) -> Result<Credentials<'a>, ErrorCode> {
        let message = &request.message;
        let integrity = message.integrity().ok_or(ErrorCode::Unauthenticated)?;
        let username = message.text(USERNAME).ok_or(ErrorCode::BadRequest)?;
        let nonce = message.text(NONCE).ok_or(ErrorCode::BadRequest)?;
        message.text(REALM).ok_or(ErrorCode::BadRequest)?;
        let offered = message.attribute(PASSWORD_ALGORITHMS);
        let algorithm = match (offered, message.attribute(PASSWORD_ALGORITHM)) {
            (None, None) => PasswordAlgorithm::Md5,
            // The client says what it was offered, signed, so that nobody in between can have
            // taken the better one away.
            (Some(offer), Some(chosen)) if offer == PasswordAlgorithm::OFFER => {
                PasswordAlgorithm::read(chosen).ok_or(ErrorCode::BadRequest)?
            }
            _ => return Err(ErrorCode::BadRequest),
        };
        let key = self
            .key(username, algorithm)
            .ok_or(ErrorCode::Unauthenticated)?;
        if !message.is_signed_by(&key) {
            return Err(ErrorCode::Unauthenticated);
        }
        // Last, so that whoever has a wrong password as well hears of that.
        let authority = &self.shared.authority;
        if !authority.is_fresh(nonce, request.client.remote, request.now) {
            return Err(ErrorCode::StaleNonce);
        }
        let id = Username::parse(username).map_or(username, |user| user.id);
        if self.shared.authority.is_revoked(id) {
            return Err(ErrorCode::Unauthenticated);
        }
        // An allocation outlives the credentials it was made with, so that no call ends because
        // an hour has passed; a new one is not made with old credentials.
        if message.method() == Method::ALLOCATE
            && !self.shared.authority.is_current(username, request.now)
        {
            return Err(ErrorCode::Unauthenticated);
        }
        self.keys.remember(username, algorithm, &key);
        Ok(Credentials {
            username,
            key,
            integrity,
        })
    }

    /// Answers a request that was not authenticated, with what is needed to ask better.
    pub(super) fn challenge(
        &mut self,
        request: &Request<'_>,
        code: ErrorCode,
        length: usize,
        reply: &mut Vec<u8>,
    ) -> Outcome {
        let nonce = self
            .shared
            .authority
            .nonce(request.client.remote, request.now);
        respond(request, Class::Error, None, reply, |writer| {
            writer.error(code);
            if code != ErrorCode::BadRequest {
                writer
                    .attribute(REALM, auth::REALM.as_bytes())
                    .attribute(NONCE, nonce.as_bytes())
                    .attribute(PASSWORD_ALGORITHMS, &PasswordAlgorithm::OFFER);
            }
        });
        let address = request.client.remote.ip();
        // Nobody far away can pretend to be on this machine.
        if self.shared.policy.is_here(address)
            || self
                .throttle
                .allows(address, length, reply.len(), request.now)
        {
            self.counters.errors[code as usize] += 1;
            Outcome::Reply
        } else {
            self.counters.throttled += 1;
            Outcome::Nothing
        }
    }

    fn key(&mut self, username: &str, algorithm: PasswordAlgorithm) -> Option<Key> {
        let known = self.keys.get(username, algorithm);
        known.or_else(|| self.shared.authority.key(username, algorithm))
    }
}
