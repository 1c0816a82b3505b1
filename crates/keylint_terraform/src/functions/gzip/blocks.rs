//! Blocks of a deflate stream: RFC 1951, 3.2.3 to 3.2.7.
//!
//! A block is written in the way that takes the fewest bits: as it is, with the code that every
//! reader knows, or with one of its own. Of equal sizes the earlier of known code, own code and
//! none wins, as in Go.

use super::huffman::Code;

/// What a block is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token {
    Literal(u8),
    /// Repeats `length` bytes, 3 to 258, from `distance` bytes before, 1 to 32768.
    Match {
        length: u16,
        distance: u16,
    },
}

/// The symbol after the last token of a block.
const END: usize = 256;
/// How many symbols say literals and lengths; the fixed code has more, that nothing uses.
const LITERALS: usize = 286;
const DISTANCES: usize = 30;

/// The symbols that write the lengths of a code, in the order in which their own are written.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The greatest size of a block that is written as it is.
const STORED: usize = 65_535;

/// A number as a symbol and the bits that say where in the symbol's range it is.
struct Ranged {
    symbol: usize,
    extra: u16,
    bits: u8,
}

/// Ranges double in size after every `1 << kept` of them.
fn ranged(number: u16, kept: u32) -> Ranged {
    let bits = number.checked_ilog2().unwrap_or_default().saturating_sub(kept);
    let symbol = ((bits << kept) + u32::from(number >> bits)) as usize;
    Ranged { symbol, extra: number & ((1 << bits) - 1), bits: bits as u8 }
}

impl Token {
    /// The symbol of a literal, or of a length with what follows it.
    fn literal(self) -> Ranged {
        match self {
            Token::Literal(byte) => Ranged { symbol: usize::from(byte), extra: 0, bits: 0 },
            // The greatest length has a symbol of its own.
            Token::Match { length: 258, .. } => Ranged { symbol: LITERALS - 1, extra: 0, bits: 0 },
            Token::Match { length, .. } => {
                let mut ranged = ranged(length.saturating_sub(3), 2);
                ranged.symbol += END + 1;
                ranged
            }
        }
    }

    /// The symbol of a distance with what follows it.
    fn distance(self) -> Option<Ranged> {
        match self {
            Token::Literal(_) => None,
            Token::Match { distance, .. } => Some(ranged(distance.saturating_sub(1), 1)),
        }
    }
}

/// How often each symbol is used, and how many bits follow symbols.
struct Uses {
    literals: Vec<u32>,
    distances: Vec<u32>,
    extra: usize,
}

fn count(uses: &mut [u32], symbol: usize) {
    if let Some(uses) = uses.get_mut(symbol) {
        *uses += 1;
    }
}

/// The part up to the last symbol that is used.
fn used(uses: &[u32]) -> usize {
    uses.iter().rposition(|uses| *uses > 0).map_or(0, |last| last + 1)
}

impl Uses {
    fn of(tokens: &[Token]) -> Uses {
        let mut uses = Uses { literals: vec![0; LITERALS], distances: vec![0; DISTANCES], extra: 0 };
        for token in tokens {
            let literal = token.literal();
            count(&mut uses.literals, literal.symbol);
            uses.extra += usize::from(literal.bits);
            if let Some(distance) = token.distance() {
                count(&mut uses.distances, distance.symbol);
                uses.extra += usize::from(distance.bits);
            }
        }
        count(&mut uses.literals, END);
        // A code of its own has at least one distance, and Go counts it in both ways of writing.
        if used(&uses.distances) == 0 {
            count(&mut uses.distances, 0);
        }
        uses
    }
}

/// The two codes of a block.
struct Codes {
    literals: Code,
    distances: Code,
}

impl Codes {
    /// What every reader knows: RFC 1951, 3.2.6.
    fn fixed() -> Codes {
        let lengths = [vec![8; 144], vec![9; 112], vec![7; 24], vec![8; 8]].concat();
        Codes { literals: Code::with_lengths(&lengths), distances: Code::with_lengths(&[5; 32]) }
    }

    fn own(uses: &Uses) -> Codes {
        Codes { literals: Code::of(&uses.literals, 15), distances: Code::of(&uses.distances, 15) }
    }

    fn size(&self, uses: &Uses) -> usize {
        3 + self.literals.size(&uses.literals) + self.distances.size(&uses.distances) + uses.extra
    }
}

/// How the codes of a block are written before it: RFC 1951, 3.2.7.
struct Table {
    literals: usize,
    distances: usize,
    /// Symbols with the bits that follow them: lengths of codes, and runs of them.
    runs: Vec<(u8, u8)>,
    code: Code,
    /// How many lengths of this code are written.
    lengths: usize,
    /// In bits.
    size: usize,
}

impl Table {
    fn of(codes: &Codes, uses: &Uses) -> Table {
        let (literals, distances) = (used(&uses.literals), used(&uses.distances));
        let lengths =
            codes.literals.lengths().take(literals).chain(codes.distances.lengths().take(distances));
        let runs = runs(&lengths.collect::<Vec<_>>());
        let mut symbols = [0; ORDER.len()];
        runs.iter().for_each(|(symbol, _)| count(&mut symbols, usize::from(*symbol)));
        let code = Code::of(&symbols, 7);
        let is_used = |symbol: &usize| symbols.get(*symbol).is_some_and(|uses| *uses > 0);
        let lengths = ORDER.iter().rposition(is_used).map_or(0, |last| last + 1).max(4);
        let following: usize = runs.iter().map(|(symbol, _)| usize::from(bits_after(*symbol))).sum();
        let size = 5 + 5 + 4 + 3 * lengths + code.size(&symbols) + following;
        Table { literals, distances, runs, code, lengths, size }
    }
}

