//! The program: reads its options, serves until it is told to stop.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tincan::config::{Config, LogFormat, Refused, Settings};
use tincan::{Server, VERSION};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// A video call in the browser: the page, signaling, STUN and TURN on one port.
#[derive(Debug, Parser)]
#[command(name = "tincan", version = VERSION)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at this installation, ask the server that runs here, and say what to change
    Doctor(Box<Options>),
}

#[derive(Debug, Args)]
struct Options {
    /// A TOML file with the options below as keys; flags and the environment come before it
    #[arg(long, env = "TINCAN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

/// Exit code for options that are wrong, as other programs have it.
const WRONG_OPTIONS: u8 = 2;

fn main() -> ExitCode {
    // Says what is wrong and ends with the code above by itself.
    let arguments = Arguments::parse();
    let is_doctor = arguments.command.is_some();
    let read = match arguments.command {
        Some(Command::Doctor(options)) => read(*options, Some(arguments.options)),
        None => read(arguments.options, None),
    };
    let config = match read {
        Ok(config) => config,
        Err(refused) => return fail(&refused.to_string(), WRONG_OPTIONS),
    };
    if is_doctor {
        return examine(&config);
    }
    start_log(config.log);
    match serve(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}"), 1),
    }
}

/// Puts together what was written before and after the subcommand, and in the file.
fn read(nearer: Options, farther: Option<Options>) -> Result<Config, Refused> {
    let (mut settings, mut file) = (nearer.settings, nearer.config);
    if let Some(farther) = farther {
        settings = settings.or(farther.settings);
        file = file.or(farther.config);
    }
    if let Some(path) = file {
        settings = settings.or(Settings::from_file(&path)?);
    }
    Config::try_from(settings)
}

/// Says what the doctor has found; the exit code says whether something has to be done.
#[tokio::main]
#[expect(clippy::print_stdout, reason = "where the person looks who asked")]
async fn examine(config: &Config) -> ExitCode {
    let findings = tincan::doctor::examine(config).await;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.iter().any(tincan::doctor::Finding::is_wrong) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

#[tokio::main]
async fn serve(config: Config) -> anyhow::Result<()> {
    let bound = Server::bind(config)?;
    let shutdown = CancellationToken::new();
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let stop = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        stop.cancel();
    });
    tracing::info!(address = %bound.http(), version = VERSION, "listening");
    tracing::info!("open {} in a browser", bound.url());
    bound.run(shutdown).await;
    Ok(())
}

fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stdout().is_terminal());
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

#[expect(clippy::print_stderr, reason = "where the person looks who started it")]
fn fail(sentence: &str, code: u8) -> ExitCode {
    eprintln!("tincan: {sentence}");
    ExitCode::from(code)
}
