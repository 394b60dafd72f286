//! Heads chosen word by word -> a tree with exactly one root.
//!
//! Where the choices are a tree already, nothing happens. Otherwise the word whose root score exceeds its best other
//! head the most becomes the root, and the others get the best tree below it (Chu and Liu 1965, Edmonds 1967), found by
//! growing a path backwards and contracting its cycles, in time quadratic in the length of the sentence.
//! Numbers that are no numbers give some tree.

#![allow(
    clippy::indexing_slicing,
    reason = "every row of scores is as long as the head of make_tree checks"
)]

/// Scores of the heads of each word: the root first, then every word of the sentence.
#[derive(Clone, Copy)]
pub(super) struct Scores<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
}

impl Scores<'_> {
    /// The score of a head; head 0 is the root, head n the n-th word, from 1.
    pub(super) fn of(self, word: usize, head: u32) -> f32 {
        self.values[word * self.stride + head as usize]
    }
}

/// Stands for no node.
const NONE: u32 = u32::MAX;

/// Buffers, reused from sentence to sentence.
#[derive(Debug, Default)]
pub(super) struct TreeScratch {
    state: Vec<State>,
    best: Best,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    OnPath,
    Done,
}

/// Makes the heads of a sentence a tree; calls `changed` with the word, its old and its new head.
pub(super) fn make_tree(
    scores: Scores<'_>,
    heads: &mut [u32],
    scratch: &mut TreeScratch,
    mut changed: impl FnMut(usize, u32, u32),
) {
    if heads.is_empty() || is_tree(heads, &mut scratch.state) {
        return;
    }
    assert!(scores.stride > heads.len() && scores.values.len() >= heads.len() * scores.stride);
    let root = best_root(scores, heads.len());
    scratch.best.find(scores, heads.len(), root);
    for (word, old) in heads.iter_mut().enumerate() {
        let new = if word == root { 0 } else { scratch.best.entering[word].head + 1 };
        if *old != new {
            changed(word, *old, new);
            *old = new;
        }
    }
}

/// Whether every word leads to the root, and one of them alone is its child.
fn is_tree(heads: &[u32], state: &mut Vec<State>) -> bool {
    if heads.iter().filter(|head| **head == 0).count() != 1 {
        return false;
    }
    state.clear();
    state.resize(heads.len(), State::New);
    for start in 0..heads.len() {
        let mut word = start;
        while state[word] == State::New {
            state[word] = State::OnPath;
            match heads[word].checked_sub(1) {
                Some(head) => word = head as usize,
                None => break,
            }
        }
        if state[word] == State::OnPath && heads[word] != 0 {
            return false;
        }
        let mut word = start;
        while state[word] == State::OnPath {
            state[word] = State::Done;
            match heads[word].checked_sub(1) {
                Some(head) => word = head as usize,
                None => break,
            }
        }
    }
    true
}

/// The word whose root score exceeds its best other head the most; the first among equals.
fn best_root(scores: Scores<'_>, length: usize) -> usize {
    let (mut root, mut largest) = (0, f32::NEG_INFINITY);
    for word in 0..length {
        let others = (1..=length as u32).filter(|head| *head != word as u32 + 1);
        let best = others.map(|head| scores.of(word, head)).fold(f32::NEG_INFINITY, f32::max);
        let margin = scores.of(word, 0) - best;
        if margin > largest {
            (root, largest) = (word, margin);
        }
    }
    root
}

/// An arc from a head to the word it enters, both counted from 0.
#[derive(Clone, Copy, Debug)]
struct Entering {
    head: u32,
    word: u32,
}

/// The best tree below a root. Nodes are the words, then the contracted cycles in the order in which they were found.
/// The arcs that enter a node lie in a row, one column per word as head; a cycle takes over the row of a member.
#[derive(Debug, Default)]
struct Best {
    length: usize,
    scores: Vec<f32>,
    /// The word that the arc from a head to a node enters.
    entered: Vec<u32>,
    /// The row of each node.
    rows: Vec<usize>,
    /// The cycle that each node was contracted into.
    parents: Vec<u32>,
    /// The outermost node that each word lies in.
    tops: Vec<u32>,
    state: Vec<State>,
    /// The arc chosen for each node; after [`Best::find`], of each word but the root.
    entering: Vec<Entering>,
    path: Vec<u32>,
}

