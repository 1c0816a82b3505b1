//! Codes whose length follows from how often a symbol is used: RFC 1951, 3.2.2.

/// A code: how each symbol is written.
pub(super) struct Code {
    /// The bits of each symbol, the first one lowest, and how many they are. None for a symbol that
    /// is not used.
    symbols: Vec<(u16, u8)>,
}

impl Code {
    /// The shortest code for these numbers of uses in which no symbol takes more than `longest`
    /// bits. Of one or two symbols each takes a bit.
    pub(super) fn of(uses: &[u32], longest: usize) -> Code {
        let mut used: Vec<(u32, usize)> = uses
            .iter()
            .enumerate()
            .filter(|(_, uses)| **uses > 0)
            .map(|(symbol, uses)| (*uses, symbol))
            .collect();
        used.sort_unstable();
        let weights: Vec<u32> = used.iter().map(|(uses, _)| *uses).collect();
        let mut lengths = vec![0; uses.len()];
        for ((_, symbol), length) in used.iter().zip(code_lengths(&weights, longest)) {
            if let Some(of_symbol) = lengths.get_mut(*symbol) {
                *of_symbol = length;
            }
        }
        Code::with_lengths(&lengths)
    }

    /// The code that has these lengths.
    pub(super) fn with_lengths(lengths: &[u8]) -> Code {
        let mut symbols = vec![(0, 0); lengths.len()];
        let mut next = 0u16;
        for length in 1..16 {
            next <<= 1;
            for (symbol, _) in symbols.iter_mut().zip(lengths).filter(|(_, it)| **it == length) {
                *symbol = (next.reverse_bits() >> (16 - length), length);
                next += 1;
            }
        }
        Code { symbols }
    }

    /// The bits of a symbol, and how many they are.
    pub(super) fn bits(&self, symbol: usize) -> (u16, u8) {
        self.symbols.get(symbol).copied().unwrap_or_default()
    }

    /// How many bits each symbol takes.
    pub(super) fn lengths(&self) -> impl Iterator<Item = u8> {
        self.symbols.iter().map(|(_, length)| *length)
    }

    /// How many bits so many uses of each symbol take.
    pub(super) fn size(&self, uses: &[u32]) -> usize {
        self.lengths().zip(uses).map(|(length, uses)| usize::from(length) * *uses as usize).sum()
    }
}

/// How many bits each of some weights takes, which are in ascending order.
///
/// Package-merge: each level has the weights and the pairs of what the level below has, in order,
/// a pair before a weight of the same size. Of the first `2n - 2` on the last level, and of what
/// their pairs are made of, a weight is in as many levels as it takes bits. Which of several codes
/// of the same size it gives is decided by the order of equals, which is Go's.
fn code_lengths(weights: &[u32], longest: usize) -> Vec<u8> {
    let count = weights.len();
    if count <= 2 {
        return vec![1; count];
    }
    // For each level, whether what it has is a weight.
    let mut levels: Vec<Vec<bool>> = Vec::new();
    let mut below: Vec<u32> = Vec::new();
    for _ in 0..longest.min(count - 1) {
        let mut pairs = below.as_chunks::<2>().0.iter().map(|[one, other]| one + other).peekable();
        let mut of_weights = weights.iter().copied().peekable();
        let (mut level, mut are_weights) = (Vec::new(), Vec::new());
        loop {
            let is_weight = match (of_weights.peek(), pairs.peek()) {
                (Some(weight), Some(pair)) => weight < pair,
                (weight, _) => weight.is_some(),
            };
            let Some(next) = (if is_weight { of_weights.next() } else { pairs.next() }) else { break };
            level.push(next);
            are_weights.push(is_weight);
        }
        levels.push(are_weights);
        below = level;
    }
    let mut lengths = vec![0; count];
    let mut taken = 2 * count - 2;
    for level in levels.iter().rev() {
        let of_weights = level.iter().take(taken).filter(|is_weight| **is_weight).count();
        lengths.iter_mut().take(of_weights).for_each(|length| *length += 1);
        taken = 2 * (taken - of_weights);
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights of which the plain code is as deep as it can be.
    const FIBONACCI: [u32; 20] =
        [1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765];

    #[test]
    fn a_code_leaves_nothing_over_and_stays_within_its_limit() {
        for longest in [5, 7, 15] {
            let lengths = code_lengths(&FIBONACCI, longest);
            let share: f64 = lengths.iter().map(|length| 0.5f64.powi(i32::from(*length))).sum();
            assert_eq!(share, 1.0, "{lengths:?}");
            assert!(lengths.iter().all(|length| usize::from(*length) <= longest), "{lengths:?}");
            assert!(lengths.is_sorted_by(|one, next| one >= next), "{lengths:?}");
        }
        assert_eq!(code_lengths(&[1, 1, 2, 4], 15), [3, 3, 2, 1]);
    }

    #[test]
    fn codes_are_in_the_order_of_their_symbols() {
        // The example of RFC 1951, 3.2.2.
        let code = Code::with_lengths(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let bits: Vec<u16> = (0..8).map(|symbol| code.bits(symbol).0).collect();
        assert_eq!(bits, [0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111]);
    }
}
