//! Functions whose result is computed: `Fn::Base64` and `Fn::Cidr`.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::RangeInclusive;
use std::sync::Arc;

use keylint_model::{Data, List, Origin, Reason, Unknown, Value};
use keylint_syntax::Text;
use keylint_syntax::data::NodeKind;

use crate::call::{Call, View};
use crate::evaluate::text::{identify, is_collection};
use crate::evaluate::{Evaluator, combine, scalar};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html>
const MAX_BLOCKS: u128 = 256;

/// What the numbers of `Fn::Cidr` can be: how many blocks, and how many bits an address of version 6 has.
const RANGES: [(RangeInclusive<i64>, &str); 2] = [
    (1..=256, "`Fn::Cidr` makes 1 to 256 blocks"),
    (1..=128, "`Fn::Cidr` takes the number of bits of an address that a block leaves open"),
];

impl<'t> Evaluator<'t> {
    pub(super) fn base64(&mut self, call: Call<'t>) -> Value {
        let operands = [self.value(call.argument)];
        if is_collection(&operands[0]) {
            return self.refused(&call, call.argument, "`Fn::Base64` takes a string");
        }
        let alternatives = combine(&operands, |leaves| match leaves {
            [text] => match scalar(text) {
                Some(known) if self.charge(known.len() * 2, call.span) => {
                    let encoded = Text::at(base64(known.as_bytes()), text.origin.span.unwrap_or(call.span));
                    Value::new(Data::String(encoded), text.origin.clone())
                }
                _ => self.computed(&call, leaves),
            },
            _ => self.computed(&call, leaves),
        });
        self.chosen(&call, alternatives, &operands)
    }

    pub(super) fn cidr(&mut self, call: Call<'t>) -> Value {
        let Some(arguments) = call.argument.elements().filter(|list| (2..=3).contains(&list.len())) else {
            return self.malformed(&call, "takes a block of addresses, a number of blocks and their bits");
        };
        let operands: Vec<Value> = arguments.iter().map(|argument| self.value(argument)).collect();
        for (argument, (operand, (range, message))) in
            arguments.iter().skip(1).zip(operands.iter().skip(1).zip(RANGES))
        {
            let is_written =
                matches!(argument.kind, NodeKind::Number(_) | NodeKind::String(_)) && argument.tag.is_none();
            let number = operand.as_number().and_then(|number| number.as_i64());
            if is_written && number.is_none_or(|number| !range.contains(&number)) {
                return self.refused(&call, View::from(argument), message);
            }
        }
        let is_written =
            arguments.iter().all(|argument| argument.tag.is_none() && argument.members().is_empty());
        let is_list = operands.first().is_some_and(is_collection);
        let makes_none = || blocks_of(&operands.iter().collect::<Vec<_>>()).is_none();
        if is_written && (is_list || arguments.len() == 3 && makes_none()) {
            return self.refused(&call, call.argument, "`Fn::Cidr` cannot make these blocks");
        }
        let alternatives = combine(&operands, |leaves| {
            let Some(blocks) = blocks_of(leaves) else { return self.computed(&call, leaves) };
            let elements =
                blocks.into_iter().map(|block| Value::string(Text::at(block, call.span))).collect();
            let list = List { elements, ..List::default() };
            Value::new(Data::List(Arc::new(list)), Origin::at(call.span))
        });
        self.chosen(&call, alternatives, &operands)
    }

    /// The result of a function over operands that are not known, the same for equal operands.
    fn computed(&self, call: &Call<'t>, operands: &[&Value]) -> Value {
        let marks = operands.iter().map(|operand| operand.origin.marks).collect();
        let unknown = Unknown::new(Reason::Function(call.name().into()));
        let unknown = identify(unknown, call.name(), operands);
        Value::unknown(unknown, Origin { marks, ..Origin::at(call.span) })
    }
}

fn base64(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |position: usize| u32::from(chunk.get(position).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..4usize {
            let digit = (bits >> (18 - 6 * position)) & 63;
            let letter = ALPHABET.get(digit as usize).copied().unwrap_or(b'=');
            encoded.push(if position <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    encoded
}

/// The blocks that `Fn::Cidr` makes of a block, their number and their bits.
fn blocks_of(parts: &[&Value]) -> Option<Vec<String>> {
    let number = |value: &Value| value.as_number().and_then(|number| number.as_i64());
    let [block, count, bits] = parts else { return None };
    let (count, bits) = (u128::try_from(number(count)?).ok()?, u32::try_from(number(bits)?).ok()?);
    split_block(&scalar(block)?, count, bits)
}

/// The first `count` blocks with so many bits for hosts in a block; `None` where it has not so many.
fn split_block(block: &str, count: u128, bits: u32) -> Option<Vec<String>> {
    let (address, prefix) = block.split_once('/')?;
    let prefix: u32 = prefix.parse().ok()?;
    let (start, width) = match address.parse::<Ipv4Addr>() {
        Ok(address) => (u128::from(u32::from(address)), 32u32),
        Err(_) => (u128::from(address.parse::<Ipv6Addr>().ok()?), 128),
    };
    let new_prefix = width.checked_sub(bits)?;
    let more = new_prefix.checked_sub(prefix)?;
    let room = 1u128.checked_shl(more).unwrap_or(u128::MAX);
    if count == 0 || count > MAX_BLOCKS.min(room) || bits == 0 {
        return None;
    }
    let mask = u128::MAX.checked_shl(width - prefix).unwrap_or(0);
    let size = 1u128.checked_shl(bits)?;
    let blocks = (0..count).map(|index| {
        let block = (start & mask) + index * size;
        match u32::try_from(block) {
            Ok(block) if width == 32 => format!("{}/{new_prefix}", Ipv4Addr::from(block)),
            _ => format!("{}/{new_prefix}", Ipv6Addr::from(block)),
        }
    });
    Some(blocks.collect())
}
