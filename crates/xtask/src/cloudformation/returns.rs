//! What `Ref` and `Fn::GetAtt` return, as far as the schemas and the CDK's specification make it certain.
//!
//! Two sources must not contradict each other, and one must be certain: the name of an attribute with
//! its documentation for an ARN, the pattern of its schema for a name. Documentation that calls
//! something an id does not make it one that is no ARN, so what only it speaks for is left out; such
//! types are in `identities.tsv`, read from their pages. What `Ref` returns is what identifies the
//! resource, as far as the type has a handler of the registry; the CDK lists the exceptions. The pages
//! of 200 types bear that out for names and ids. Of types that an ARN identifies some pages say that
//! `Ref` returns an id, so these count where the page was read: they are in `ref-arns.txt`, with others
//! whose page says so. Types whose page speaks of a name or an id that no pattern bears out are in
//! `ref-names.txt`. A page also decides where the sources say nothing of `Ref` or differ on what
//! identifies the resource.
//! <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::arn;
use super::pattern::Pattern;
use super::spec::{Described, Spec};

/// The types whose page says that `Ref` returns their ARN.
pub(super) const ARNS: &str = include_str!("ref-arns.txt");

/// The types whose page says that `Ref` returns a name or an id.
pub(super) const NAMES: &str = include_str!("ref-names.txt");

/// What is certain of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// It is an ARN.
    Arn,
    /// It is not empty and has no colon.
    Name,
    /// It has no slash either.
    Word,
}

impl Claim {
    fn text(self) -> &'static str {
        match self {
            Claim::Arn => "arn",
            Claim::Name => "name",
            Claim::Word => "word",
        }
    }
}

/// A resource type in both sources.
pub(super) struct Type<'s> {
    name: &'s str,
    schema: &'s Value,
    described: &'s Described,
}

/// One line for each type of which something is certain: its name, the form of its ARN, what `Ref`
/// returns, and what `Fn::GetAtt` returns.
pub(super) fn table(source: &str, schemas: &[Value], spec: &Spec) -> String {
    let nothing = Described::default();
    let mut types: BTreeMap<&str, Type<'_>> = BTreeMap::new();
    for schema in schemas {
        if let Some(name) = schema.get("typeName").and_then(Value::as_str) {
            let described = spec.types.get(name).unwrap_or(&nothing);
            types.insert(name, Type { name, schema, described });
        }
    }
    let services = arn::services(types.values());
    let mut lines = String::new();
    for one in types.values() {
        let attributes = one.attributes();
        let form = arn::form(one, &services);
        let by_ref = one.by_ref();
        if attributes.is_empty() && by_ref.is_none() {
            continue;
        }
        let attributes: Vec<_> = attributes
            .into_iter()
            .map(|(path, claim)| format!("{path}:{}", one.shown(path, claim, form.is_some())))
            .collect();
        let by_ref = by_ref.map(|by_ref| match by_ref {
            (path, Claim::Arn, _) => format!("{path}:{}", one.shown(&path, Claim::Arn, form.is_some())),
            (path, claim, is_given) => format!("{path}{}{}", if is_given { '=' } else { ':' }, claim.text()),
        });
        lines.push_str(&format!(
            "{}\t{}\t{}\t{}\n",
            one.name,
            form.unwrap_or_default(),
            by_ref.unwrap_or_default(),
            attributes.join(" ")
        ));
    }
    let columns = "type, form of the ARN, what Ref returns, what Fn::GetAtt returns";
    format!("{source}: {columns}; digest {}\n{lines}", digest(&lines))
}

/// Tells lines that were changed by hand.
pub(super) fn digest(lines: &str) -> String {
    const BYTES: usize = 8;
    let digest = Sha256::digest(lines.as_bytes());
    digest.iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// What a schema says of a text, through its references.
#[derive(Default)]
struct Facts<'s> {
    is_text: bool,
    patterns: Vec<&'s str>,
    least: u64,
}

