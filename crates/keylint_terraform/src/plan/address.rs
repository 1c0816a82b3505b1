//! Addresses of resource instances, taken apart.

/// The parts of a resource's address.
#[derive(Clone, Debug)]
pub(super) struct Place<'p> {
    /// The modules that it is in, each with its key: `fleet["a"]`.
    pub(super) modules: Vec<&'p str>,
    /// Its type and name, `data.` in front, without a key.
    pub(super) resource: String,
    /// Its own key with brackets, or nothing.
    pub(super) key: &'p str,
}

impl<'p> Place<'p> {
    pub(super) fn of(address: &'p str) -> Self {
        let parts = segments(address);
        let mut modules = Vec::new();
        let mut rest = parts.as_slice();
        while let ["module", name, left @ ..] = rest {
            modules.push(*name);
            rest = left;
        }
        let names: Vec<_> = rest.iter().map(|part| without_key(part)).collect();
        let key = rest.last().map_or("", |last| last.get(without_key(last).len()..).unwrap_or(""));
        Place { modules, resource: names.join("."), key }
    }

    /// The address without any key.
    pub(super) fn bare(&self) -> String {
        let modules = self.modules.iter().flat_map(|name| ["module.", without_key(name), "."]);
        modules.chain([self.resource.as_str()]).collect()
    }

    /// The keys of the modules and of the resource itself.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'p str> {
        let of_module = |name: &&'p str| name.get(without_key(name).len()..).unwrap_or("");
        self.modules.iter().map(of_module).chain([self.key])
    }

    /// Whether this is one of the instances that `pattern` stands for, in which a key may be `[*]`
    /// for all or left out.
    pub(super) fn is_instance_of(&self, pattern: &Place<'_>) -> bool {
        self.modules.len() == pattern.modules.len()
            && self.resource == pattern.resource
            && self.modules.iter().zip(&pattern.modules).all(|(a, b)| without_key(a) == without_key(b))
            && self.keys().zip(pattern.keys()).all(|(own, other)| own == other || matches!(other, "" | "[*]"))
    }
}

/// The dots of an address that are not inside a key.
pub(super) fn outer_dots(address: &str) -> impl Iterator<Item = usize> {
    let (mut quoted, mut escaped) = (false, false);
    address.char_indices().filter_map(move |(at, character)| {
        let is_dot = character == '.' && !quoted;
        if character == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = character == '\\' && !escaped;
        is_dot.then_some(at)
    })
}

/// The parts between these dots.
pub(super) fn segments(address: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for dot in outer_dots(address) {
        parts.push(address.get(from..dot).unwrap_or_default());
        from = dot + 1;
    }
    parts.push(address.get(from..).unwrap_or_default());
    parts
}

/// A name without the key behind it.
pub(super) fn without_key(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

/// Whether it is that of a data source.
pub(super) fn is_data(address: &str) -> bool {
    Place::of(address).resource.starts_with("data.")
}
