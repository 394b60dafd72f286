//! The read-only listener: `/metrics`, `/livez` (`/healthz`), `/readyz`, `/startupz`, `/version`.
//!
//! It runs on a thread of its own, so that it answers while the worker is busy or hangs, and it shares only
//! [`Telemetry`] with it. A connection serves one request and lives for [`CONNECTION_SECS_MAX`] at most, so a client
//! that sends or reads slowly holds one of [`CONNECTIONS_MAX`] places for that long. No request has a body, no answer
//! tells more than metrics and checks; a page with more to say gets a listener of its own.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Sleep;

use super::{LiveLimits, Telemetry, Verdict};

/// Connections at a time. A few scrapers and probes need less than ten; more would be memory for an attacker.
const CONNECTIONS_MAX: usize = 64;

/// Seconds that a connection may last, from accept to the last byte read by the client. The answer is made in
/// milliseconds, so even a slow client on a slow line has time enough.
const CONNECTION_SECS_MAX: u64 = 5;

/// Seconds that answers in progress get after a stop was asked for.
const STOP_SECS_MAX: u64 = 1;

/// Why the listener cannot serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The address cannot be had: choose another, or end what holds it.
    #[error("cannot listen on {address} (http.listen)")]
    Bind {
        /// The address as it was set.
        address: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The system gives no thread or no poller.
    #[error("cannot start the thread that serves metrics and health")]
    Start {
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The listener ended by itself.
    #[error("cannot go on serving metrics and health")]
    Serve {
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The thread panicked; a mistake in this program.
    #[error("the thread that serves metrics and health has panicked")]
    Panicked,
}

/// The running listener. It ends with [`HttpServer::stop`], or when this is dropped.
pub struct HttpServer {
    local_addr: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), HttpError>>,
}

impl HttpServer {
    /// The address it listens on, with the real port where 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Stops accepting, lets answers in progress end within a second, and waits for the thread.
    ///
    /// # Errors
    /// What ended the listener before its time, if something did.
    pub fn stop(self) -> Result<(), HttpError> {
        drop(self.stop);
        self.thread.join().map_err(|_| HttpError::Panicked)?
    }
}

/// Takes the address of `http.listen`.
///
/// # Errors
/// [`HttpError::Bind`]: the address is not one of this machine, or it is in use.
pub fn bind(address: &str) -> Result<std::net::TcpListener, HttpError> {
    std::net::TcpListener::bind(address)
        .map_err(|source| HttpError::Bind { address: address.to_owned(), source })
}

/// Serves on a new thread until [`HttpServer::stop`].
///
/// # Errors
/// [`HttpError::Start`] when the system gives no thread or poller.
pub fn serve(
    listener: std::net::TcpListener,
    telemetry: Arc<Telemetry>,
    limits: LiveLimits,
) -> Result<HttpServer, HttpError> {
    let start = |source| HttpError::Start { source };
    listener.set_nonblocking(true).map_err(start)?;
    let local_addr = listener.local_addr().map_err(start)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(start)?;
    let (stop, stopped) = oneshot::channel();
    let sources = Sources { telemetry, limits };
    let thread = std::thread::Builder::new()
        .name("telemetry-http".to_owned())
        .spawn(move || runtime.block_on(run(listener, sources, stopped)))
        .map_err(start)?;
    Ok(HttpServer { local_addr, stop, thread })
}

async fn run(
    listener: std::net::TcpListener,
    sources: Sources,
    stopped: oneshot::Receiver<()>,
) -> Result<(), HttpError> {
    let listener = TcpListener::from_std(listener).map_err(|source| HttpError::Start { source })?;
    let listener = Bounded { listener, places: Arc::new(Semaphore::new(CONNECTIONS_MAX)) };
    let (closing, closed) = oneshot::channel::<()>();
    let server = axum::serve(listener, router(sources)).with_graceful_shutdown(async move {
        // Both a message and a dropped sender mean stop.
        stopped.await.ok();
        drop(closing);
    });
    tokio::select! {
        served = server => served.map_err(|source| HttpError::Serve { source }),
        () = async {
            closed.await.ok();
            tokio::time::sleep(Duration::from_secs(STOP_SECS_MAX)).await;
        } => Ok(()),
    }
}

#[derive(Clone)]
struct Sources {
    telemetry: Arc<Telemetry>,
    limits: LiveLimits,
}

fn router(sources: Sources) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(livez))
        .route("/healthz", get(livez))
        .route("/readyz", get(readyz))
        .route("/startupz", get(startupz))
        .route("/version", get(version))
        .with_state(sources)
        .fallback(not_found)
        .layer(middleware::from_fn(guard))
}

