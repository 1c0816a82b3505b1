//! Says what a file is, and reads it as that.
//!
//! A repository is full of JSON and YAML that is none of our business, and says nothing about
//! itself by its name. So a file's words decide whether it is worth parsing at all, its parsed
//! content decides what it is, and the tree is handed out with the answer so that nobody parses
//! twice. What has the words but does not parse is ours only when its text shows it beyond doubt:
//! Helm templates and fragments are not JSON or YAML either.

use std::path::Path;

use keylint_source::SourceFile;
use memchr::memmem;

use crate::comment::Comment;
use crate::data::{Node, NodeKind};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::text::Text;
use crate::{json, yaml};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notation {
    /// HCL.
    Native,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// What a file is to keylint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileClass {
    /// Terraform or OpenTofu configuration.
    Terraform(Notation),
    /// Values for variables of Terraform.
    TerraformVariables(Notation),
    /// A plan of Terraform, as `terraform show -json` writes it.
    TerraformPlan,
    /// A state of Terraform, as `terraform show -json` writes it or as it is kept on disk.
    TerraformState,
    /// A template of CloudFormation or SAM.
    CloudFormation(Notation),
    /// A policy document.
    Policy(Notation),
    /// None of our business.
    Other,
}

/// A JSON or YAML file that was read.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Its documents: at most one in JSON.
    pub documents: Vec<Node>,
    /// Its comments.
    pub comments: Vec<Comment>,
    /// What is wrong with it.
    pub errors: Vec<SyntaxError>,
}

/// What a file is, with its content where that was read to find out.
#[derive(Clone, Debug)]
pub struct Classified {
    /// What it is.
    pub class: FileClass,
    /// Its content; `None` for native Terraform files and for [`FileClass::Other`].
    pub parsed: Option<Parsed>,
}

/// The class that the name of a file decides, `None` where its content must.
pub fn class_by_name(path: &Path) -> Option<FileClass> {
    use FileClass::{Terraform, TerraformVariables};
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let ends = |ending: &str| name.ends_with(ending);
    if ends(".tf") || ends(".tofu") {
        Some(Terraform(Notation::Native))
    } else if ends(".tf.json") || ends(".tofu.json") {
        Some(Terraform(Notation::Json))
    } else if ends(".tfvars") {
        Some(TerraformVariables(Notation::Native))
    } else if ends(".tfvars.json") {
        Some(TerraformVariables(Notation::Json))
    } else {
        None
    }
}

/// Says what a file is. With `is_policy` the caller says that it is one, as `--policy-kind` does:
/// then any JSON or YAML is, and errors in it are errors in a policy, unless its name decides.
pub fn classify(file: &SourceFile, is_policy: bool) -> Classified {
    match class_by_name(file.path()) {
        Some(
            class @ (FileClass::Terraform(Notation::Json) | FileClass::TerraformVariables(Notation::Json)),
        ) => Classified { class, parsed: Some(parse_as(file, Notation::Json)) },
        Some(class) => Classified { class, parsed: None },
        None => by_content(file, is_policy),
    }
}

fn by_content(file: &SourceFile, is_policy: bool) -> Classified {
    const OTHER: Classified = Classified { class: FileClass::Other, parsed: None };
    let text = file.text();
    let words = Words::of(text);
    if !is_policy && !words.may_be_ours() {
        return OTHER;
    }
    let notation = notation(file);
    let parsed = parse_as(file, notation);
    if is_policy {
        return Classified { class: FileClass::Policy(notation), parsed: Some(parsed) };
    }
    let is_broken = parsed
        .errors
        .iter()
        .any(|error| matches!(error.kind, SyntaxErrorKind::Syntax | SyntaxErrorKind::Limit));
    let found = parsed.documents.iter().find_map(|root| by_tree(root, notation));
    let class = match found {
        // The tree of a broken file may be of a few lines in the middle of it.
        Some(class) if !is_broken || words.show_it() => class,
        None if is_broken && words.show_template() => FileClass::CloudFormation(notation),
        None if is_broken && words.show_policy() => FileClass::Policy(notation),
        _ => return OTHER,
    };
    Classified { class, parsed: Some(parsed) }
}

/// How a file is written that no name says it of: a template has any extension.
fn notation(file: &SourceFile) -> Notation {
    let extension = file.path().extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if extension.eq_ignore_ascii_case("json") {
        return Notation::Json;
    }
    let is_yaml = extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml");
    let start = file.text().trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    // Most YAML does not start with a brace, and what does is JSON, which YAML reads too, slowly
    // and without its duplicate keys and depth being ours. Templates of Jinja and Helm are neither.
    let is_json = start.starts_with('{') && !start.starts_with("{{") && !start.starts_with("{%");
    if is_json && (!is_yaml || start.get(1..).is_some_and(|rest| rest.trim_start().starts_with(['"', '}']))) {
        Notation::Json
    } else {
        Notation::Yaml
    }
}

