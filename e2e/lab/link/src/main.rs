//! A long wire between two networks, for kernels without netem: makes two TUN devices and carries
//! packets from either to the other, late or not at all.
//!
//! `lab-link DEVICE DEVICE` says `ready` when both are there; the caller then moves each to where
//! it belongs. Orders come on standard input, one a line: `delay MILLISECONDS`, `loss PERCENT`, for
//! both directions. When the input ends, so does the wire, and the devices go with it.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the laboratory speaks to it through them"
)]

mod shape;

use std::io::BufRead as _;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

use shape::{Dice, Shape};

/// Most packets on their way in one direction; at 1,200 bytes and 100 ms this is 390 Mbit/s.
const CAPACITY: usize = 4096;

/// Larger than any packet: the devices keep the usual MTU of 1,500.
const PACKET_BYTES: usize = 2048;

/// A packet, and when it comes out at the other end.
struct Travelling {
    due: Instant,
    packet: Vec<u8>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let [here, there] = names.as_slice() else {
        bail!("two names of devices are needed: lab-link DEVICE DEVICE");
    };
    let shape = Arc::new(Mutex::new(Shape::default()));
    let (here, there) = (device(here)?, device(there)?);
    carry(&here, &there, &shape, Dice::new(0x9e37_79b9));
    carry(&there, &here, &shape, Dice::new(0x7f4a_7c15));
    println!("ready");
    for order in std::io::stdin().lock().lines() {
        let order = order.context("the orders cannot be read")?;
        let mut shape = shape.lock().unwrap_or_else(PoisonError::into_inner);
        if !shape.obey(&order) {
            bail!("{order:?} is no order; `delay MILLISECONDS` and `loss PERCENT` are");
        }
    }
    Ok(())
}

fn device(name: &str) -> Result<Arc<SyncDevice>> {
    let device = DeviceBuilder::new()
        .name(name)
        .layer(Layer::L3)
        .build_sync();
    let device = device.with_context(|| format!("the device {name} cannot be made"))?;
    Ok(Arc::new(device))
}

/// Starts to carry packets in one direction, until the program ends.
fn carry(from: &Arc<SyncDevice>, to: &Arc<SyncDevice>, shape: &Arc<Mutex<Shape>>, dice: Dice) {
    let (sender, receiver) = mpsc::sync_channel(CAPACITY);
    let (from, to, shape) = (Arc::clone(from), Arc::clone(to), Arc::clone(shape));
    thread::spawn(move || take_in(&from, &shape, dice, &sender));
    thread::spawn(move || bring_out(&to, &receiver));
}

fn take_in(
    device: &SyncDevice,
    shape: &Mutex<Shape>,
    mut dice: Dice,
    sender: &SyncSender<Travelling>,
) {
    let mut buffer = [0; PACKET_BYTES];
    loop {
        // A device that is down cannot be read; it comes up when it is where it belongs.
        let Ok(length) = device.recv(&mut buffer) else {
            thread::sleep(std::time::Duration::from_millis(1));
            continue;
        };
        let shape = *shape.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(due) = shape.due(Instant::now(), dice.roll()) else {
            continue;
        };
        let packet = buffer[..length].to_vec();
        // A full wire loses packets, as a real one does.
        let _ = sender.try_send(Travelling { due, packet });
    }
}

fn bring_out(device: &SyncDevice, receiver: &Receiver<Travelling>) {
    for Travelling { due, packet } in receiver {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        // The other end may be down: then the packet is lost there.
        let _ = device.send(&packet);
    }
}
