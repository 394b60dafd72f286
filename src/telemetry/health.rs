//! Whether the worker lives, is ready, has started: verdicts made from what the runtime and the program report.
//!
//! Pure state: there is no clock here, callers pass Unix seconds, so every verdict can be tested. The moment of what
//! is reported without a time is that of the last turn of the poll loop.
//! Liveness fails only for what a restart can heal. A broker that is down, a rebalance, an empty assignment or a record
//! that cannot be written are no such reasons: a fleet that restarts because Kafka is down makes the outage longer
//! (smallrye-reactive-messaging #866). Liveness by partition answers sentry/arroyo #247 and karafka/racecar #309.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known about the worker. Every method may be called from any thread.
#[derive(Default)]
pub struct Health {
    state: Mutex<State>,
}

/// How long silence may last before liveness fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiveLimits {
    /// Seconds without a turn of the poll loop: 0.9 of `max.poll.interval.ms`, the time after which the group expels us.
    pub poll_silence_secs_max: f64,
    /// Seconds without a committed advance of a partition that has lag.
    pub progress_silence_secs_max: f64,
}

/// The answer of one endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whether the answer is 200.
    pub ok: bool,
    /// What it follows from.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its name; one word.
    pub name: &'static str,
    /// Whether it passes.
    pub ok: bool,
    /// Age of what it is about, where there is one.
    pub age_secs: Option<f64>,
    /// One sentence for people.
    pub reason: String,
}

#[derive(Default)]
struct State {
    loaded: bool,
    broker: Broker,
    broker_was_reached: bool,
    joined: bool,
    draining: bool,
    rebalancing: bool,
    assigned: i64,
    paused: i64,
    polled_at: Option<f64>,
    stuck: Option<String>,
    partitions: Vec<Partition>,
    /// When the last excuse for standing still ended. Silence counts from here at the earliest, or a worker would be
    /// killed in the second in which it may go on.
    excused_until: f64,
}

#[derive(Clone, Copy, Default)]
enum Broker {
    #[default]
    NotTried,
    ReachedSince(f64),
    UnreachableSince(f64),
}

struct Partition {
    topic: String,
    partition: i32,
    /// When it began to have lag, or last advanced while it had some; `None` without lag.
    silent_since: Option<f64>,
}

impl Health {
    /// Settings are read, the language pack is loaded.
    pub fn set_loaded(&self) {
        self.state().loaded = true;
    }

    /// Whether the broker answers. Say it as often as it is known; its age counts from the change.
    pub fn set_broker_reached(&self, reached: bool, now: f64) {
        let mut state = self.state();
        state.broker_was_reached |= reached;
        state.broker = match (state.broker, reached) {
            (Broker::ReachedSince(since), true) => Broker::ReachedSince(since),
            (Broker::UnreachableSince(since), false) => Broker::UnreachableSince(since),
            (Broker::NotTried, true) => Broker::ReachedSince(now),
            (Broker::UnreachableSince(_), true) => {
                state.excused_until = state.excused_until.max(now);
                Broker::ReachedSince(now)
            }
            (Broker::NotTried | Broker::ReachedSince(_), false) => Broker::UnreachableSince(now),
        };
    }

    /// Whether the consumer is a member of its group. It stays one during a rebalance and without partitions.
    pub fn set_joined(&self, joined: bool) {
        self.state().joined = joined;
    }

    /// A rebalance is going on, from the first callback to the last. Until it ends no partition has to advance.
    pub fn set_rebalancing(&self, rebalancing: bool) {
        let mut state = self.state();
        state.rebalancing = rebalancing;
        state.excuse_now();
    }

    /// A stop was asked for; work is being finished.
    pub fn set_draining(&self) {
        self.state().draining = true;
    }

    /// The poll loop ran.
    pub fn polled(&self, now: f64) {
        let mut state = self.state();
        let latest = state.polled_at.map_or(now, |earlier| earlier.max(now));
        state.polled_at = Some(latest);
    }

    /// A sentence such as "stuck at articles.raw/3, offset 1234" while a record can neither be processed nor be put
    /// aside. It is shown and fails nothing: the next process would meet the same record.
    pub fn set_stuck(&self, sentence: Option<String>) {
        self.state().stuck = sentence;
    }

