//! The attributes this server reads or writes, and the coding of addresses
//! (RFC 8489, section 14; RFC 8656, section 18).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The magic cookie every message of today carries (RFC 8489, section 5).
pub const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];

/// An attribute's type number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeType(pub u16);

impl AttributeType {
    /// Whether a message with it must be refused by whoever does not know it (RFC 8489, section 14).
    #[must_use]
    pub const fn is_comprehension_required(self) -> bool {
        self.0 < 0x8000
    }
}

macro_rules! attributes {
    ($($name:ident = $number:literal),* $(,)?) => {
        $(
            #[doc = concat!("Attribute type ", stringify!($number), ".")]
            pub const $name: AttributeType = AttributeType($number);
        )*
    };
}

attributes! {
    MAPPED_ADDRESS = 0x0001,
    CHANGE_REQUEST = 0x0003,
    USERNAME = 0x0006,
    MESSAGE_INTEGRITY = 0x0008,
    ERROR_CODE = 0x0009,
    UNKNOWN_ATTRIBUTES = 0x000A,
    CHANNEL_NUMBER = 0x000C,
    LIFETIME = 0x000D,
    XOR_PEER_ADDRESS = 0x0012,
    DATA = 0x0013,
    REALM = 0x0014,
    NONCE = 0x0015,
    XOR_RELAYED_ADDRESS = 0x0016,
    REQUESTED_ADDRESS_FAMILY = 0x0017,
    EVEN_PORT = 0x0018,
    REQUESTED_TRANSPORT = 0x0019,
    DONT_FRAGMENT = 0x001A,
    MESSAGE_INTEGRITY_SHA256 = 0x001C,
    PASSWORD_ALGORITHM = 0x001D,
    XOR_MAPPED_ADDRESS = 0x0020,
    RESERVATION_TOKEN = 0x0022,
    ADDITIONAL_ADDRESS_FAMILY = 0x8000,
    ADDRESS_ERROR_CODE = 0x8001,
    PASSWORD_ALGORITHMS = 0x8002,
    SOFTWARE = 0x8022,
    FINGERPRINT = 0x8028,
}

/// The address families of TURN, numbered as on the wire (RFC 8489, section 14.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    /// IPv4.
    V4 = 1,
    /// IPv6.
    V6 = 2,
}

impl Family {
    /// The family `address` belongs to; an IPv4-mapped address counts as IPv6, so canonicalise first.
    #[must_use]
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// The family a number of the wire stands for.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::V4),
            2 => Some(Self::V6),
            _ => None,
        }
    }
}

/// The longest coded address: family, port and an IPv6 address.
pub const MAX_ADDRESS: usize = 20;

/// Writes `address` as XOR-MAPPED-ADDRESS and its kin want it and returns the bytes used
/// (RFC 8489, section 14.2). `id` is the transaction id, 12 bytes.
pub fn write_xor_address(
    into: &mut [u8; MAX_ADDRESS],
    address: SocketAddr,
    id: &[u8; 12],
) -> usize {
    let port = address.port().to_be_bytes();
    into[0] = 0;
    into[2] = port[0] ^ MAGIC_COOKIE[0];
    into[3] = port[1] ^ MAGIC_COOKIE[1];
    let mask = mask(id);
    match address.ip() {
        IpAddr::V4(ip) => {
            into[1] = Family::V4 as u8;
            let ip = u32::from(ip) ^ u32::from_be_bytes(MAGIC_COOKIE);
            into[4..8].copy_from_slice(&ip.to_be_bytes());
            8
        }
        IpAddr::V6(ip) => {
            into[1] = Family::V6 as u8;
            into[4..20].copy_from_slice(&(u128::from(ip) ^ mask).to_be_bytes());
            20
        }
    }
}

/// Reads an address written by [`write_xor_address`]; `None` when it is malformed.
#[must_use]
pub fn read_xor_address(value: &[u8], id: &[u8; 12]) -> Option<SocketAddr> {
    let (&[_, family, p0, p1], ip) = value.split_first_chunk::<4>()?;
    let port = u16::from_be_bytes([p0 ^ MAGIC_COOKIE[0], p1 ^ MAGIC_COOKIE[1]]);
    let ip = match Family::from_number(family)? {
        Family::V4 => {
            let ip = u32::from_be_bytes(ip.try_into().ok()?) ^ u32::from_be_bytes(MAGIC_COOKIE);
            IpAddr::V4(Ipv4Addr::from(ip))
        }
        Family::V6 => {
            let ip = u128::from_be_bytes(ip.try_into().ok()?) ^ mask(id);
            IpAddr::V6(Ipv6Addr::from(ip))
        }
    };
    Some(SocketAddr::new(ip, port))
}

/// Magic cookie and transaction id in a row: what an IPv6 address is masked with.
fn mask(id: &[u8; 12]) -> u128 {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&MAGIC_COOKIE);
    bytes[4..].copy_from_slice(id);
    u128::from_be_bytes(bytes)
}
