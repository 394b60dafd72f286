//! `dateline run`: the worker on Apache Kafka, until SIGTERM or SIGINT.

use std::sync::Arc;

use anyhow::{Context, Result};
use dateline::app::{self, Assembly};
use dateline::pack::Pack;
use dateline::settings::{self, Settings};
use dateline::telemetry::{self, LogFormat};
use secrecy::ExposeSecret;

/// Runs the worker.
///
/// # Errors
/// What ended the worker.
pub(crate) fn run(settings: Settings, pack: Arc<Pack>) -> Result<u8> {
    start_log(&settings)?;
    quiet_panics();
    let password = password(&settings)?;
    let assembly = Assembly::new(settings, pack, app::stop_on_signals()?)?;
    let server = assembly.serve()?;
    if let Some(server) = &server {
        tracing::info!(address = %server.local_addr(), "serving /metrics, /livez, /readyz");
    }
    let summary = assembly.run_kafka(password.as_deref())?;
    tracing::info!(committed = summary.committed, unfinished = summary.unfinished, "stopped");
    if let Some(server) = server {
        server.stop()?;
    }
    Ok(0)
}

/// Starts the log as the settings say.
///
/// # Errors
/// When the level is not understood.
pub(crate) fn start_log(settings: &Settings) -> Result<()> {
    let format = match settings.log.format {
        settings::LogFormat::Json => LogFormat::Json,
        settings::LogFormat::Text => LogFormat::Text,
    };
    Ok(telemetry::init(format, settings.log.level.as_str())?)
}

/// A panic's own message may hold text of an article; only its place is logged.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

/// The SASL password: from the environment, else from the file that the settings name.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn password(settings: &Settings) -> Result<Option<String>> {
    if let Some(password) = &settings.kafka.sasl_password {
        return Ok(Some(password.expose_secret().to_owned()));
    }
    let Some(path) = &settings.kafka.sasl_password_file else { return Ok(None) };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {path} (kafka.sasl_password_file)"))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}
