//! Which record of which partition is where: admitted, finished, sent, committed.
//!
//! Per partition a generation, a queue of entries in offset order, and two positions. Invariants, checked by property
//! tests: `committed <= sent <=` the end of the contiguous finished prefix; `committed` never decreases within a
//! generation; an admitted offset is released at most once per generation; what is sent is always a prefix, so that a
//! window can close at any moment. A result whose generation is over is late and dropped.
//!
//! Gaps between offsets are normal (compacted and control records are never delivered): order is that of delivery.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::broker::{InputRecord, Position};
use super::processor::{Draft, Refusal};

/// Names one admitted record of one generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) partition: i32,
    pub(crate) generation: u64,
    pub(crate) offset: i64,
}

/// What prepare made of a record.
pub(crate) type Prepared<R> = Result<Draft<R>, Refusal>;

struct Entry<R> {
    input: Arc<InputRecord>,
    bytes: usize,
    admitted_ms: i64,
    prepared: Option<Prepared<R>>,
}

struct Lane<R> {
    generation: u64,
    /// Next offset after the last commit.
    committed: i64,
    /// Next offset after the last record sent in the open transaction.
    sent: i64,
    /// Timestamp of the first record after `committed` that was sent but is not committed.
    sent_timestamp_ms: Option<i64>,
    entries: VecDeque<Entry<R>>,
    /// The last record of the partition was delivered and none since.
    at_end: bool,
}

/// A finished record at the head of its partition.
pub(crate) struct Released<R> {
    pub(crate) input: Arc<InputRecord>,
    pub(crate) prepared: Prepared<R>,
}

/// The bookkeeping of all assigned partitions. Only the consumer thread touches it.
pub(crate) struct Tracker<R> {
    lanes: BTreeMap<i32, Lane<R>>,
    next_generation: u64,
    records: usize,
    bytes: usize,
    running: usize,
}

impl<R> Tracker<R> {
    pub(crate) fn new() -> Self {
        Tracker { lanes: BTreeMap::new(), next_generation: 1, records: 0, bytes: 0, running: 0 }
    }

    /// Takes a partition on, to be read from `start`.
    pub(crate) fn assign(&mut self, start: Position) {
        self.revoke(start.partition);
        let lane = Lane {
            generation: self.next_generation,
            committed: start.offset,
            sent: start.offset,
            sent_timestamp_ms: None,
            entries: VecDeque::new(),
            at_end: false,
        };
        self.next_generation += 1;
        self.lanes.insert(start.partition, lane);
    }

    /// Lets a partition go; its unfinished results will be late. Returns how many admitted records were dropped.
    pub(crate) fn revoke(&mut self, partition: i32) -> usize {
        let Some(lane) = self.lanes.remove(&partition) else { return 0 };
        let dropped = lane.entries.len();
        self.forget(&lane.entries);
        dropped
    }

    /// Takes a delivered record in. `None` where the partition is not ours or the offset was already seen.
    pub(crate) fn admit(&mut self, input: &Arc<InputRecord>, now_ms: i64) -> Option<Ticket> {
        let lane = self.lanes.get_mut(&input.partition)?;
        let next = lane.entries.back().map_or(lane.sent, |last| last.input.offset + 1);
        if input.offset < next {
            return None;
        }
        let bytes = input.bytes();
        lane.at_end = false;
        lane.entries.push_back(Entry {
            input: Arc::clone(input),
            bytes,
            admitted_ms: now_ms,
            prepared: None,
        });
        self.records += 1;
        self.bytes += bytes;
        self.running += 1;
        Some(Ticket {
            partition: input.partition,
            generation: lane.generation,
            offset: input.offset,
        })
    }

    /// Takes a result. `false` where it is late.
    pub(crate) fn finish(&mut self, ticket: Ticket, prepared: Prepared<R>) -> bool {
        let Some(lane) = self.lanes.get_mut(&ticket.partition) else { return false };
        if lane.generation != ticket.generation {
            return false;
        }
        let Ok(at) = lane.entries.binary_search_by_key(&ticket.offset, |e| e.input.offset) else {
            return false;
        };
        let Some(entry) = lane.entries.get_mut(at).filter(|e| e.prepared.is_none()) else {
            return false;
        };
        let added: usize = prepared
            .as_ref()
            .map_or(0, |draft| draft.outputs.iter().map(super::broker::Output::bytes).sum());
        entry.bytes += added;
        entry.prepared = Some(prepared);
        self.bytes += added;
        self.running -= 1;
        true
    }

    /// Takes the next finished record off the head of a partition and counts it as sent.
    pub(crate) fn release(&mut self, partition: i32) -> Option<Released<R>> {
        let lane = self.lanes.get_mut(&partition)?;
        lane.entries.front()?.prepared.as_ref()?;
        let entry = lane.entries.pop_front()?;
        let prepared = entry.prepared?;
        lane.sent = entry.input.offset + 1;
        lane.sent_timestamp_ms = lane.sent_timestamp_ms.or(entry.input.timestamp_ms);
        self.records -= 1;
        self.bytes -= entry.bytes;
        Some(Released { input: entry.input, prepared })
    }