impl Best {
    fn find(&mut self, scores: Scores<'_>, length: usize, root: usize) {
        self.begin(scores, length);
        self.state[root] = State::Done;
        for start in 0..length {
            let top = self.tops[start];
            if self.state[top as usize] == State::New {
                self.grow(top);
            }
        }
        for cycle in (length..self.rows.len()).rev() {
            // the arc into the cycle enters one member; the others keep theirs
            let arc = self.entering[cycle];
            let mut member = arc.word;
            while self.parents[member as usize] != cycle as u32 {
                member = self.parents[member as usize];
            }
            self.entering[member as usize] = arc;
        }
    }

    fn begin(&mut self, scores: Scores<'_>, length: usize) {
        self.length = length;
        self.scores.clear();
        self.entered.clear();
        for word in 0..length {
            let row = &scores.values[word * scores.stride + 1..];
            self.scores.extend_from_slice(&row[..length]);
            self.entered.extend(std::iter::repeat_n(word as u32, length));
        }
        self.rows.clear();
        self.rows.extend(0..length);
        self.tops.clear();
        self.tops.extend(0..length as u32);
        self.parents.clear();
        self.parents.resize(length, NONE);
        self.state.clear();
        self.state.resize(length, State::New);
        self.entering.clear();
        self.entering.resize(length, Entering { head: 0, word: 0 });
    }

    /// Follows best arcs backwards from a node until they come to what is done, contracting each cycle on the way.
    fn grow(&mut self, start: u32) {
        self.path.clear();
        self.path.push(start);
        self.state[start as usize] = State::OnPath;
        while let Some(&node) = self.path.last() {
            let head = self.choose(node);
            let before = self.tops[head];
            match self.state[before as usize] {
                State::New => {
                    self.state[before as usize] = State::OnPath;
                    self.path.push(before);
                }
                State::OnPath => self.contract(before),
                State::Done => {
                    for node in self.path.drain(..) {
                        self.state[node as usize] = State::Done;
                    }
                }
            }
        }
    }

    /// Chooses the best arc into a node from outside; the first among equals.
    fn choose(&mut self, node: u32) -> usize {
        let row = self.rows[node as usize] * self.length;
        let mut best: Option<(usize, f32)> = None;
        for head in (0..self.length).filter(|head| self.tops[*head] != node) {
            let score = self.scores[row + head];
            if best.is_none_or(|(_, best)| score > best) {
                best = Some((head, score));
            }
        }
        // there is always one: the root lies outside every cycle
        let (head, _) = best.unwrap_or_default();
        let word = self.entered[row + head];
        self.entering[node as usize] = Entering { head: head as u32, word };
        head
    }