    /// Articles between a partition's committed position and its end.
    pub(super) fn lag(&self, topic: &str, partition: i32, articles: u64) {
        let mut state = self.state();
        let now = state.polled_at;
        let entry = state.partition(topic, partition);
        // Before the first turn of the loop there is no clock; the next report then starts the count.
        entry.silent_since = if articles == 0 { None } else { entry.silent_since.or(now) };
    }

    /// A partition's committed position moved.
    pub(super) fn progress(&self, topic: &str, partition: i32, now: f64) {
        let mut state = self.state();
        let entry = state.partition(topic, partition);
        entry.silent_since = entry.silent_since.map(|since| since.max(now));
    }

    /// A partition is no longer ours.
    pub(super) fn forget_partition(&self, topic: &str, partition: i32) {
        let mut state = self.state();
        state.partitions.retain(|entry| entry.partition != partition || entry.topic != topic);
    }

    /// A rebalance gave or took partitions.
    pub(super) fn rebalanced(&self) {
        self.state().excuse_now();
    }

    /// How many partitions are ours.
    pub(super) fn set_assigned(&self, partitions: i64) {
        self.state().assigned = partitions;
    }

    /// How many partitions are paused.
    pub(super) fn set_paused(&self, partitions: i64) {
        let mut state = self.state();
        if state.paused > 0 {
            state.excuse_now();
        }
        state.paused = partitions;
    }

    /// Whether the worker lives: the poll loop runs, and no partition with lag has stood still for too long without
    /// an excuse (paused, draining, rebalancing, broker unreachable).
    pub fn live(&self, now: f64, limits: &LiveLimits) -> Verdict {
        let state = self.state();
        Verdict::of(vec![
            state.poll_check(now, limits.poll_silence_secs_max),
            state.progress_check(now, limits.progress_silence_secs_max),
            state.stuck_check(),
        ])
    }

    /// Whether the worker takes part: loaded, broker reachable, group joined, not draining. No partition is needed;
    /// an idle standby is ready.
    pub fn ready(&self, now: f64) -> Verdict {
        let state = self.state();
        Verdict::of(vec![
            state.loaded_check(),
            state.broker_check(now),
            state.joined_check(),
            state.draining_check(),
        ])
    }

    /// Whether the worker has started: loaded, and the broker reached once, even if it is gone now.
    pub fn started(&self, now: f64) -> Verdict {
        let state = self.state();
        let broker = if state.broker_was_reached {
            Check { ok: true, reason: "was reached".to_owned(), ..state.broker_check(now) }
        } else {
            state.broker_check(now)
        };
        Verdict::of(vec![state.loaded_check(), broker])
    }

    /// The verdict of [`Health::ready`], which does not depend on the time.
    pub(super) fn is_ready(&self) -> bool {
        self.ready(0.0).ok
    }

