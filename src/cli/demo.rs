//! `dateline demo`: the real worker on a broker in memory, over embedded example articles, in five seconds.
//!
//! Prints the events by article, then a summary. On a terminal it stays, serving `/metrics`, until Ctrl-C; otherwise it
//! scrapes itself once and ends, so that the demo can run in a pipeline.

use std::collections::BTreeMap;
use std::io::{BufWriter, IsTerminal, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use dateline::app::{self, Assembly, Cluster};
use dateline::pack::Pack;
use dateline::publish::{ArticleRecord, EventRecord, ParticipantSlot};
use dateline::settings::Settings;

use super::examples;
use super::extract::printable;

/// Partitions of the demo's input topic: more than one, so that the order per partition shows.
const PARTITIONS: usize = 4;

/// How long the demo may take before something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// The demo's choices.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// End after the summary, also on a terminal
    #[arg(long)]
    once: bool,
}

/// Runs the demo.
///
/// # Errors
/// When the worker or stdout fails.
pub(crate) fn run(args: &DemoArgs, settings: Settings, pack: Arc<Pack>) -> Result<u8> {
    let assembly = Assembly::new(settings, pack, app::stop_on_signals()?)?;
    let server = match assembly.serve() {
        Ok(server) => server,
        // Somebody else's metrics port must not keep the demo from running.
        Err(_) => Some(assembly.serve_at(SocketAddr::from(([127, 0, 0, 1], 0)))?),
    };
    let address = server.as_ref().map(dateline::telemetry::HttpServer::local_addr);
    let values = examples::articles();
    let cluster = assembly.memory_cluster(PARTITIONS, &values);
    let stay = std::io::stdout().is_terminal() && !args.once;
    let outcome = std::thread::scope(|scope| {
        let worker = scope.spawn(|| assembly.run_memory(&cluster));
        let started = Instant::now();
        let shown = wait_for(&cluster, values.len(), &assembly, started, || worker.is_finished())
            .and_then(|took| show(&assembly, &cluster, values.len(), took))
            .and_then(|()| stay_or_scrape(stay, address, &assembly));
        assembly.stop.request();
        let summary = worker.join().map_err(|_| anyhow!("the worker panicked"))??;
        shown.map(|()| summary)
    });
    if let Some(server) = server {
        server.stop()?;
    }
    outcome.map(|_| 0)
}

/// Waits until every example is committed; gives the time it took.
fn wait_for(
    cluster: &Cluster,
    articles: usize,
    assembly: &Assembly,
    started: Instant,
    ended: impl Fn() -> bool,
) -> Result<Duration> {
    while cluster.committed_records() < articles as i64 {
        if ended() || assembly.stop.is_requested() {
            return Err(anyhow!("the worker ended before the examples were done"));
        }
        if started.elapsed() > PATIENCE {
            return Err(anyhow!("the examples were not done within {} s", PATIENCE.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(started.elapsed())
}

fn show(assembly: &Assembly, cluster: &Cluster, articles: usize, took: Duration) -> Result<()> {
    let kafka = &assembly.settings.kafka;
    let titles = titles(cluster, kafka.articles_topic.as_deref())?;
    let mut by_article: BTreeMap<(String, String), Vec<EventRecord>> = BTreeMap::new();
    let mut events = 0;
    for stored in cluster.read(&kafka.events_topic).into_iter().flatten() {
        let value = stored.value.unwrap_or_default();
        let record: EventRecord =
            serde_json::from_slice(&value).context("an event record does not read back")?;
        let day = record.date.clone().unwrap_or_default();
        by_article.entry((day, record.article.id.clone())).or_default().push(record);
        events += 1;
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    let style =
        Style { on: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() };
    for ((_, id), mut records) in by_article {
        let title = titles.get(&id).map_or(id.as_str(), String::as_str);
        writeln!(out, "\n{}", style.bold(&printable(title)))?;
        records.sort_by_key(|record| record.text_info.trigger.span);
        for record in &records {
            writeln!(out, "{}", line(record, style))?;
        }
    }
    let per_second = articles as f64 / took.as_secs_f64().max(1e-6);
    writeln!(
        out,
        "\n{articles} articles, {events} events, {} dead letters in {:.2} s: {per_second:.0} articles/s, {:.0} events/s",
        cluster.count(&kafka.dead_topic),
        took.as_secs_f64(),
        events as f64 / took.as_secs_f64().max(1e-6),
    )?;
    out.flush().context("cannot write to stdout")
}

/// Headlines by article id, as far as article records are made.
fn titles(cluster: &Cluster, topic: Option<&str>) -> Result<BTreeMap<String, String>> {
    let mut titles = BTreeMap::new();
    for stored in topic.map(|name| cluster.read(name)).unwrap_or_default().into_iter().flatten() {
        let value = stored.value.unwrap_or_default();
        let record: ArticleRecord =
            serde_json::from_slice(&value).context("an article record does not read back")?;
        if let Some(title) = record.title {
            titles.insert(record.id, title);
        }
    }
    Ok(titles)
}

/// Whether to use the terminal's bold and colour.
#[derive(Clone, Copy)]
struct Style {
    on: bool,
}

impl Style {
    fn bold(self, text: &str) -> String {
        if self.on { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Green for cooperation, red for conflict.
    fn by_quad(self, quad: u8, text: &str) -> String {
        let colour = if quad <= 2 { 32 } else { 31 };
        if self.on { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// `2023-04-04  AGREE     +2.5  FIN Finland -> IGO NATO  [joined]`.
fn line(record: &EventRecord, style: Style) -> String {
    let kind = style.by_quad(record.quad_code, &format!("{:<9}", record.event));
    let trigger = record.text_info.trigger.text.as_deref().unwrap_or("");
    format!(
        "  {:<10}  {kind} {:>5.1}  {} -> {}  [{}]",
        record.date.as_deref().unwrap_or("-"),
        record.event_scale,
        people(&record.actor),
        people(&record.recipient),
        printable(trigger),
    )
}

fn people(participants: &[ParticipantSlot]) -> String {
    let names: Vec<String> = participants
        .iter()
        .map(|one| {
            let text = printable(one.text.as_deref().unwrap_or("?"));
            one.code.as_ref().map_or(text.clone(), |code| format!("{text} ({code})"))
        })
        .collect();
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

fn stay_or_scrape(stay: bool, address: Option<SocketAddr>, assembly: &Assembly) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let Some(address) = address else {
        writeln!(out, "metrics are off (http.listen)")?;
        return Ok(());
    };
    if stay {
        writeln!(out, "serving http://{address}/metrics until Ctrl-C")?;
        while !assembly.stop.is_requested() {
            std::thread::sleep(Duration::from_millis(100));
        }
        return Ok(());
    }
    let metrics = scrape(address)?;
    let series = metrics.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).count();
    writeln!(out, "scraped http://{address}/metrics: {series} series, among them")?;
    let telling = ["dateline_articles_processed_total", "dateline_transactions_total"];
    for line in metrics.lines().filter(|l| telling.iter().any(|name| l.starts_with(name))) {
        if !line.ends_with(" 0") {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}

/// One plain HTTP request to ourselves.
fn scrape(address: SocketAddr) -> Result<String> {
    let doing = "cannot scrape the demo's own metrics";
    let mut stream = TcpStream::connect(address).context(doing)?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).context(doing)?;
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .context(doing)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context(doing)?;
    let (head, body) = answer.split_once("\r\n\r\n").context(doing)?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(anyhow!("{doing}: {}", head.lines().next().unwrap_or_default()));
    }
    Ok(body.to_owned())
}