/// How many bits follow a symbol of a table.
fn bits_after(symbol: u8) -> u8 {
    match symbol {
        16 => 2,
        17 => 3,
        18 => 7,
        _ => 0,
    }
}

/// Lengths of codes with what repeats as runs: 16 repeats the length before 3 to 6 times, 17 and
/// 18 are 3 to 10 and 11 to 138 zeros.
fn runs(lengths: &[u8]) -> Vec<(u8, u8)> {
    let mut runs = Vec::new();
    for same in lengths.chunk_by(|one, next| one == next) {
        let length = same.first().copied().unwrap_or_default();
        let mut left = same.len();
        let mut run = |symbol: u8, least: usize, most: usize, left: &mut usize| {
            while *left >= least {
                let taken = most.min(*left);
                runs.push((symbol, (taken - least) as u8));
                *left -= taken;
            }
        };
        if length == 0 {
            run(18, 11, 138, &mut left);
            run(17, 3, 10, &mut left);
        } else {
            run(length, 1, 1, &mut 1);
            left -= 1;
            run(16, 3, 6, &mut left);
        }
        runs.extend(std::iter::repeat_n((length, 0), left));
    }
    runs
}

/// A stream that is being written.
pub(super) struct Stream {
    bytes: Vec<u8>,
    /// Bits that do not yet fill a byte, the first one lowest.
    pending: u64,
    count: u8,
    fixed: Codes,
}

impl Stream {
    pub(super) fn new() -> Stream {
        Stream { bytes: Vec::new(), pending: 0, count: 0, fixed: Codes::fixed() }
    }

    /// Writes tokens as a block. `input` is what they stand for, if it is still there to be written
    /// as it is.
    pub(super) fn block(&mut self, tokens: &[Token], input: Option<&[u8]>) {
        let uses = Uses::of(tokens);
        let own = Codes::own(&uses);
        let table = Table::of(&own, &uses);
        let fixed_size = self.fixed.size(&uses);
        let own_size = own.size(&uses) + table.size;
        let stored = input.filter(|input| input.len() <= STORED);
        match stored.filter(|input| (input.len() + 5) * 8 < fixed_size.min(own_size)) {
            Some(input) => self.stored(input, false),
            None if own_size < fixed_size => {
                self.write(0b100, 3);
                self.table(&table);
                self.tokens(tokens, &own);
            }
            None => {
                self.write(0b010, 3);
                let fixed = std::mem::replace(&mut self.fixed, Codes::fixed());
                self.tokens(tokens, &fixed);
            }
        }
    }

    /// Writes a block as it is, which may be the last.
    fn stored(&mut self, input: &[u8], last: bool) {
        self.write(u16::from(last), 3);
        if self.count > 0 {
            self.write(0, 8 - self.count);
        }
        let size = input.len() as u16;
        self.bytes.extend(size.to_le_bytes());
        self.bytes.extend((!size).to_le_bytes());
        self.bytes.extend(input);
    }

    /// The stream, after the empty blocks of a flush and of the end.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.stored(&[], false);
        self.stored(&[], true);
        self.bytes
    }

    fn table(&mut self, table: &Table) {
        self.write((table.literals - (END + 1)) as u16, 5);
        self.write((table.distances - 1) as u16, 5);
        self.write((table.lengths - 4) as u16, 4);
        for symbol in ORDER.iter().take(table.lengths) {
            self.write(u16::from(table.code.bits(*symbol).1), 3);
        }
        for (symbol, following) in &table.runs {
            self.symbol(&table.code, usize::from(*symbol));
            self.write(u16::from(*following), bits_after(*symbol));
        }
    }

    fn tokens(&mut self, tokens: &[Token], codes: &Codes) {
        for token in tokens {
            let literal = token.literal();
            self.symbol(&codes.literals, literal.symbol);
            self.write(literal.extra, literal.bits);
            if let Some(distance) = token.distance() {
                self.symbol(&codes.distances, distance.symbol);
                self.write(distance.extra, distance.bits);
            }
        }
        self.symbol(&codes.literals, END);
    }

    fn symbol(&mut self, code: &Code, symbol: usize) {
        let (bits, count) = code.bits(symbol);
        self.write(bits, count);
    }

    /// Writes the lowest `count` bits; those above them are 0.
    fn write(&mut self, bits: u16, count: u8) {
        self.pending |= u64::from(bits) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_standard() {
        // RFC 1951, 3.2.5.
        let length = |length: u16| Token::Match { length, distance: 1 }.literal();
        for (number, symbol, bits) in [
            (3, 257, 0),
            (10, 264, 0),
            (11, 265, 1),
            (12, 265, 1),
            (19, 269, 2),
            (257, 284, 5),
            (258, 285, 0),
        ] {
            assert_eq!((length(number).symbol, length(number).bits), (symbol, bits), "{number}");
        }
        let distance = |distance: u16| Token::Match { length: 3, distance }.distance().unwrap();
        for (number, symbol, bits) in [
            (1, 0, 0),
            (4, 3, 0),
            (5, 4, 1),
            (6, 4, 1),
            (7, 5, 1),
            (257, 16, 7),
            (24_577, 29, 13),
            (32_768, 29, 13),
        ] {
            assert_eq!((distance(number).symbol, distance(number).bits), (symbol, bits), "{number}");
        }
    }

    #[test]
    fn what_repeats_is_written_as_runs() {
        assert_eq!(runs(&[5; 9]), [(5, 0), (16, 3), (5, 0), (5, 0)]);
        assert_eq!(runs(&[0; 152]), [(18, 127), (18, 3)]);
        assert_eq!(runs(&[1, 0, 0, 2, 0, 0, 0]), [(1, 0), (0, 0), (0, 0), (2, 0), (17, 0)]);
    }
}