    /// Whether a stop was asked for.
    pub(super) fn is_draining(&self) -> bool {
        self.state().draining
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No method can leave the state half changed, so it is good even after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Verdict {
    fn of(checks: Vec<Check>) -> Verdict {
        Verdict { ok: checks.iter().all(|check| check.ok), checks }
    }
}

impl State {
    fn partition(&mut self, topic: &str, partition: i32) -> &mut Partition {
        let known = self
            .partitions
            .iter()
            .position(|entry| entry.partition == partition && entry.topic == topic);
        let ix = known.unwrap_or(self.partitions.len());
        if known.is_none() {
            self.partitions.push(Partition {
                topic: topic.to_owned(),
                partition,
                silent_since: None,
            });
        }
        self.partitions.get_mut(ix).expect("it was found or pushed at this index")
    }

    fn excuse_now(&mut self) {
        self.excused_until = self.polled_at.unwrap_or(0.0).max(self.excused_until);
    }

    fn poll_check(&self, now: f64, secs_max: f64) -> Check {
        let age_secs = self.polled_at.map(|at| (now - at).max(0.0));
        let ok = age_secs.is_none_or(|age| age <= secs_max);
        let reason = match age_secs {
            None => "the poll loop has not begun".to_owned(),
            Some(_) if ok => "the poll loop runs".to_owned(),
            Some(age) => {
                format!("the poll loop has not run for {age:.0} s, limit is {secs_max:.0} s")
            }
        };
        Check { name: "poll", ok, age_secs, reason }
    }

    fn progress_check(&self, now: f64, secs_max: f64) -> Check {
        let longest = self
            .partitions
            .iter()
            .filter_map(|entry| {
                let since = entry.silent_since?.max(self.excused_until);
                Some((entry, (now - since).max(0.0)))
            })
            .max_by(|(_, one), (_, other)| one.total_cmp(other));
        let Some((entry, age)) = longest else {
            return Check {
                name: "progress",
                ok: true,
                age_secs: None,
                reason: "no partition has lag".to_owned(),
            };
        };
        let excuse = self.excuse();
        let ok = excuse.is_some() || age <= secs_max;
        let reason = match excuse {
            Some(excuse) => format!("nothing has to advance: {excuse}"),
            None if ok => "all partitions with lag advance".to_owned(),
            None => format!(
                "{}/{} has lag and has not advanced for {age:.0} s, limit is {secs_max:.0} s",
                entry.topic, entry.partition
            ),
        };
        Check { name: "progress", ok, age_secs: Some(age), reason }
    }

    fn excuse(&self) -> Option<&'static str> {
        if self.draining {
            Some("draining")
        } else if self.rebalancing {
            Some("rebalancing")
        } else if self.paused > 0 {
            Some("partitions are paused")
        } else {
            match self.broker {
                Broker::UnreachableSince(_) => Some("the broker is unreachable"),
                Broker::NotTried | Broker::ReachedSince(_) => None,
            }
        }
    }

    fn stuck_check(&self) -> Check {
        let reason = match &self.stuck {
            Some(sentence) => format!("{sentence}; a restart would not help"),
            None => "nothing is stuck".to_owned(),
        };
        Check { name: "stuck", ok: true, age_secs: None, reason }
    }

    fn loaded_check(&self) -> Check {
        let reason = if self.loaded {
            "settings and pack are loaded"
        } else {
            "settings or pack are not loaded yet"
        };
        Check { name: "loaded", ok: self.loaded, age_secs: None, reason: reason.to_owned() }
    }

    fn broker_check(&self, now: f64) -> Check {
        let (ok, since, reason) = match self.broker {
            Broker::NotTried => (false, None, "the broker was not reached yet"),
            Broker::ReachedSince(since) => (true, Some(since), "the broker answers"),
            Broker::UnreachableSince(since) => (false, Some(since), "the broker is unreachable"),
        };
        let age_secs = since.map(|since| (now - since).max(0.0));
        Check { name: "broker", ok, age_secs, reason: reason.to_owned() }
    }

    fn joined_check(&self) -> Check {
        let reason = match (self.joined, self.assigned) {
            (false, _) => "the group is not joined".to_owned(),
            (true, 0) => "the group is joined; no partition is assigned (standby)".to_owned(),
            (true, partitions) => format!("the group is joined; partitions: {partitions}"),
        };
        Check { name: "joined", ok: self.joined, age_secs: None, reason }
    }

    fn draining_check(&self) -> Check {
        let reason = if self.draining { "a stop was asked for" } else { "no stop was asked for" };
        Check { name: "draining", ok: !self.draining, age_secs: None, reason: reason.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: LiveLimits =
        LiveLimits { poll_silence_secs_max: 270.0, progress_silence_secs_max: 300.0 };

    /// A worker that runs since second 1000, with one partition that has lag.
    fn running() -> Health {
        let health = Health::default();
        health.set_loaded();
        health.set_broker_reached(true, 1000.0);
        health.set_joined(true);
        health.set_assigned(1);
        health.polled(1000.0);
        health.lag("articles.raw", 3, 7);
        health
    }

    fn failing(verdict: &Verdict) -> Vec<&'static str> {
        verdict.checks.iter().filter(|check| !check.ok).map(|check| check.name).collect()
    }

    fn reason(verdict: &Verdict, name: &str) -> String {
        verdict.checks.iter().find(|check| check.name == name).unwrap().reason.clone()
    }

    /// What is done to a running worker; then the failing checks of /livez, /readyz and /startupz at second 1400,
    /// with the poll loop turning until then.
    #[test]
    fn verdicts() {
        type Case = (&'static str, fn(&Health), &'static [&'static str], &'static [&'static str]);
        let cases: &[Case] = &[
            ("nothing: stands still with lag", |_| {}, &["progress"], &[]),
            ("advances", |h| h.progress("articles.raw", 3, 1200.0), &[], &[]),
            ("lag gone", |h| h.lag("articles.raw", 3, 0), &[], &[]),
            ("lag goes down without commit", |h| h.lag("articles.raw", 3, 1), &["progress"], &[]),
            ("partition taken", |h| h.forget_partition("articles.raw", 3), &[], &[]),
            ("another is taken", |h| h.forget_partition("articles.raw", 2), &["progress"], &[]),
            ("paused", |h| h.set_paused(1), &[], &[]),
            ("rebalancing", |h| h.set_rebalancing(true), &[], &[]),
            ("draining", |h| h.set_draining(), &[], &["draining"]),
            ("broker gone", |h| h.set_broker_reached(false, 1010.0), &[], &["broker"]),
            ("left the group", |h| h.set_joined(false), &["progress"], &["joined"]),
            (
                "stuck is shown, not fatal",
                |h| {
                    h.progress("articles.raw", 3, 1390.0);
                    h.set_stuck(Some("stuck at articles.raw/3, offset 9".to_owned()));
                },
                &[],
                &[],
            ),
            (
                "idle standby",
                |h| {
                    h.forget_partition("articles.raw", 3);
                    h.set_assigned(0);
                },
                &[],
                &[],
            ),
        ];
        for (what, act, live, ready) in cases {
            let health = running();
            act(&health);
            health.polled(1399.0);
            let verdict = health.live(1400.0, &LIMITS);
            assert_eq!(failing(&verdict), *live, "livez, {what}");
            assert_eq!(verdict.ok, live.is_empty(), "livez, {what}");
            assert_eq!(failing(&health.ready(1400.0)), *ready, "readyz, {what}");
            assert_eq!(failing(&health.started(1400.0)), [""; 0], "startupz, {what}");
            assert_eq!(health.is_ready(), ready.is_empty(), "gauge, {what}");
        }
    }

    #[test]
    fn before_anything_it_lives_and_is_not_ready() {
        let health = Health::default();
        assert!(health.live(1e9, &LIMITS).ok);
        assert_eq!(failing(&health.ready(1e9)), ["loaded", "broker", "joined"]);
        assert_eq!(failing(&health.started(1e9)), ["loaded", "broker"]);
        health.set_loaded();
        health.set_broker_reached(false, 1e9);
        assert_eq!(failing(&health.started(1e9)), ["broker"]);
        health.set_broker_reached(true, 1e9);
        health.set_broker_reached(false, 1e9);
        assert!(health.started(1e9).ok, "reached once is enough");
    }

    #[test]
    fn a_silent_poll_loop_fails_after_its_limit_and_time_does_not_run_back() {
        let health = running();
        health.lag("articles.raw", 3, 0);
        health.polled(900.0);
        assert!(health.live(1270.0, &LIMITS).ok);
        let verdict = health.live(1271.0, &LIMITS);
        assert_eq!(failing(&verdict), ["poll"]);
        assert_eq!(reason(&verdict, "poll"), "the poll loop has not run for 271 s, limit is 270 s");
    }

    #[test]
    fn silence_counts_anew_when_an_excuse_ends() {
        type Change = fn(&Health);
        let excuses: &[(Change, Change)] = &[
            (|h| h.set_paused(1), |h| h.set_paused(0)),
            (|h| h.set_rebalancing(true), |h| h.set_rebalancing(false)),
            (|h| h.set_broker_reached(false, 1010.0), |h| h.set_broker_reached(true, 2000.0)),
        ];
        for (begin, end) in excuses {
            let health = running();
            begin(&health);
            health.polled(2000.0);
            assert!(health.live(2000.0, &LIMITS).ok);
            end(&health);
            health.polled(2200.0);
            assert!(health.live(2250.0, &LIMITS).ok);
            assert_eq!(failing(&health.live(2301.0, &LIMITS)), ["progress"]);
        }
    }

    #[test]
    fn an_idle_partition_gets_its_full_time_when_articles_come() {
        let health = running();
        health.lag("articles.raw", 3, 0);
        health.polled(9000.0);
        health.lag("articles.raw", 3, 5);
        assert!(health.live(9200.0, &LIMITS).ok);
        let verdict = health.live(9301.0, &LIMITS);
        assert_eq!(failing(&verdict), ["poll", "progress"]);
        assert_eq!(
            reason(&verdict, "progress"),
            "articles.raw/3 has lag and has not advanced for 301 s, limit is 300 s"
        );
    }

    #[test]
    fn ages_count_from_the_change() {
        let health = running();
        health.set_broker_reached(false, 1100.0);
        health.set_broker_reached(false, 1105.0);
        let verdict = health.ready(1130.0);
        let broker = verdict.checks.iter().find(|check| check.name == "broker").unwrap();
        assert_eq!(broker.age_secs, Some(30.0));
    }
}