/// Reads a file that is JSON or YAML, whatever it is to us.
pub fn parse(file: &SourceFile) -> Parsed {
    parse_as(file, notation(file))
}

fn parse_as(file: &SourceFile, notation: Notation) -> Parsed {
    let text = Text::of_file(file);
    if notation == Notation::Yaml {
        let yaml::YamlFile { documents, comments, errors } = yaml::parse(&text);
        return Parsed { documents, comments, errors };
    }
    let (root, errors) = json::parse(&text);
    Parsed { documents: root.into_iter().collect(), comments: Vec::new(), errors }
}

/// What a document is.
fn by_tree(root: &Node, notation: Notation) -> Option<FileClass> {
    if is_template(root) {
        return Some(FileClass::CloudFormation(notation));
    }
    if root.get("format_version").is_some()
        && (root.get("planned_values").is_some() || root.get("resource_changes").is_some())
    {
        return Some(FileClass::TerraformPlan);
    }
    if is_state(root) {
        return Some(FileClass::TerraformState);
    }
    is_policy(root).then_some(FileClass::Policy(notation))
}

/// Whether a document is a state, in either form.
fn is_state(root: &Node) -> bool {
    let has = |names: &[&str]| names.iter().all(|name| root.get(name).is_some());
    has(&["format_version", "terraform_version", "values"])
        || has(&["version", "serial", "lineage", "resources"])
}

/// Whether a document is a template: by its version, a transform of AWS, a resource with a type such as
/// CloudFormation's, or what makes resources.
fn is_template(root: &Node) -> bool {
    if root.get("AWSTemplateFormatVersion").is_some() {
        return true;
    }
    let Some(resources) = root.get("Resources").map(Node::members).filter(|members| !members.is_empty())
    else {
        return root.members().iter().any(has_misspelt_resources);
    };
    let transforms = match root.get("Transform") {
        Some(Node { kind: NodeKind::List(transforms), .. }) => transforms.as_slice(),
        Some(transform) => std::slice::from_ref(transform),
        None => &[],
    };
    let is_of_aws = |node: &Node| node.as_str().is_some_and(|name| name.starts_with("AWS::"));
    let kind =
        |member: &crate::data::Member| member.value.get("Type").and_then(Node::as_str).map(str::to_owned);
    let kinds: Vec<_> = resources.iter().filter_map(kind).collect();
    // Types of AWS, of third parties and `Custom::` ones all have it, and few other things do.
    let is_known = |kind: &String| kind.contains("::");
    // So have a snippet in the place of resources, and a loop that makes them.
    let makes = |key: &str| key == "Fn::Transform" || key.starts_with("Fn::ForEach::");
    transforms.iter().any(is_of_aws)
        || kinds.iter().any(is_known)
        || resources.iter().any(|member| makes(&member.key))
}

/// Whether a section is that of resources under a name that the service refuses.
fn has_misspelt_resources(section: &crate::data::Member) -> bool {
    let is_meant = ["Resource", "Resources"].iter().any(|name| section.key.eq_ignore_ascii_case(name));
    let is_resource = |member: &crate::data::Member| {
        member.value.get("Type").and_then(Node::as_str).is_some_and(|kind| kind.starts_with("AWS::"))
    };
    is_meant && section.value.members().iter().any(is_resource)
}

/// Whether a value is a policy: an object with a statement, or statements, that say something of
/// effect, principal or action.
fn is_policy(root: &Node) -> bool {
    let statements = match root.get("Statement").map(|statement| &statement.kind) {
        Some(NodeKind::List(statements)) => statements.as_slice(),
        Some(NodeKind::Map(_)) => root.get("Statement").map_or(&[][..], std::slice::from_ref),
        _ => return false,
    };
    const ELEMENTS: [&str; 5] = ["Effect", "Action", "NotAction", "Principal", "NotPrincipal"];
    statements.iter().any(|statement| ELEMENTS.iter().any(|element| statement.get(element).is_some()))
}

/// Which telling words a text has.
struct Words {
    version: bool,
    resources: bool,
    has_type: bool,
    effect: bool,
    action: bool,
    plan: bool,
    /// Whether it has `{{ … }}`, as templates of Helm and Jinja do, other than the dynamic
    /// references of CloudFormation.
    placeholders: bool,
}

impl Words {
    fn of(text: &str) -> Self {
        let has = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        let statement = has("Statement");
        // Also where the name of the section is misspelt.
        let resources = has("esource");
        Words {
            version: has("AWSTemplateFormatVersion"),
            resources: resources && has("::"),
            has_type: resources && names_type(text),
            effect: statement && has("Effect"),
            action: statement && (has("Action") || has("Principal")),
            placeholders: memmem::find_iter(text.as_bytes(), "{{")
                .any(|at| text.get(at + 2..).is_some_and(|rest| !rest.starts_with("resolve:"))),
            plan: has("terraform_version")
                || (has("format_version") && (has("planned_values") || has("resource_changes"))),
        }
    }

