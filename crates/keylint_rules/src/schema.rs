//! What a condition can ask: the fixed views with their fields and methods.
//!
//! One table for three readers: the checker takes the types from it, `docs/rules-language.md` is
//! compared with it by a test, and another test asks every field of a view that exists, so that a
//! field cannot be listed without being there.

mod policy;

use crate::types::{Type, ViewType};

/// A view: something a condition can ask about, with what it can ask.
#[derive(Debug)]
pub struct View {
    /// The name of its type in messages and in the reference.
    pub name: &'static str,
    /// What it stands for.
    pub doc: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
    /// Its methods.
    pub methods: &'static [Method],
}

/// A field of a view.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Spec,
    /// What it says.
    pub doc: &'static str,
}

/// A method of a view.
#[derive(Debug)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// The types of its arguments.
    pub parameters: &'static [Spec],
    /// Whether the last argument can be given several times.
    pub repeats: bool,
    /// The type of its answer.
    pub result: Spec,
    /// What it answers.
    pub doc: &'static str,
}

/// A type, as a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spec {
    /// bool
    Bool,
    /// number
    Number,
    /// string
    String,
    /// list(string)
    Strings,
    /// map
    Map,
    /// A fixed view.
    View(&'static str),
    /// A list of a fixed view.
    Views(&'static str),
    /// A reference to a kind.
    Reference(&'static str),
}

impl Spec {
    /// The type.
    pub fn to_type(self) -> Type {
        match self {
            Spec::Bool => Type::Bool,
            Spec::Number => Type::Number,
            Spec::String => Type::String,
            Spec::Strings => Type::list(Type::String),
            Spec::Map => Type::Map,
            Spec::View(name) => Type::View(ViewType::Fixed(name)),
            Spec::Views(name) => Type::list(Type::View(ViewType::Fixed(name))),
            Spec::Reference(kind) => Type::View(ViewType::Reference(kind.into())),
        }
    }
}

/// The view of this name.
pub fn view(name: &str) -> Option<&'static View> {
    VIEWS.iter().find(|view| view.name == name)
}

const fn field(name: &'static str, ty: Spec, doc: &'static str) -> Field {
    Field { name, ty, doc }
}

const fn method(name: &'static str, parameters: &'static [Spec], result: Spec, doc: &'static str) -> Method {
    Method { name, parameters, repeats: false, result, doc }
}

const fn repeated(
    name: &'static str,
    parameters: &'static [Spec],
    result: Spec,
    doc: &'static str,
) -> Method {
    Method { name, parameters, repeats: true, result, doc }
}

/// What every resource has besides the attributes and companions of its kind.
pub const RESOURCE: &str = "resource";
/// What every reference has.
pub const REFERENCE: &str = "reference";
/// The methods of strings.
pub const STRING: &str = "string";
/// The methods of maps.
pub const MAP: &str = "map";

/// All fixed views.
pub static VIEWS: &[View] = &[
    View {
        name: RESOURCE,
        doc: "Any resource: what `self` has besides the attributes and companions of its kind, and all that \
              `self` has in `encryption`, `secret` and `environment` rules.",
        fields: &[
            field(
                "address",
                Spec::String,
                "the address: `module.a.aws_kms_key.this[0]`, a logical id, `Parent/Child` in a nested stack",
            ),
            field("kind", Spec::String, "the kind: `kms.key`"),
            field("noun", Spec::String, "what a sentence calls it: `key`"),
            field("name_tag", Spec::String, "the tag `Name`"),
            field("is_symbolic", Spec::Bool, "whether it stands for a number of instances that is not known"),
        ],
        methods: &[],
    },
    View {
        name: REFERENCE,
        doc: "An attribute of type `ref(KIND)`. Null when absent, null or empty.",
        fields: &[
            field("text", Spec::String, "the value as a string"),
            field(
                "kind_of",
                Spec::String,
                "the kind of the resource it points at, where that is in the stack",
            ),
            field("is_literal", Spec::Bool, "whether it is written as a literal id, name or ARN"),
            field(
                "managed_by",
                Spec::String,
                "`\"aws\"` or `\"customer\"`, for a KMS key: null, empty, `alias/aws/…` are AWS's; a key or alias \
                 of the stack, a key id or any other alias is the customer's; a data source follows its argument",
            ),
        ],
        methods: &[],
    },
    View {
        name: STRING,
        doc: "A string. A partly known string answers where its known parts decide.",
        fields: &[],
        methods: &[
            method("startsWith", &[Spec::String], Spec::Bool, "whether it starts with the text"),
            method("endsWith", &[Spec::String], Spec::Bool, "whether it ends with the text"),
            method("contains", &[Spec::String], Spec::Bool, "whether the text occurs in it"),
            method("lowerAscii", &[], Spec::String, "the same in lower case"),
            method(
                "names_secret",
                &[],
                Spec::Bool,
                "whether it reads like the name of a credential: `DB_PASSWORD`; not `PASSWORD_LENGTH`",
            ),
        ],
    },
    View {
        name: MAP,
        doc: "An attribute of type `map`.",
        fields: &[],
        methods: &[
            method("get", &[Spec::String], Spec::String, "the value of a key; null without it"),
            method("has", &[Spec::String], Spec::Bool, "whether the key is there with a value"),
            method("keys", &[], Spec::Strings, "the keys"),
        ],
    },
    View {
        name: "value",
        doc: "A value that must not be shown: an attribute of type `secret`, the value of an environment \
              variable. It is no string: it cannot be compared or put in a message. An object, as JSON or \
              otherwise, is offered to `secret` rules part by part.",
        fields: &[
            field("attribute", Spec::String, "the name of the attribute or of the variable"),
            field(
                "is_literal",
                Spec::Bool,
                "whether a person wrote it: any known text that is not empty, a number or switch in its place",
            ),
            field(
                "is_placeholder",
                Spec::Bool,
                "whether it is known to stand for no real secret: `changeme`, `REPLACE_ME`, `<password>`, `***`",
            ),
            field(
                "key",
                Spec::String,
                "its key, where the value is an object and this a part of it; null otherwise",
            ),
            field(
                "is_description",
                Spec::Bool,
                "whether its key says that it only describes the credential beside it: `username`, `host`, `dbInstanceIdentifier`",
            ),
            field(
                "is_setting",
                Spec::Bool,
                "whether it is configuration: a switch, a number of a few digits, a path, an ARN, an address without a password, the name of a secret",
            ),
            field(
                "is_plain_parameter",
                Spec::Bool,
                "whether it is, or has in it, `{{resolve:ssm:…}}` or a parameter of an SSM type: a value that is not encrypted",
            ),
            field(
                "is_whole",
                Spec::Bool,
                "whether it is known, or a reference alone: no text stands around what is not known",
            ),
            field(
                "exposure",
                Spec::String,
                "where everybody can read it: `written in the source`, `kept in plain text in Parameter Store`, or `shown to everybody who can describe the stack`",
            ),
            field(
                "parameter",
                Spec::String,
                "the template's parameter that it is as a whole, where that is not `NoEcho`; its place is the declaration; null otherwise",
            ),
            field(
                "is_token",
                Spec::Bool,
                "whether it has the shape of a provider's credential: an AWS access key, a GitHub token, a private key, …",
            ),
            field(
                "is_sensitive",
                Spec::Bool,
                "whether it is secret by where it comes from: a variable that is `sensitive`, a parameter with `NoEcho`, a credential that a provider makes (`random_password.db.result`)",
            ),
            field("token", Spec::String, "what that credential is: `AWS access key`; null without"),
            field(
                "is_dynamic_reference",
                Spec::Bool,
                "whether it is, or has in it, `{{resolve:secretsmanager:…}}` or `{{resolve:ssm-secure:…}}`",
            ),
            field(
                "is_random",
                Spec::Bool,
                "whether it reads like generated characters rather than words: long, mixed, without structure",
            ),
        ],
        methods: &[],
    },
    View {
        name: "entry",
        doc: "One environment variable.",
        fields: &[
            field("name", Spec::String, "its name"),
            field("value", Spec::View("value"), "its value"),
            field(
                "type",
                Spec::String,
                "its type, where a list has one: `PLAINTEXT`, `PARAMETER_STORE`; null otherwise",
            ),
            field(
                "names_secret",
                Spec::Bool,
                "whether the name says that the value is a credential: `DB_PASSWORD`, `API_KEY`; not `PASSWORD_LENGTH`, `SECRET_ARN`",
            ),
        ],
        methods: &[],
    },
    View {
        name: "store",
        doc: "One store at rest, or data on its way, from `encryption` of a kind.",
        fields: &[
            field("noun", Spec::String, "what a sentence calls it: `log group`, `root volume`"),
            field("kind", Spec::String, "the kind of the resource that has it"),
            field("state", Spec::String, "for messages: `at rest`, or `in transit` for data on its way"),
            field("encrypted", Spec::Bool, "whether it is encrypted, by whatever key"),
            field(
                "is_off",
                Spec::Bool,
                "whether somebody turned its encryption off, so that a key has no effect",
            ),
            field("key", Spec::Reference("kms.key"), "the KMS key; null when none is named"),
            field("takes_key", Spec::Bool, "whether the kind takes a customer-managed key at all"),
            field(
                "default_key",
                Spec::String,
                "`aws-owned` or `aws-managed`: what encrypts it when no key is named",
            ),
        ],
        methods: &[],
    },
    policy::POLICY,
    policy::ISSUE,
    policy::STATEMENT,
    policy::PRINCIPAL,
    policy::ACTION,
    policy::CONDITION,
];

/// The reference of all views in Markdown, for `docs/rules-language.md`.
pub fn reference() -> String {
    let mut text = String::new();
    for view in VIEWS {
        text.push_str(&format!("\n### {}\n\n{}\n\n", view.name, view.doc));
        text.push_str("| | type | |\n|---|---|---|\n");
        let cell = |doc: &str| doc.replace('|', "\\|");
        for field in view.fields {
            text.push_str(&format!("| `.{}` | {} | {} |\n", field.name, field.ty.to_type(), cell(field.doc)));
        }
        for method in view.methods {
            let mut parameters: Vec<String> =
                method.parameters.iter().map(|parameter| parameter.to_type().to_string()).collect();
            if method.repeats {
                parameters.push("…".to_owned());
            }
            let call = format!("`.{}({})`", method.name, parameters.join(", "));
            text.push_str(&format!("| {call} | {} | {} |\n", method.result.to_type(), cell(method.doc)));
        }
        if view.name == REFERENCE {
            text.push_str("| `.resource` | KIND | the resource of the stack that it points at, through what stands for it; null when none |\n");
        }
    }
    text
}