    /// The positions that the open transaction must commit: one per partition from which something was sent.
    pub(crate) fn prefix(&self) -> Vec<Position> {
        self.lanes
            .iter()
            .filter(|(_, lane)| lane.sent > lane.committed)
            .map(|(partition, lane)| Position { partition: *partition, offset: lane.sent })
            .collect()
    }

    /// Notes that `prefix` is committed.
    pub(crate) fn commit(&mut self, prefix: &[Position]) {
        for position in prefix {
            if let Some(lane) = self.lanes.get_mut(&position.partition) {
                debug_assert!(lane.committed <= position.offset && position.offset <= lane.sent);
                lane.committed = position.offset;
                lane.sent_timestamp_ms = None;
            }
        }
    }

    /// Gives up all that is not committed: new generations, nothing pending. Returns where to read from, and how many
    /// admitted and unsent records were dropped.
    pub(crate) fn rewind(&mut self) -> (Vec<Position>, usize) {
        let mut dropped = 0;
        let mut positions = Vec::with_capacity(self.lanes.len());
        for (partition, lane) in &mut self.lanes {
            lane.generation = self.next_generation;
            self.next_generation += 1;
            lane.sent = lane.committed;
            lane.sent_timestamp_ms = None;
            lane.at_end = false;
            dropped += lane.entries.len();
            for entry in lane.entries.drain(..) {
                self.records -= 1;
                self.bytes -= entry.bytes;
                self.running -= usize::from(entry.prepared.is_none());
            }
            positions.push(Position { partition: *partition, offset: lane.committed });
        }
        (positions, dropped)
    }

    fn forget(&mut self, entries: &VecDeque<Entry<R>>) {
        for entry in entries {
            self.records -= 1;
            self.bytes -= entry.bytes;
            self.running -= usize::from(entry.prepared.is_none());
        }
    }

    /// Notes that the last record of a partition has been delivered.
    pub(crate) fn at_end(&mut self, partition: i32) {
        if let Some(lane) = self.lanes.get_mut(&partition) {
            lane.at_end = true;
        }
    }

    /// The assigned partitions in order.
    pub(crate) fn partitions(&self) -> Vec<i32> {
        self.lanes.keys().copied().collect()
    }

    /// Records admitted and not sent.
    pub(crate) fn records(&self) -> usize {
        self.records
    }

    /// Bytes of inputs and finished outputs that are not sent.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Records that are being prepared.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// Records that are being prepared, of these partitions.
    pub(crate) fn running_of(&self, partitions: &[i32]) -> usize {
        let lanes = partitions.iter().filter_map(|partition| self.lanes.get(partition));
        lanes.map(|lane| lane.entries.iter().filter(|e| e.prepared.is_none()).count()).sum()
    }

    /// Whether something is finished at the head of some partition.
    pub(crate) fn has_ready(&self) -> bool {
        self.lanes.values().any(|lane| lane.entries.front().is_some_and(|e| e.prepared.is_some()))
    }

    /// What lag and progress gauges need to know of each partition.
    pub(crate) fn heads(&self) -> Vec<Head> {
        self.lanes
            .iter()
            .map(|(partition, lane)| Head {
                position: Position { partition: *partition, offset: lane.committed },
                oldest_timestamp_ms: lane
                    .sent_timestamp_ms
                    .or_else(|| lane.entries.front().and_then(|entry| entry.input.timestamp_ms)),
                oldest_admitted_ms: lane.entries.front().map(|entry| entry.admitted_ms),
                caught_up: lane.at_end && lane.entries.is_empty() && lane.sent == lane.committed,
            })
            .collect()
    }
}