    /// Makes one node of the end of the path from `first` on.
    fn contract(&mut self, first: u32) {
        let from = self.path.iter().position(|node| *node == first).unwrap_or(0);
        let cycle = self.rows.len() as u32;
        let row = self.rows[first as usize];
        for at in from..self.path.len() {
            let member = self.path[at];
            let member_row = self.rows[member as usize];
            let arc = self.entering[member as usize];
            let chosen = self.scores[member_row * self.length + arc.head as usize];
            for head in 0..self.length {
                let (to, of) = (row * self.length + head, member_row * self.length + head);
                // what is lost by entering here: the arc that the cycle gives this member
                let score = self.scores[of] - chosen;
                if member == first || score > self.scores[to] {
                    self.scores[to] = score;
                    self.entered[to] = self.entered[of];
                }
            }
            self.parents[member as usize] = cycle;
        }
        self.path.truncate(from);
        for top in &mut self.tops {
            if self.parents.get(*top as usize) == Some(&cycle) {
                *top = cycle;
            }
        }
        self.rows.push(row);
        self.parents.push(NONE);
        self.state.push(State::OnPath);
        self.entering.push(Entering { head: 0, word: 0 });
        self.path.push(cycle);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STRIDE: usize = 16;

    fn tree_of(values: &[f32], chosen: &[u32]) -> Vec<u32> {
        let mut heads = chosen.to_vec();
        let scores = Scores { values, stride: STRIDE };
        let mut told = chosen.to_vec();
        make_tree(scores, &mut heads, &mut TreeScratch::default(), |word, old, new| {
            assert_eq!(told[word], old);
            told[word] = new;
        });
        assert_eq!(told, heads);
        heads
    }

    fn best_heads(values: &[f32], length: usize) -> Vec<u32> {
        let heads = |word: usize| (0..=length as u32).filter(move |head| *head != word as u32 + 1);
        let score = |word: usize, head: u32| values[word * STRIDE + head as usize];
        let best = |word: usize| {
            heads(word).reduce(|a, b| if score(word, b) > score(word, a) { b } else { a })
        };
        (0..length).map(|word| best(word).unwrap_or(0)).collect()
    }

    fn leads_to_root(heads: &[u32], start: usize) -> bool {
        let mut head = heads[start];
        for _ in 0..heads.len() {
            if head == 0 {
                return true;
            }
            head = heads[head as usize - 1];
        }
        false
    }

    /// The best score of a tree in which `root` alone hangs on the root, by trying all.
    fn best_by_trying(values: &[f32], length: usize, root: usize) -> f64 {
        let mut best = f64::NEG_INFINITY;
        for mut number in 0..length.pow(length as u32) {
            let mut heads = vec![0; length];
            for head in &mut heads {
                *head = (number % length) as u32 + 1;
                number /= length;
            }
            heads[root] = 0;
            if (0..length).all(|word| heads[word] != word as u32 + 1 && leads_to_root(&heads, word))
            {
                best = best.max(total(values, &heads));
            }
        }
        best
    }

    fn total(values: &[f32], heads: &[u32]) -> f64 {
        let scores = heads.iter().enumerate();
        scores.map(|(word, head)| f64::from(values[word * STRIDE + *head as usize])).sum()
    }

    #[test]
    fn choices_that_are_a_tree_stay() {
        let values = vec![0.0; 3 * STRIDE];
        assert_eq!(tree_of(&values, &[2, 0, 2]), [2, 0, 2]);
        assert_eq!(tree_of(&values, &[0]), [0]);
        assert_eq!(tree_of(&values, &[]), [0_u32; 0]);
    }

    #[test]
    fn a_cycle_is_broken_where_it_costs_least() {
        let mut values = vec![0.0; 3 * STRIDE];
        // words 1 and 2 want each other, word 0 the root; word 2 minds word 0 less than word 1 does
        values[0] = 9.0;
        values[STRIDE + 3] = 5.0;
        values[STRIDE + 1] = 1.0;
        values[2 * STRIDE + 2] = 5.0;
        values[2 * STRIDE + 1] = 2.0;
        assert_eq!(tree_of(&values, &[0, 3, 2]), [0, 3, 1]);
    }

    proptest! {
        #[test]
        fn trees_are_trees_and_the_best_ones(
            values in proptest::collection::vec(-9_i8..9, 6 * STRIDE),
            length in 1_usize..6,
        ) {
            let values: Vec<f32> = values.into_iter().map(f32::from).collect();
            let chosen = best_heads(&values, length);
            let heads = tree_of(&values, &chosen);
            prop_assert_eq!(heads.iter().filter(|head| **head == 0).count(), 1);
            prop_assert!((0..length).all(|word| leads_to_root(&heads, word)));
            if heads != chosen {
                let root = best_root(Scores { values: &values, stride: STRIDE }, length);
                prop_assert_eq!(heads[root], 0);
                let best = best_by_trying(&values, length, root);
                prop_assert!((total(&values, &heads) - best).abs() < 1e-3);
            }
        }

        #[test]
        fn long_sentences_and_broken_numbers_give_trees(
            values in proptest::collection::vec(any::<f32>(), 15 * STRIDE),
            length in 1_usize..15,
        ) {
            let heads = tree_of(&values, &vec![0; length]);
            prop_assert_eq!(heads.iter().filter(|head| **head == 0).count(), 1);
            prop_assert!((0..length).all(|word| leads_to_root(&heads, word)));
        }
    }
}
