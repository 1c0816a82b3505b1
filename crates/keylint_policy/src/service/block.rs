//! The packed block of a service; `cargo xtask update-aws-data` writes it and explains its lines.

use super::AccessLevel;
use super::ConditionKey;
use super::table::unpack;

/// A service's data, each list in the order of its names.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) keys: Vec<ConditionKey>,
    sets: Vec<Vec<u16>>,
    pub(super) types: Vec<TypeData>,
    lists: Vec<Vec<Link>>,
    pub(super) actions: Vec<ActionData>,
}

#[derive(Debug)]
pub(super) struct TypeData {
    pub(super) name: &'static str,
    pub(super) arn: &'static str,
    pub(super) set: u16,
}

/// A resource type of an action.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) resource_type: u16,
    pub(super) is_required: bool,
    pub(super) set: u16,
}

#[derive(Debug)]
pub(super) struct ActionData {
    pub(super) name: &'static str,
    pub(super) access_level: AccessLevel,
    pub(super) set: u16,
    pub(super) list: u16,
    /// Names of actions with spaces between them.
    pub(super) dependents: &'static str,
}

impl Block {
    /// Unpacks a block whose text has a length. A line that cannot be read is left out, which a test
    /// rules out.
    pub(super) fn unpack(packed: &[u8], length: usize) -> Block {
        let mut block = Block::default();
        for line in unpack(packed, length).lines() {
            let _ = block.read(line);
        }
        block
    }

    /// How many lines there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.keys.len() + self.sets.len() + self.types.len() + self.lists.len() + self.actions.len()
    }

    fn read(&mut self, line: &'static str) -> Option<()> {
        let (kind, rest) = line.split_once('\t')?;
        let mut fields = rest.split('\t');
        match kind {
            "a" => self.actions.push(ActionData {
                access_level: AccessLevel::of(fields.next()?)?,
                set: fields.next()?.parse().ok()?,
                list: fields.next()?.parse().ok()?,
                name: fields.next()?,
                dependents: fields.next()?,
            }),
            "k" => {
                let letters = fields.next()?;
                self.keys.push(ConditionKey::new(fields.next()?, letters));
            }
            "l" => self.lists.push(rest.split_ascii_whitespace().filter_map(Link::read).collect()),
            "s" => self.sets.push(rest.split_ascii_whitespace().filter_map(|n| n.parse().ok()).collect()),
            "t" => self.types.push(TypeData {
                set: fields.next()?.parse().ok()?,
                name: fields.next()?,
                arn: fields.next()?,
            }),
            _ => return None,
        }
        Some(())
    }

    /// The keys of a set.
    pub(super) fn set(&self, number: u16) -> impl Iterator<Item = ConditionKey> {
        let set = self.sets.get(usize::from(number)).map(Vec::as_slice).unwrap_or_default();
        set.iter().filter_map(|key| self.keys.get(usize::from(*key)).copied())
    }

    /// The links of a list.
    pub(super) fn list(&self, number: u16) -> &[Link] {
        self.lists.get(usize::from(number)).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Link {
    /// Reads `number!:set`.
    fn read(text: &str) -> Option<Link> {
        let (number, set) = text.split_once(':')?;
        let (number, is_required) = match number.strip_suffix('!') {
            Some(number) => (number, true),
            None => (number, false),
        };
        Some(Link { resource_type: number.parse().ok()?, is_required, set: set.parse().ok()? })
    }
}