impl<'s> Type<'s> {
    /// The part of the name that stands for the service: `SQS`.
    pub(super) fn service(&self) -> &'s str {
        self.name.split("::").nth(1).unwrap_or_default()
    }

    /// The part of the name that stands for the resource: `Queue`.
    pub(super) fn resource(&self) -> &'s str {
        self.name.rsplit("::").next().unwrap_or_default()
    }

    /// The form of its ARN as the Service Authorization Reference has it.
    pub(super) fn template(&self) -> Option<&'s str> {
        self.described.arn.as_deref()
    }

    /// The documentation of a property or attribute.
    pub(super) fn documentation(&self, path: &str) -> &'s str {
        self.described.texts.get(path).map_or("", String::as_str)
    }

    /// The patterns of a property or attribute.
    pub(super) fn patterns(&self, path: &str) -> Vec<&'s str> {
        self.facts(path).patterns
    }

    /// The attributes that are ARNs of the resource itself.
    pub(super) fn own_arns(&self) -> Vec<&'s str> {
        let own = |path: &&str| self.is_own(path) && self.claim(path) == Some(Claim::Arn);
        self.read_only().into_iter().filter(own).collect()
    }

    /// Whether a name is the one that a type has for the ARN of its own resources.
    fn is_own(&self, path: &str) -> bool {
        let lower = path.to_ascii_lowercase();
        lower
            .strip_suffix("arn")
            .is_some_and(|stem| !path.contains('.') && self.resource().to_ascii_lowercase().ends_with(stem))
    }

    fn shown(&self, path: &str, claim: Claim, has_form: bool) -> &'static str {
        if claim == Claim::Arn && has_form && self.is_own(path) { "own" } else { claim.text() }
    }

    /// What is certain of each attribute of which something is.
    fn attributes(&self) -> Vec<(&'s str, Claim)> {
        let certain = |path: &'s str| Some((path, self.claim(path)?));
        self.read_only().into_iter().filter_map(certain).collect()
    }

    /// Whether only AWS writes it.
    pub(super) fn is_read_only(&self, path: &str) -> bool {
        self.read_only().contains(path)
    }

    /// The paths of what only AWS writes and a template can name, in order.
    fn read_only(&self) -> BTreeSet<&'s str> {
        let pointers = paths(self.schema, "readOnlyProperties");
        // A path through an object has dots, and no type has an attribute with a slash in its name.
        pointers.into_iter().filter(|path| !path.contains(['*', '/'])).collect()
    }

    /// What `Ref` returns: the attribute or property, what is certain of it, and whether a template
    /// that writes it gives what is returned.
    pub(super) fn by_ref(&self) -> Option<(String, Claim, bool)> {
        let identifier: Vec<String> =
            paths(self.schema, "primaryIdentifier").into_iter().map(|path| path.replace('/', ".")).collect();
        let is_said = !self.described.by_ref.is_empty();
        let is_registered = self.schema.get("handlers").is_some();
        let is_agreed = self.described.identifier.is_empty() || self.described.identifier == identifier;
        let is_in = |list: &str| list.lines().any(|name| name == self.name);
        let [is_arn, is_name] = [ARNS, NAMES].map(is_in);
        let parts = match (is_said, is_registered && is_agreed || is_arn || is_name) {
            (true, _) => &self.described.by_ref,
            (false, true) => &identifier,
            (false, false) => return None,
        };
        let claims: Option<Vec<Claim>> = parts.iter().map(|part| self.claim(part)).collect();
        if is_arn {
            return Some((parts.join("|"), Claim::Arn, false));
        }
        if claims.is_none() && is_name {
            return Some((parts.join("|"), Claim::Name, false));
        }
        match (parts.as_slice(), claims?.as_slice()) {
            ([_], [Claim::Arn]) => None,
            ([path], [claim]) => Some((path.clone(), *claim, is_registered && self.is_given(path))),
            // The parts are joined, or one of them is returned.
            (_, []) => None,
            (parts, claims) if !claims.contains(&Claim::Arn) => {
                let is_word = claims.iter().all(|claim| *claim == Claim::Word);
                Some((parts.join("|"), if is_word { Claim::Word } else { Claim::Name }, false))
            }
            _ => None,
        }
    }

    /// Whether what a template writes for a property is what AWS keeps. Some services keep capital
    /// letters as small ones, and not each says so in its documentation, as Neptune does not.
    fn is_given(&self, path: &str) -> bool {
        paths(self.schema, "createOnlyProperties").contains(&path)
            && !self.is_read_only(path)
            && self.patterns(path).into_iter().any(has_no_capitals)
    }

    /// What is certain of a property or attribute.
    fn claim(&self, path: &str) -> Option<Claim> {
        let facts = self.facts(path);
        if !facts.is_text {
            return None;
        }
        let patterns: Option<Vec<Pattern>> = facts.patterns.iter().map(|text| Pattern::new(text)).collect();
        let text = self.documentation(path);
        let speaks_of_arns =
            text.contains("ARN") || text.contains("Amazon Resource Name") || text.contains("arn:");
        let is_called_arn = path.ends_with("Arn") || path.ends_with("ARN");
        let lacks = |character: char| {
            patterns.as_ref().is_some_and(|all| all.iter().any(|pattern| pattern.lacks(character)))
        };
        if is_called_arn || is_defined_as_arn(text) {
            let is_arn = patterns.as_ref().is_some_and(|all| all.iter().any(|one| one.starts_with("arn:")));
            let may_be_other = facts.patterns.iter().any(|text| text.contains("arn")) && !is_arn;
            let is_said = is_arn || speaks_of_arns && !leaves_a_choice(text);
            return (is_said && !may_be_other && !lacks(':')).then_some(Claim::Arn);
        }
        let is_given = facts.least > 0
            || patterns.as_ref().is_some_and(|all| all.iter().any(|one| !one.can_be_empty()))
            || self.identifies(path);
        match lacks(':') && is_given && !speaks_of_arns {
            true if lacks('/') => Some(Claim::Word),
            true => Some(Claim::Name),
            false => None,
        }
    }

    /// Whether it is part of what identifies the resource, and so never empty.
    fn identifies(&self, path: &str) -> bool {
        paths(self.schema, "primaryIdentifier").iter().any(|own| own.replace('/', ".") == path)
            || self.described.by_ref.iter().any(|own| own == path)
    }

    fn facts(&self, path: &str) -> Facts<'s> {
        let mut node = Some(self.schema);
        for part in path.split('.') {
            node = node.and_then(|node| {
                self.through(node).into_iter().find_map(|node| node.get("properties")?.get(part))
            });
        }
        let mut facts = Facts::default();
        for node in node.map(|node| self.through(node)).unwrap_or_default() {
            facts.is_text |= node.get("type").and_then(Value::as_str) == Some("string");
            facts.patterns.extend(node.get("pattern").and_then(Value::as_str));
            facts.least = facts.least.max(node.get("minLength").and_then(Value::as_u64).unwrap_or_default());
        }
        facts
    }

    /// A part of the schema and all that it refers to.
    fn through(&self, node: &'s Value) -> Vec<&'s Value> {
        const MAX_DEPTH: usize = 16;
        let mut all = vec![node];
        while let Some(reference) = all.last().and_then(|last| last.get("$ref")?.as_str()) {
            match reference.strip_prefix('#').and_then(|pointer| self.schema.pointer(pointer)) {
                Some(target) if all.len() < MAX_DEPTH => all.push(target),
                _ => break,
            }
        }
        all
    }
}