/// Refuses bodies and ends the connection after this answer.
async fn guard(request: Request, next: Next) -> Response {
    let mut response = if announces_body(request.headers()) {
        (StatusCode::PAYLOAD_TOO_LARGE, "no body is accepted\n").into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn announces_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get_all(header::CONTENT_LENGTH).iter().any(|length| length.as_bytes() != b"0")
}

async fn metrics(State(sources): State<Sources>) -> Response {
    match sources.telemetry.render() {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
            .into_response(),
        Err(error) => {
            tracing::error!(cause = %error, "metrics were not shown");
            (StatusCode::INTERNAL_SERVER_ERROR, "metrics cannot be rendered; see the log\n")
                .into_response()
        }
    }
}

async fn livez(State(sources): State<Sources>, RawQuery(query): RawQuery) -> Response {
    answer(&sources.telemetry.health.live(unix_seconds(), &sources.limits), query.as_deref())
}

async fn readyz(State(sources): State<Sources>, RawQuery(query): RawQuery) -> Response {
    answer(&sources.telemetry.health.ready(unix_seconds()), query.as_deref())
}

async fn startupz(State(sources): State<Sources>, RawQuery(query): RawQuery) -> Response {
    answer(&sources.telemetry.health.started(unix_seconds()), query.as_deref())
}

async fn version(State(sources): State<Sources>) -> Response {
    let build = sources.telemetry.build();
    json(
        StatusCode::OK,
        &serde_json::json!({
            "name": "dateline",
            "version": build.version,
            "revision": build.revision,
            "rustc": build.rustc,
            "librdkafka": build.librdkafka,
            "model": build.model,
            "kernel": build.kernel,
        }),
    )
}

async fn not_found() -> Response {
    let paths = "not found; there are /metrics /livez /readyz /startupz /version\n";
    (StatusCode::NOT_FOUND, paths).into_response()
}

fn answer(verdict: &Verdict, query: Option<&str>) -> Response {
    let status = if verdict.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if asks_for_details(query) {
        return json(status, &details(verdict));
    }
    if verdict.ok {
        return (status, "ok\n").into_response();
    }
    let failing = verdict.checks.iter().filter(|check| !check.ok);
    let reasons: String =
        failing.map(|check| format!("{}: {}\n", check.name, check.reason)).collect();
    (status, reasons).into_response()
}

fn asks_for_details(query: Option<&str>) -> bool {
    query.is_some_and(|query| {
        query.split('&').any(|pair| pair == "verbose" || pair.starts_with("verbose="))
    })
}

fn details(verdict: &Verdict) -> serde_json::Value {
    let checks: Vec<serde_json::Value> = verdict
        .checks
        .iter()
        .map(|check| {
            serde_json::json!({
                "name": check.name,
                "ok": check.ok,
                "age_secs": check.age_secs,
                "reason": check.reason,
            })
        })
        .collect();
    serde_json::json!({ "ok": verdict.ok, "checks": checks })
}

fn json(status: StatusCode, value: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], format!("{value}\n")).into_response()
}

fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// A listener that accepts only while there is a place, and gives each connection its deadline.
struct Bounded {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl axum::serve::Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .expect("this listener's semaphore is never closed");
        // The trait's own accept waits after errors such as too many open files.
        let (stream, peer) = axum::serve::Listener::accept(&mut self.listener).await;
        let deadline = Box::pin(tokio::time::sleep(Duration::from_secs(CONNECTION_SECS_MAX)));
        (Connection { stream, deadline, _place: place }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that fails once its time is over.
struct Connection {
    stream: TcpStream,
    deadline: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// Ready when the time is over; also arranges that this is noticed while reading or writing waits.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.deadline.as_mut().poll(cx).map(|()| io::Error::from(io::ErrorKind::TimedOut))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(over) = self.poll_deadline(cx) {
            return Poll::Ready(Err(over));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(over) = self.poll_deadline(cx) {
            return Poll::Ready(Err(over));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