/// The state of one partition for gauges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Last committed position.
    pub(crate) position: Position,
    /// Timestamp of the oldest record that is not committed.
    pub(crate) oldest_timestamp_ms: Option<i64>,
    /// When the oldest unsent record was admitted.
    pub(crate) oldest_admitted_ms: Option<i64>,
    /// Everything up to the end of the partition is committed.
    pub(crate) caught_up: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(partition: i32, offset: i64) -> Arc<InputRecord> {
        Arc::new(InputRecord {
            partition,
            offset,
            timestamp_ms: Some(offset * 10),
            key: None,
            value: Some(vec![0; 3]),
            headers: Vec::new(),
        })
    }

    fn draft() -> Prepared<()> {
        Ok(Draft { outputs: Vec::new(), receipt: () })
    }

    #[test]
    fn releases_in_offset_order_whatever_finishes_first() {
        let mut tracker = Tracker::new();
        tracker.assign(Position { partition: 0, offset: 5 });
        let first = tracker.admit(&record(0, 5), 0).unwrap();
        let second = tracker.admit(&record(0, 9), 0).unwrap();
        assert!(tracker.finish(second, draft()));
        assert!(tracker.release(0).is_none(), "offset 9 must wait for 5");
        assert!(tracker.finish(first, draft()));
        assert_eq!(tracker.release(0).unwrap().input.offset, 5);
        assert_eq!(tracker.prefix(), [Position { partition: 0, offset: 6 }]);
        assert_eq!(tracker.release(0).unwrap().input.offset, 9);
        assert_eq!(tracker.prefix(), [Position { partition: 0, offset: 10 }]);
    }

    #[test]
    fn results_of_an_old_generation_are_late() {
        let mut tracker = Tracker::new();
        tracker.assign(Position { partition: 0, offset: 0 });
        let before = tracker.admit(&record(0, 0), 0).unwrap();
        let (positions, dropped) = tracker.rewind();
        assert_eq!((positions, dropped), (vec![Position { partition: 0, offset: 0 }], 1));
        assert!(!tracker.finish(before, draft()));
        let again = tracker.admit(&record(0, 0), 0).unwrap();
        assert!(tracker.finish(again, draft()));
        assert!(!tracker.finish(again, draft()), "a second result of one record is late too");
        assert_eq!(tracker.revoke(0), 1);
        assert!(!tracker.finish(again, draft()));
        assert!(tracker.admit(&record(0, 1), 0).is_none(), "not ours any more");
    }

    #[derive(Clone, Debug)]
    enum Move {
        Admit(u8),
        Finish(usize),
        Release(u8),
        Commit,
        Rewind,
        Reassign(u8),
    }

    fn moves() -> impl Strategy<Value = Vec<Move>> {
        let one = prop_oneof![
            6 => (0u8..3).prop_map(Move::Admit),
            6 => any::<usize>().prop_map(Move::Finish),
            5 => (0u8..3).prop_map(Move::Release),
            2 => Just(Move::Commit),
            1 => Just(Move::Rewind),
            1 => (0u8..3).prop_map(Move::Reassign),
        ];
        proptest::collection::vec(one, 1..200)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Plays any sequence of moves against a plain model: what is committed is, per partition, every delivered
        /// offset once and in order.
        #[test]
        fn committed_is_always_a_prefix_of_what_was_delivered(moves in moves()) {
            let mut tracker = Tracker::new();
            let mut next = [0i64; 3];
            let mut committed: [Vec<i64>; 3] = Default::default();
            let mut window: [Vec<i64>; 3] = Default::default();
            let mut running: Vec<Ticket> = Vec::new();
            for partition in 0..3 {
                tracker.assign(Position { partition, offset: 0 });
            }
            for step in moves {
                match step {
                    Move::Admit(p) => {
                        let offset = next[usize::from(p)];
                        let ticket = tracker.admit(&record(i32::from(p), offset), 0);
                        running.push(ticket.expect("a new offset is admitted"));
                        prop_assert!(tracker.admit(&record(i32::from(p), offset), 0).is_none());
                        next[usize::from(p)] += 1 + i64::from(offset % 3 == 0);
                    }
                    Move::Finish(at) if !running.is_empty() => {
                        let ticket = running.swap_remove(at % running.len());
                        tracker.finish(ticket, draft());
                    }
                    Move::Finish(_) => {}
                    Move::Release(p) => {
                        if let Some(released) = tracker.release(i32::from(p)) {
                            window[usize::from(p)].push(released.input.offset);
                        }
                    }
                    Move::Commit => {
                        let prefix = tracker.prefix();
                        for position in &prefix {
                            let p = usize::try_from(position.partition).unwrap();
                            prop_assert_eq!(window[p].last().map(|last| last + 1), Some(position.offset));
                        }
                        tracker.commit(&prefix);
                        for p in 0..3 {
                            committed[p].append(&mut window[p]);
                        }
                        prop_assert!(tracker.prefix().is_empty());
                    }
                    Move::Rewind => {
                        let (positions, _) = tracker.rewind();
                        for position in positions {
                            let p = usize::try_from(position.partition).unwrap();
                            prop_assert_eq!(position.offset, committed[p].last().map_or(0, |last| last + 1));
                            next[p] = position.offset + i64::from(committed[p].last().is_some_and(|last| last % 3 == 0));
                            window[p].clear();
                        }
                    }
                    Move::Reassign(p) => {
                        let p = usize::from(p);
                        tracker.revoke(p as i32);
                        let offset = committed[p].last().map_or(0, |last| last + 1);
                        tracker.assign(Position { partition: p as i32, offset });
                        next[p] = offset + i64::from(committed[p].last().is_some_and(|last| last % 3 == 0));
                        window[p].clear();
                    }
                }
                let unfinished = tracker.running();
                prop_assert!(unfinished <= tracker.records());
                prop_assert_eq!(unfinished, tracker.running_of(&[0, 1, 2]));
            }
            for offsets in &committed {
                let mut expected = Vec::new();
                let mut offset = 0;
                while expected.len() < offsets.len() {
                    expected.push(offset);
                    offset += 1 + i64::from(offset % 3 == 0);
                }
                prop_assert_eq!(offsets, &expected);
            }
            for p in 0..3 {
                tracker.revoke(p);
            }
            prop_assert_eq!((tracker.records(), tracker.bytes(), tracker.running()), (0, 0, 0));
        }
    }
}
