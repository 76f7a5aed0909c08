//! Why a request is refused (RFC 8489, section 14.8; RFC 8656, section 19).

/// The codes this server gives, each with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorCode {
    /// The request contradicts itself or lacks something.
    BadRequest,
    /// No credentials, or wrong ones.
    Unauthenticated,
    /// The peer's address may not be relayed to.
    Forbidden,
    /// An attribute that must be understood is not.
    UnknownAttribute,
    /// There is no allocation where one is needed, or one where there must be none.
    AllocationMismatch,
    /// The nonce is too old, or not for this client.
    StaleNonce,
    /// This server has no address of the family asked for.
    AddressFamilyNotSupported,
    /// The allocation was made with other credentials.
    WrongCredentials,
    /// Only UDP is relayed.
    UnsupportedTransport,
    /// The peer's address is of a family the allocation has not.
    PeerAddressFamilyMismatch,
    /// The participant, or their room, has as many allocations as it may have.
    AllocationQuotaReached,
    /// The server itself could not do it.
    ServerError,
    /// There is no port left, or a table is full.
    InsufficientCapacity,
}

impl ErrorCode {
    /// All of them, for counters.
    pub const ALL: [Self; 13] = [
        Self::BadRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::UnknownAttribute,
        Self::AllocationMismatch,
        Self::StaleNonce,
        Self::AddressFamilyNotSupported,
        Self::WrongCredentials,
        Self::UnsupportedTransport,
        Self::PeerAddressFamilyMismatch,
        Self::AllocationQuotaReached,
        Self::ServerError,
        Self::InsufficientCapacity,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::UnknownAttribute => 420,
            Self::AllocationMismatch => 437,
            Self::StaleNonce => 438,
            Self::AddressFamilyNotSupported => 440,
            Self::WrongCredentials => 441,
            Self::UnsupportedTransport => 442,
            Self::PeerAddressFamilyMismatch => 443,
            Self::AllocationQuotaReached => 486,
            Self::ServerError => 500,
            Self::InsufficientCapacity => 508,
        }
    }

    /// The RFC's own phrase, at most 60 bytes.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::BadRequest => "Bad Request",
            Self::Unauthenticated => "Unauthenticated",
            Self::Forbidden => "Forbidden",
            Self::UnknownAttribute => "Unknown Attribute",
            Self::AllocationMismatch => "Allocation Mismatch",
            Self::StaleNonce => "Stale Nonce",
            Self::AddressFamilyNotSupported => "Address Family not Supported",
            Self::WrongCredentials => "Wrong Credentials",
            Self::UnsupportedTransport => "Unsupported Transport Protocol",
            Self::PeerAddressFamilyMismatch => "Peer Address Family Mismatch",
            Self::AllocationQuotaReached => "Allocation Quota Reached",
            Self::ServerError => "Server Error",
            Self::InsufficientCapacity => "Insufficient Capacity",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_the_number_and_the_reason_of_the_rfc() {
        let golden = [
            (400, "Bad Request"),
            (401, "Unauthenticated"),
            (403, "Forbidden"),
            (420, "Unknown Attribute"),
            (437, "Allocation Mismatch"),
            (438, "Stale Nonce"),
            (440, "Address Family not Supported"),
            (441, "Wrong Credentials"),
            (442, "Unsupported Transport Protocol"),
            (443, "Peer Address Family Mismatch"),
            (486, "Allocation Quota Reached"),
            (500, "Server Error"),
            (508, "Insufficient Capacity"),
        ];
        assert_eq!(
            ErrorCode::ALL.map(|code| (code.number(), code.reason())),
            golden
        );
        // The counters are found by it.
        for (at, code) in ErrorCode::ALL.into_iter().enumerate() {
            assert_eq!(code as usize, at);
        }
    }
}
