//! What `Ref` and `Fn::GetAtt` return, where it follows from published data.
//!
//! The table is read where it lies, as that of the names is. It says what is certain and no more: that
//! something is an ARN, of which form, or that it is a name, which has no colon.

use keylint_model::Shape;

use super::{Piece, line_of};

/// Written by `cargo xtask cloudformation`.
const RETURNS: &str = include_str!("returns.tsv");

/// An ARN of any service.
const ANY_ARN: &str = "arn:${Partition}:${Service}:${Region}:${Account}:${Resource}";

/// What the table says of `Ref` or an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Returned {
    /// The attribute or property that it is.
    pub(super) name: &'static str,
    /// What it looks like. An ARN is of the form of the type where that is known.
    pub(super) shape: Shape,
    /// Whether a template that writes the property gives what is returned.
    pub(super) is_given: bool,
    /// The form that an ARN is put together in, as `identities.tsv` has them.
    pub(super) form: Option<&'static str>,
}

impl Returned {
    /// As the only stretch of a form.
    pub(super) fn as_piece(self) -> Piece {
        Piece::Named { name: self.name, default: None, slash: false, shape: self.shape }
    }

    /// What `Ref` returns.
    pub(super) fn by_ref(type_name: &str) -> Option<Returned> {
        let [form, by_ref, _] = fields(type_name)?;
        let (name, kind, is_given) = match by_ref.split_once('=') {
            Some((name, kind)) => (name, kind, true),
            None => by_ref.rsplit_once(':').map(|(name, kind)| (name, kind, false))?,
        };
        Some(Returned { name, is_given, ..of(name, kind, form)? })
    }

    /// What `Fn::GetAtt` returns for an attribute.
    pub(super) fn attribute(type_name: &str, attribute: &str) -> Option<Returned> {
        let [form, _, attributes] = fields(type_name)?;
        let claims = attributes.split(' ').filter_map(|claim| claim.rsplit_once(':'));
        claims.into_iter().find(|(name, _)| *name == attribute).and_then(|(name, kind)| of(name, kind, form))
    }
}

fn fields(type_name: &str) -> Option<[&'static str; 3]> {
    let mut fields = line_of(RETURNS, type_name)?.split('\t');
    Some([fields.next()?, fields.next()?, fields.next()?])
}

fn of(name: &'static str, kind: &str, form: &'static str) -> Option<Returned> {
    let is_put_together = form.contains("${AWS::");
    let (shape, form) = match kind {
        "own" if is_put_together => (Shape::Arn(ANY_ARN), Some(form)),
        "own" => (Shape::Arn(form), None),
        "arn" => (Shape::Arn(ANY_ARN), None),
        "name" => (Shape::Name, None),
        "word" => (Shape::Word, None),
        _ => return None,
    };
    Some(Returned { name, shape, is_given: false, form })
}

#[cfg(test)]
mod tests {
    use super::super::{IDENTITIES, ResourceType, pieces};
    use super::*;

    const COMMAND: &str = "run `cargo xtask cloudformation WHEEL PACKAGE`";

    fn lines() -> impl Iterator<Item = [&'static str; 4]> {
        RETURNS.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap())
    }

    fn exists(known: ResourceType, path: &str) -> bool {
        known.may_return(path) || path.split('.').next().is_some_and(|first| known.has_property(first))
    }

    #[test]
    fn the_table_is_of_the_types_that_exist_and_of_the_same_schemas() {
        let schemas = |table: &str| table.split([',', ':']).take(2).collect::<Vec<_>>().join(",");
        assert_eq!(schemas(RETURNS), schemas(super::super::TYPES), "{COMMAND}");
        let names: Vec<_> = lines().map(|[name, ..]| name).collect();
        assert!(names.is_sorted() && names.len() > 1_200, "{COMMAND}");
        for [name, form, by_ref, attributes] in lines() {
            let known = ResourceType::named(name).unwrap_or_else(|| panic!("{name}: {COMMAND}"));
            assert!(by_ref.is_empty() || Returned::by_ref(name).is_some(), "{name}: {by_ref}");
            let parts = Returned::by_ref(name).map(|by_ref| by_ref.name.split('|')).into_iter().flatten();
            for part in parts {
                assert!(exists(known, part), "{name}: {part}");
            }
            for attribute in attributes.split(' ').filter_map(|claim| claim.rsplit_once(':')) {
                assert!(Returned::attribute(name, attribute.0).is_some(), "{name}: {attribute:?}");
                assert!(exists(known, attribute.0), "{name}: {attribute:?}");
            }
            for piece in pieces(form).into_iter().filter(|_| form.contains("${AWS::")) {
                if let Piece::Named { name: part, .. } = piece {
                    assert!(part == "Ref" || exists(known, part), "{name}: {part}");
                }
            }
        }
    }

    /// What a form of the table that is kept by hand says: the shape of the whole.
    fn by_hand(form: &'static str) -> Shape {
        match pieces(form)[..] {
            [Piece::Named { shape, .. }] => shape,
            _ => Shape::Arn(form),
        }
    }

    #[test]
    fn what_is_kept_by_hand_says_more_and_nothing_else() {
        let mut same = Vec::new();
        for line in IDENTITIES.lines().filter(|line| !line.starts_with('#')) {
            let [name, attribute, form] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let returned = match attribute {
                "Ref" => Returned::by_ref(name),
                _ => Returned::attribute(name, attribute),
            };
            let Some(returned) = returned else { continue };
            let is_arn = matches!(returned.shape, Shape::Arn(_));
            assert_eq!(is_arn, matches!(by_hand(form), Shape::Arn(_)), "contradicts the data: {line}");
            if let (true, [_, _, service, ..]) = (is_arn, form.split(':').collect::<Vec<_>>().as_slice())
                && let Shape::Arn(derived) = returned.shape
            {
                let derived = returned.form.unwrap_or(derived).split(':').collect::<Vec<_>>();
                let derived = derived
                    .iter()
                    .find(|field| !field.starts_with("arn") && !field.contains("${") && !field.contains('}'));
                assert!(
                    derived.is_none_or(|derived| form.contains(&format!(":{derived}:"))),
                    "{line}: {service}"
                );
            }
            let is_same = match pieces(form)[..] {
                [Piece::Named { name, shape, slash: false, default: None }] => {
                    name == returned.name && shape == returned.shape && returned.is_given
                }
                _ => returned.form == Some(form),
            };
            same.extend(is_same.then_some(line));
        }
        assert!(same.is_empty(), "the data says it as well: {same:#?}");
    }

    #[test]
    fn claims_are_read() {
        let pool = Returned::by_ref("AWS::CodeDeploy::Application").unwrap();
        assert_eq!((pool.name, pool.shape, pool.is_given), ("ApplicationName", Shape::Word, false));
        let point = Returned::by_ref("AWS::S3::AccessPoint").unwrap();
        assert_eq!((point.name, point.is_given), ("Name", true));
        let agent = Returned::attribute("AWS::Bedrock::Agent", "AgentArn").unwrap();
        assert!(agent.form.is_some_and(|form| form.ends_with(":agent/${AgentId}")));
        assert!(Returned::attribute("AWS::Bedrock::Agent", "Arn").is_none());
        assert!(Returned::by_ref("AWS::S3::Pail").is_none());
    }
}
