//! The least that passes messages on: axum, a read buffer of 8 KB, and a table of pairs.
//!
//! No rooms, no ids, no limits; nothing of a message is looked at.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::any;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What makes this program fastest: three messages of the usual size. With 4 KiB it is slower.
const READ_BUFFER: usize = 8 * 1024;

/// The way to each socket, by pair and side.
type Table = Arc<Mutex<HashMap<(u32, bool), UnboundedSender<Message>>>>;

/// Serves `/ws/{pair}/{side}` until it is ended.
///
/// # Errors
/// When the port is taken.
pub(crate) fn serve(port: u16) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .context("the port is taken")?;
        let router = Router::new()
            .route("/ws/{pair}/{side}", any(enter))
            .with_state(Table::default());
        axum::serve(listener, router).await?;
        Ok(())
    })
}

async fn enter(
    State(table): State<Table>,
    Path((pair, side)): Path<(u32, bool)>,
    upgrade: WebSocketUpgrade,
) -> Response {
    // Before the answer: whoever is connected may be written to.
    let (sender, receiver) = unbounded_channel();
    look(&table, |table| table.insert((pair, side), sender));
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .on_upgrade(move |websocket| pass_on(websocket, receiver, table, (pair, !side)))
}

async fn pass_on(
    mut websocket: WebSocket,
    mut receiver: UnboundedReceiver<Message>,
    table: Table,
    partner: (u32, bool),
) {
    let mut other = None;
    loop {
        tokio::select! {
            message = websocket.recv() => {
                let Some(Ok(message @ Message::Text(_))) = message else {
                    return;
                };
                if other.is_none() {
                    other = look(&table, |table| table.get(&partner).cloned());
                }
                let Some(other) = &other else {
                    continue;
                };
                if other.send(message).is_err() {
                    return;
                }
            }
            message = receiver.recv() => {
                let Some(message) = message else {
                    return;
                };
                if websocket.send(message).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn look<T>(
    table: &Table,
    look: impl FnOnce(&mut HashMap<(u32, bool), UnboundedSender<Message>>) -> T,
) -> T {
    look(&mut table.lock().unwrap_or_else(PoisonError::into_inner))
}
