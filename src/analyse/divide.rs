//! Divides the tokens of a block into sentences, by rules that hold everywhere and by the learned splitter.
//!
//! A sentence ends where the rules say so ([`Places::verdict`]) and, where they say nothing, where the splitter finds it
//! more likely than not; the last one ends with the block. One that is longer than the limit is divided once more at its strongest mark.
//! Every token is in exactly one sentence.

use super::place::{Places, Progress, Strength};
use crate::model::Token;
use crate::nn::Splitter;
use crate::pack::Lexicon;

/// Above this score a sentence ends: a little below even odds, since the splitter misses more ends than it makes up.
const END_SCORE: i32 = -80;

/// Divides blocks; its buffers are reused from block to block.
#[derive(Debug)]
pub struct Divider<'a> {
    lexicon: &'a Lexicon,
    splitter: &'a Splitter,
    places: Places,
    scratch: String,
}

impl<'a> Divider<'a> {
    /// A divider by the tables and weights of a pack.
    pub fn new(lexicon: &'a Lexicon, splitter: &'a Splitter) -> Self {
        Divider { lexicon, splitter, places: Places::default(), scratch: String::new() }
    }

    /// Fills `lengths` (what was in it is dropped) with the number of tokens of each sentence of a block, none above
    /// `tokens_max`. Gives the position in `tokens` of the first sentence that only the limit divided, if there is one.
    pub fn divide(
        &mut self,
        text: &str,
        tokens: &[Token],
        tokens_max: usize,
        lengths: &mut Vec<usize>,
    ) -> Option<usize> {
        lengths.clear();
        self.places.read(text, tokens, self.lexicon, &mut self.scratch);
        let mut cut = None;
        let mut progress = Progress::default();
        let mut start = 0;
        for at in 1..=tokens.len() {
            progress = self.places.step(at - 1, progress);
            if at == tokens.len() || self.ends_before(at, progress) {
                let too_long = self.add(start, at, tokens_max.max(1), lengths);
                cut = cut.or(too_long.then_some(start));
                start = at;
                progress = self.places.begin(at, progress);
            }
        }
        cut
    }

    fn ends_before(&self, at: usize, progress: Progress) -> bool {
        self.places
            .verdict(at, progress)
            .unwrap_or_else(|| self.splitter.score(&self.places.rows(at, progress)) > END_SCORE)
    }

    /// Adds the sentence `start..end`, in parts where it is longer than the limit; whether it was.
    fn add(&self, start: usize, end: usize, tokens_max: usize, lengths: &mut Vec<usize>) -> bool {
        let mut from = start;
        while end - from > tokens_max {
            let length = strongest_cut(&self.places, from, tokens_max);
            lengths.push(length);
            from += length;
        }
        lengths.push(end - from);
        from > start
    }
}

/// Number of tokens of the first part of a sentence that is too long: up to the last of the strongest marks in the
/// second half of what fits, or all that fits.
fn strongest_cut(places: &Places, from: usize, tokens_max: usize) -> usize {
    let half = tokens_max.div_ceil(2);
    let places = (half..tokens_max).map(|offset| (places.strength(from + offset), offset + 1));
    let best = places.max_by_key(|place| *place).filter(|(strength, _)| *strength > Strength::None);
    best.map_or(tokens_max, |(_, length)| length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analyse::tokenise;
    use crate::model::Span;
    use crate::pack::Pack;

    fn divided(pack: &Pack, text: &str, tokens_max: usize) -> (Vec<usize>, usize, Option<usize>) {
        let (mut tokens, mut lengths) = (Vec::new(), vec![7]);
        let lexicon = &pack.lexicon;
        tokenise(text, Span::of(0, text.len()), lexicon, &mut String::new(), &mut tokens);
        let mut divider = Divider::new(lexicon, &pack.model.splitter);
        let cut = divider.divide(text, &tokens, tokens_max, &mut lengths);
        (lengths, tokens.len(), cut)
    }

    #[test]
    fn a_long_sentence_is_divided_at_its_strongest_mark() {
        let pack = Pack::embedded().unwrap();
        let text =
            "Talks failed. The army, it said, held one town; the rebels held two, others none.";
        assert_eq!(divided(&pack, text, 100), (vec![3, 18], 21, None));
        assert_eq!(divided(&pack, text, 12), (vec![3, 10, 8], 21, Some(3)));
        assert_eq!(divided(&pack, text, 2).0, [2, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
        assert_eq!(divided(&pack, "", 2), (vec![], 0, None));
    }

    proptest! {
        #[test]
        fn every_token_is_in_one_sentence_within_the_limit(
            text in "\\PC*|[a-zA-Z ]*[.!?…:;\"“”()\\-—,' ]{0,4}[A-Za-z0-9 .!?)(\"]*",
            tokens_max in 1_usize..40,
        ) {
            static PACK: std::sync::OnceLock<Pack> = std::sync::OnceLock::new();
            let pack = PACK.get_or_init(|| Pack::embedded().unwrap());
            let (lengths, tokens, _) = divided(pack, &text, tokens_max);
            prop_assert!(lengths.iter().all(|length| (1..=tokens_max).contains(length)));
            prop_assert_eq!(lengths.iter().sum::<usize>(), tokens);
        }
    }
}