/// The members of a list of pointers to properties.
fn paths<'s>(schema: &'s Value, name: &str) -> Vec<&'s str> {
    let pointers = schema.get(name).and_then(Value::as_array).into_iter().flatten();
    pointers.filter_map(|pointer| pointer.as_str()?.strip_prefix("/properties/")).collect()
}

fn has_no_capitals(pattern: &str) -> bool {
    Pattern::new(pattern).is_some_and(|pattern| ('A'..='Z').all(|capital| pattern.lacks(capital)))
}

/// Whether documentation starts with saying that something is an ARN.
fn is_defined_as_arn(text: &str) -> bool {
    let text = text.strip_prefix("Returns ").unwrap_or(text);
    let text = text.strip_prefix("The ").or_else(|| text.strip_prefix("the ")).unwrap_or(text);
    let names = ["Amazon Resource Name (ARN) of ", "Amazon Resource Name (ARN) for ", "ARN of ", "ARN for "];
    names.iter().any(|name| text.starts_with(name)) && !leaves_a_choice(text)
}

/// Whether documentation names something else that it may be instead of an ARN.
fn leaves_a_choice(text: &str) -> bool {
    let sentence = text.split(". ").next().unwrap_or(text).to_ascii_lowercase();
    let is_kind = |word: &str| {
        let word = word.trim_matches(|other: char| !other.is_alphanumeric());
        ["arn", "alias", "id", "name", "url", "uri", "identifier"].contains(&word)
    };
    let names_kind = |words: &str| words.split(' ').take(3).any(is_kind);
    sentence.split(" or ").skip(1).any(names_kind)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What the table says of a type of this schema and entity.
    fn line(schema: &Value, entity: &Value) -> String {
        line_of("AWS::Pails::Pail", schema, entity)
    }

    fn line_of(name: &str, schema: &Value, entity: &Value) -> String {
        let mut schema = schema.clone();
        schema["typeName"] = json!(name);
        let types = BTreeMap::from([(name.to_owned(), Described::of(entity))]);
        let table = table("# source", &[schema], &Spec { version: "1".to_owned(), types });
        let line = table.lines().nth(1).unwrap_or_default();
        line.split('\t').skip(1).collect::<Vec<_>>().join(" | ")
    }

    fn text(pattern: &str) -> Value {
        json!({"type": "string", "pattern": pattern})
    }

    #[test]
    fn names_are_known_by_patterns_and_arns_by_what_they_are_called_and_said_to_be() {
        let schema = |property: Value| {
            json!({"primaryIdentifier": ["/properties/Id"], "handlers": {}, "readOnlyProperties": ["/properties/Id"],
                "properties": {"Id": property}})
        };
        let entity = |name: &str, said: &str| json!({"primaryIdentifier": [name], "attributes": {name: {"documentation": said}}});
        let of = |property: Value, said: &str| line(&schema(property), &entity("Id", said));
        assert_eq!(of(text("^[a-z0-9-]+$"), "The ID."), " | Id:word | Id:word");
        assert_eq!(of(text("^[a-z/]+$"), "The ID."), " | Id:name | Id:name");
        assert_eq!(of(json!({"type": "string"}), "The ARN of the pail."), " |  | Id:arn");
        for (property, said) in [
            (json!({"type": "string"}), "The ID."),
            (text("[a-z0-9-]+"), "The ID."),
            (text("^[a-z0-9:/-]+$"), "The ID."),
            (text("^[a-z0-9-]+$"), "The ID, or the ARN."),
            (text("^[a-z0-9-]+$"), "The ARN of the pail."),
            (json!({"type": "string"}), "The ARN of the pail or its name."),
            (json!({"type": "integer"}), "The ID."),
        ] {
            assert_eq!(of(property.clone(), said), "", "{property} {said}");
        }
    }

    #[test]
    fn what_ref_returns_needs_both_sources_or_a_word_of_the_cdk() {
        let mut schema = json!({"primaryIdentifier": ["/properties/Name"], "handlers": {},
            "createOnlyProperties": ["/properties/Name"], "properties": {"Name": text("^[a-z]+$"), "Other": text("^[A-Za-z]+$")}});
        let entity = json!({"primaryIdentifier": ["Name"]});
        assert_eq!(line(&schema, &entity), " | Name=word | ");
        assert_eq!(line(&schema, &json!({"primaryIdentifier": ["Id"]})), "");
        assert_eq!(
            line(&schema, &json!({"primaryIdentifier": ["Name"], "cfnRefIdentifier": ["Other"]})),
            " | Other:word | "
        );
        schema["primaryIdentifier"] = json!(["/properties/Name", "/properties/Other"]);
        assert_eq!(line(&schema, &json!({"primaryIdentifier": ["Name", "Other"]})), " | Name|Other:word | ");
        schema["primaryIdentifier"] = json!(["/properties/Name"]);
        schema["properties"]["Name"] = text("^[A-Za-z]+$");
        assert_eq!(
            line(&schema, &entity),
            " | Name:word | ",
            "the service may keep the name in small letters"
        );
        schema["handlers"].take();
        schema.as_object_mut().unwrap().remove("handlers");
        assert_eq!(line(&schema, &entity), "", "no type of the registry");
    }

    #[test]
    fn the_page_of_a_type_decides_where_the_sources_leave_open_what_ref_returns() {
        let schema =
            json!({"primaryIdentifier": ["/properties/Id"], "properties": {"Id": {"type": "string"}}});
        let other = json!({"primaryIdentifier": ["Other"]});
        for (name, expected) in [
            ("AWS::Greengrass::GroupVersion", " | Id:arn | "),
            ("AWS::WAFRegional::WebACL", " | Id:name | "),
            ("AWS::Pails::Pail", ""),
        ] {
            assert_eq!(line_of(name, &schema, &json!({})), expected, "no type of the registry");
            let mut registered = schema.clone();
            registered["handlers"] = json!({});
            assert_eq!(line_of(name, &registered, &other), expected, "the sources differ");
        }
        let text = json!({"type": "string"});
        let joined = json!({"primaryIdentifier": ["/properties/A", "/properties/B"], "handlers": {},
            "properties": {"A": text, "B": text}});
        let entity = json!({"primaryIdentifier": ["A", "B"]});
        assert_eq!(line_of("AWS::NetworkManager::Device", &joined, &entity), " | A|B:name | ");
        assert_eq!(line(&joined, &entity), "");
    }

    #[test]
    fn the_form_of_an_arn_counts_where_a_second_source_bears_it_out() {
        let of = |pattern: &str, said: &str, form: &str| {
            let schema = json!({"primaryIdentifier": ["/properties/Id"], "handlers": {},
                "readOnlyProperties": ["/properties/Arn", "/properties/Id"],
                "properties": {"Arn": text(pattern), "Id": text("^[a-z0-9]+$")}});
            let entity = json!({"primaryIdentifier": ["Id"], "arnTemplate": form,
                "attributes": {"Arn": {"documentation": said}, "Id": {"documentation": "The ID."}}});
            line(&schema, &entity)
        };
        let said = "The ARN of the pail.";
        let own = "^arn:aws[a-z-]*:pails:[a-z0-9-]+:[0-9]{12}:pail/[a-z0-9]+$";
        let form = "arn:${Partition}:pails:${Region}:${Account}:pail/${PailId}";
        let put_together = "arn:${AWS::Partition}:pails:${AWS::Region}:${AWS::AccountId}:pail/${Id} | Id:word | Arn:own Id:word";
        assert_eq!(of(own, said, form), put_together);
        let example = "The ARN of the pail, such as `arn:aws:pails:us-east-1:111122223333:pail/a1`.";
        assert_eq!(of("^arn:.*$", example, form), put_together);
        // The ARN goes on after what is called the same.
        let longer = example.replace("pail/a1", "pail/a1/lid");
        assert_eq!(of("^arn:.*$", &longer, form), form.to_owned() + " | Id:word | Arn:own Id:word");
        assert_eq!(
            of(own, said, &form.replace("${PailId}", "${Bucket}")),
            form.replace("${PailId}", "${Bucket}") + " | Id:word | Arn:own Id:word"
        );
        // Another resource of the service, and another service.
        for wrong in [
            form.replace("pail/", "bucket/"),
            form.replace(":pails:", ":buckets:"),
            form.replace("${Region}", ""),
        ] {
            assert_eq!(of(own, said, &wrong), " | Id:word | Arn:arn Id:word", "{wrong}");
        }
        // Neither says anything, and no other type of the service does.
        assert_eq!(of("^arn:.*$", said, form), " | Id:word | Arn:arn Id:word");
        // The service is borne out, and what the resource is called is not.
        let loose = "^arn:aws:pails:[a-z0-9-]+:[0-9]{12}:.*$";
        assert_eq!(
            of(loose, said, form),
            form.replace("pail/${PailId}", "${Resource}") + " | Id:word | Arn:own Id:word"
        );
    }
}
