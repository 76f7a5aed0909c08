//! Messages that were damaged on the way, or made to do damage: reading them ends in a message or in
//! a refusal, and what was read means the same to the next who reads it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use proptest::prelude::*;
use proptest::sample::Index;
use protocol::{ClientMessage, ServerMessage, Signal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One thing that is done to a text.
#[derive(Debug, Clone)]
enum Damage {
    Byte(Index, u8),
    Cut(Index),
    Repeat(Index, Index),
    /// A value anywhere in it becomes another one.
    Value(Index, Value),
}

fn damage() -> impl Strategy<Value = Damage> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(serde_json::json!([[[[]]]])),
        Just(serde_json::json!({ "type": "join" })),
    ];
    prop_oneof![
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        1 => any::<Index>().prop_map(Damage::Cut),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
        4 => (any::<Index>(), value).prop_map(|(at, value)| Damage::Value(at, value)),
    ]
}

/// Everything inside `value`, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Replaces the value that is number `at` of those inside `value`.
fn replace(value: &mut Value, at: &mut usize, by: &Value) {
    if *at == 0 {
        *value = by.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, by)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, at, by)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn damaged(golden: &str, which: Index, damages: &[Damage]) -> Vec<u8> {
    let all: Vec<Value> = serde_json::from_str(golden).unwrap();
    let mut bytes = which.get(&all).to_string().into_bytes();
    for damage in damages {
        match damage {
            _ if bytes.is_empty() => {}
            Damage::Byte(at, byte) => *at.get_mut(&mut bytes) = *byte,
            Damage::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Damage::Repeat(from, to) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from..from, part);
            }
            Damage::Value(at, by) => {
                if let Ok(mut value) = serde_json::from_slice(&bytes) {
                    let mut place = at.index(count(&value));
                    replace(&mut value, &mut place, by);
                    bytes = value.to_string().into_bytes();
                }
            }
        }
    }
    bytes
}

fn is_read_or_refused<T>(bytes: &[u8])
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    if let Ok(message) = serde_json::from_slice::<T>(bytes) {
        let again = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<T>(&again).unwrap(), message);
    }
}

proptest! {
    #[test]
    fn what_a_client_says_is_read_or_refused(which: Index, damages in prop::collection::vec(damage(), 1..4)) {
        let bytes = damaged(include_str!("golden/client.json"), which, &damages);
        is_read_or_refused::<ClientMessage>(&bytes);
    }

    #[test]
    fn what_a_server_says_is_read_or_refused(which: Index, damages in prop::collection::vec(damage(), 1..4)) {
        let bytes = damaged(include_str!("golden/server.json"), which, &damages);
        is_read_or_refused::<ServerMessage>(&bytes);
    }

    #[test]
    fn what_a_participant_says_is_read_or_refused(which: Index, damages in prop::collection::vec(damage(), 1..4)) {
        let bytes = damaged(include_str!("golden/signal.json"), which, &damages);
        is_read_or_refused::<Signal>(&bytes);
    }
}