    fn may_be_ours(&self) -> bool {
        self.version || self.resources || self.effect || self.action || self.plan
    }

    fn show_template(&self) -> bool {
        self.version || self.has_type
    }

    fn show_policy(&self) -> bool {
        self.effect && !self.placeholders
    }

    fn show_it(&self) -> bool {
        self.show_template() || self.show_policy() || self.plan
    }
}

/// Whether a text has `Type: AWS::`, or a custom or third party's type, in any quoting.
fn names_type(text: &str) -> bool {
    let is_word = |character: char| character.is_ascii_alphanumeric();
    memmem::find_iter(text.as_bytes(), "::").any(|at| {
        let (before, after) = text.split_at_checked(at).unwrap_or_default();
        let key = before.trim_end_matches(is_word);
        let owner = before.get(key.len()..).unwrap_or_default();
        let rest = after.get(2..).unwrap_or_default().trim_start_matches(is_word);
        let is_of_service = matches!(owner, "AWS" | "Custom" | "Alexa");
        // <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-types.html>
        let is_of_others = owner.starts_with(|first: char| first.is_ascii_uppercase())
            && rest
                .strip_prefix("::")
                .is_some_and(|name| name.starts_with(|first: char| first.is_ascii_uppercase()));
        let key = key.trim_end_matches([' ', '"', '\'']).strip_suffix(':');
        (is_of_service || is_of_others)
            && key.is_some_and(|key| key.trim_end_matches([' ', '"', '\'']).ends_with("Type"))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keylint_source::{Memory, Sources};

    use super::*;

    fn class_of(name: &str, text: &str) -> FileClass {
        let sources = Sources::new(Arc::new(Memory::new()), "/");
        let classified = classify(&sources.insert(Path::new(name), text), false);
        let is_read = classified.parsed.is_some();
        let is_native = matches!(
            classified.class,
            FileClass::Terraform(Notation::Native) | FileClass::TerraformVariables(Notation::Native)
        );
        assert_eq!(is_read, classified.class != FileClass::Other && !is_native, "{name}: {text}");
        classified.class
    }

    #[test]
    fn names_decide_for_terraform() {
        assert_eq!(class_of("a.tf", ""), FileClass::Terraform(Notation::Native));
        assert_eq!(class_of("A.TOFU", ""), FileClass::Terraform(Notation::Native));
        assert_eq!(class_of("a.tf.json", "{}"), FileClass::Terraform(Notation::Json));
        assert_eq!(class_of("a.auto.tfvars", ""), FileClass::TerraformVariables(Notation::Native));
        assert_eq!(class_of("a.tfvars.json", "{"), FileClass::TerraformVariables(Notation::Json));
    }

    #[test]
    fn content_decides_for_the_rest() {
        use FileClass::{CloudFormation, Policy, TerraformPlan, TerraformState};
        use Notation::{Json, Yaml};
        let cases = [
            ("a.yml", "Resources:\n  K:\n    Type: AWS::KMS::Key\n", CloudFormation(Yaml)),
            ("a.yaml", "Resources:\n  K: {Type: 'Custom::Thing'}\n", CloudFormation(Yaml)),
            ("a.yaml", "Resource:\n  K: {Type: 'AWS::KMS::Key'}\n", CloudFormation(Yaml)),
            ("a.yaml", "resources:\n  K: {Type: 'AWS::KMS::Key'}\n", CloudFormation(Yaml)),
            ("a.template", "{\"AWSTemplateFormatVersion\": \"2010-09-09\"}", CloudFormation(Json)),
            ("a.template", "AWSTemplateFormatVersion: 2010-09-09\n", CloudFormation(Yaml)),
            ("a.yaml", "{\"Resources\": {\"K\": {\"Type\": \"AWS::KMS::Key\"}}}", CloudFormation(Json)),
            (
                "a.yaml",
                "Transform: AWS::Serverless-2016-10-31\nResources:\n  F: {Kind: x}\n",
                CloudFormation(Yaml),
            ),
            (
                "a.yaml",
                "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./x.yaml}}\n",
                CloudFormation(Yaml),
            ),
            ("p.json", "\u{feff}{\"Statement\": {\"Effect\": \"Allow\"}}", Policy(Json)),
            ("p.json", "{\"Statement\": [{\"NotAction\": \"*\"}]}", Policy(Json)),
            ("p.yaml", "Statement:\n- Effect: Deny\n", Policy(Yaml)),
            ("p.policy", "{\"Statement\": [{\"Principal\": \"*\"}]}", Policy(Json)),
            ("plan.json", "{\"format_version\": \"1.2\", \"planned_values\": {}}", TerraformPlan),
            (
                "state.json",
                "{\"format_version\": \"1.0\", \"terraform_version\": \"1.9.0\", \"values\": {}}",
                TerraformState,
            ),
            (
                "terraform.tfstate",
                "{\"version\": 4, \"terraform_version\": \"1.9.0\", \"serial\": 1, \"lineage\": \"\", \"resources\": []}",
                TerraformState,
            ),
        ];
        for (name, text, class) in cases {
            assert_eq!(class_of(name, text), class, "{name}: {text}");
        }
    }

    #[test]
    fn what_only_resembles_a_template_or_a_policy_is_other() {
        let cases = [
            ("package.json", "{\"name\": \"x\"}"),
            ("k8s.yaml", "kind: Deployment\nspec: {resources: {limits: {cpu: 1}}}\n"),
            ("a.json", "{\"Resources\": {\"a\": {\"Type\": \"Folder\"}}, \"x\": \"::\"}"),
            ("serverless.yml", "resources:\n  Resources: {K: {Type: 'AWS::KMS::Key'}}\n"),
            ("a.json", "{\"Resources\": [{\"Type\": \"AWS::S3::Bucket\"}]}"),
            ("a.json", "{\"Statement\": \"Effect and Action\"}"),
            ("a.json", "{\"Statement\": [{\"Text\": \"no Effect\"}]}"),
            ("a.json", "{\"document\": {\"Statement\": [{\"Effect\": \"Allow\"}]}}"),
            ("a.json", "{\"format_version\": \"1.0\", \"values\": \"planned_values\"}"),
            ("a.json", ""),
            ("a.yaml", "# Resources of AWS:: and a Statement with Effect\n"),
            ("helm.yaml", "{{- if .Values.x }}\nResources: {{ .Values.y }}\n{{- end }}\n"),
            (
                "helm.yaml",
                "policy: |\n  {{ toJson .x }}\n{{- with .Statement }}\nEffect: {{ .Effect }}\n{{- end }}\n",
            ),
        ];
        for (name, text) in cases {
            assert_eq!(class_of(name, text), FileClass::Other, "{name}: {text}");
        }
    }

    #[test]
    fn a_broken_file_is_ours_when_its_text_shows_it() {
        use FileClass::{CloudFormation, Other, Policy};
        use Notation::{Json, Yaml};
        let cases = [
            ("a.yaml", "AWSTemplateFormatVersion: \"2010\n", CloudFormation(Yaml)),
            ("a.yaml", "Resources:\n  K:\n   Type: \"AWS::KMS::Key\"\n\tx: 1\n", CloudFormation(Yaml)),
            ("a.json", "{\"Resources\": {\"K\": {\"Type\" : \"AWS::KMS::Key\"", CloudFormation(Json)),
            ("a.json", "{\"Resources\": {\"K\": {\"Type\" : \"Custom::Key\"", CloudFormation(Json)),
            (
                "a.yaml",
                "Resources:\n  K:\n    Type: Datadog::Monitors::Monitor\n\tx: 1\n",
                CloudFormation(Yaml),
            ),
            ("a.yaml", "Resources:\n  K:\n    Type: std::string\n\tx: [\n", Other),
            ("a.json", "{\"Statement\": [{\"Effect\": Allow}]}", Policy(Json)),
            ("a.json", "{\"Resources\": \"AWS::\", \"broken\"", Other),
            ("a.json", "{\"Statement\": [{\"Action\": ]}", Other),
        ];
        for (name, text, class) in cases {
            assert_eq!(class_of(name, text), class, "{name}: {text}");
        }
    }

    #[test]
    fn a_template_is_one_whatever_the_number_of_its_duplicate_keys() {
        let body = "    A: 1\n".repeat(300);
        let text = format!("Resources:\n  K:\n    Type: Custom::Thing\n{body}");
        assert_eq!(class_of("a.yaml", &text), FileClass::CloudFormation(Notation::Yaml));
        let body = "\"A\": 1, ".repeat(300);
        let text = format!("{{\"Resources\": {{\"K\": {{{body}\"Type\": \"Custom::Thing\"}}}}}}");
        assert_eq!(class_of("a.json", &text), FileClass::CloudFormation(Notation::Json));
    }

    #[test]
    fn the_caller_can_say_that_it_is_a_policy() {
        let sources = Sources::new(Arc::new(Memory::new()), "/");
        let classified = classify(&sources.insert(Path::new("x"), "{\"a\": "), true);
        assert_eq!(classified.class, FileClass::Policy(Notation::Json));
        assert!(!classified.parsed.unwrap().errors.is_empty());
    }
}
