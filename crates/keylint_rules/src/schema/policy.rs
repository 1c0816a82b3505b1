//! What a condition can ask of policies, their statements and the elements of those.

use super::{Spec, View, field, method, repeated};

pub(super) const POLICY: View = View {
    name: "policy",
    doc: "A policy document with what it is attached to. Null when the attribute is not given.",
    fields: &[
        field(
            "kind",
            Spec::String,
            "`identity`, `boundary`, `session`, `trust`, `key`, `secret`, `resource`, `scp`, `rcp`, `endpoint`",
        ),
        field("noun", Spec::String, "what a sentence calls it: `key policy`"),
        field("governs", Spec::String, "what it opens, for messages: `key`, `role`, `resource`"),
        field("is_bare", Spec::Bool, "whether it stands alone, attached to nothing that is known"),
        field("owner", Spec::View("resource"), "the resource that it is written in; null for a bare one"),
        field("statements", Spec::Views("statement"), "its statements"),
        field("is_public", Spec::Bool, "whether one of its statements is"),
        field(
            "size",
            Spec::Number,
            "how many characters it has, as far as they are known, white space included",
        ),
        field(
            "size_limit",
            Spec::Number,
            "how many characters AWS takes of its kind; null where that depends on more",
        ),
        field(
            "allows_only_some",
            Spec::Bool,
            "whether it allows, but not everything: a policy of an organisation then denies the rest",
        ),
        field(
            "stands_alone",
            Spec::Bool,
            "for a policy of an organisation: whether to something that it is attached to no policy is attached that allows everything",
        ),
        field(
            "is_first",
            Spec::Bool,
            "whether it is the first policy of its kind in the stack, for what is to be said once of all",
        ),
        field(
            "serves_http",
            Spec::Bool,
            "whether it is about a service that answers plain HTTP: S3, SNS, SQS",
        ),
        field(
            "requires_tls",
            Spec::Bool,
            "whether requests without TLS are denied to everybody, or every statement that allows asks for TLS",
        ),
        field(
            "lockout",
            Spec::Bool,
            "for a key policy: whether nobody, or only one identity that can be deleted, can change the policy",
        ),
        field(
            "is_generated",
            Spec::Bool,
            "whether a transform of the template wrote all of it, so that nothing in the template can be corrected",
        ),
        field(
            "lockout_cause",
            Spec::String,
            "why that is so, behind what cannot be done: `once the only principal is gone that may change its policy`; null without",
        ),
        field(
            "encrypts",
            Spec::Views("resource"),
            "for a key policy: the resources of the stack that the key is known to encrypt",
        ),
    ],
    methods: &[
        method(
            "some_guards",
            &[Spec::Strings],
            Spec::Bool,
            "whether policies of an organisation in the stack deny each of some actions to all but named principals",
        ),
        method(
            "some_requires",
            &[Spec::String, Spec::Strings],
            Spec::Bool,
            "whether a policy of an organisation in the stack denies an action without one of some condition keys",
        ),
    ],
};

pub(super) const ISSUE: View = View {
    name: "issue",
    doc: "What a check of the policy validator has found, for the message of a rule with a `check`.",
    fields: &[
        field("element", Spec::String, "the element, operator or key that it is about: `Action`"),
        field("value", Spec::String, "the value that it is about; `***` for a secret one"),
        field("other", Spec::String, "what it should be, or what it collides with, as the check has it"),
        field(
            "hint",
            Spec::String,
            "`` ; did you mean `kms:Decrypt`? ``, where that can be told; empty otherwise",
        ),
    ],
    methods: &[],
};

pub(super) const STATEMENT: View = View {
    name: "statement",
    doc: "A statement of a policy. Answers about what it grants are `false` for one that denies.",
    fields: &[
        field("effect", Spec::String, "`Allow` or `Deny`; null when it is neither"),
        field("sid", Spec::String, "its Sid; null without"),
        field(
            "is_public",
            Spec::Bool,
            "whether it allows something to everybody, with no condition that fixes who, from where or which account, that no statement of the policy denies to everybody but fixed callers",
        ),
        field(
            "allows_everybody",
            Spec::Bool,
            "the same without a look at what other statements deny, as S3 Block Public Access has it",
        ),
        field(
            "names_everybody",
            Spec::Bool,
            "whether any principal is among those it names, or NotPrincipal excludes some",
        ),
        field(
            "is_limited",
            Spec::Bool,
            "whether a condition limits it to fixed callers, accounts, organisations or networks",
        ),
        field("is_conditional", Spec::Bool, "whether it has any condition"),
        field("limits_service", Spec::Bool, "whether `kms:ViaService` limits it to some services"),
        field(
            "external",
            Spec::Bool,
            "whether it allows something to another account than the owner's, or to everybody",
        ),
        field("delegates", Spec::Bool, "whether it allows something to the owner's account as a whole"),
        field("narrows_org", Spec::Bool, "whether a condition ties it to a fixed organisation or account"),
        field("allows_all_actions", Spec::Bool, "whether it allows every action of every service"),
        field("covers_all_resources", Spec::Bool, "whether it is about every resource of every service"),
        field("covers_every_secret", Spec::Bool, "whether it is about every secret of an account and Region"),
        field("covers_every_key", Spec::Bool, "whether it is about every KMS key of an account and Region"),
        field(
            "covers_every_parameter",
            Spec::Bool,
            "whether it is about every SSM parameter of an account and Region",
        ),
        field("covers_every_role", Spec::Bool, "whether it is about every role of an account"),
        field(
            "is_denied",
            Spec::Bool,
            "whether a denial of the policy, or of the others of the identity that it is written for, takes away all that it allows",
        ),
        field("has_not_principal", Spec::Bool, "whether it has NotPrincipal"),
        field("has_not_action", Spec::Bool, "whether it has NotAction"),
        field("has_not_resource", Spec::Bool, "whether it has NotResource"),
        field("service_wildcards", Spec::Strings, "the services that it names as a whole: `kms` for `kms:*`"),
        field("principals", Spec::Views("principal"), "the principals that it names"),
        field(
            "principal",
            Spec::View("principal"),
            "for `at`: the principal that everybody is, else the element `Principal` or `NotPrincipal`",
        ),
        field("actions", Spec::Views("action"), "the elements of `Action`"),
        field("not_actions", Spec::Views("action"), "the elements of `NotAction`"),
        field("resources", Spec::Views("action"), "the elements of `Resource`"),
        field("conditions", Spec::Views("condition"), "the entries of `Condition`"),
        field(
            "escalates",
            Spec::String,
            "by what somebody gains permissions that no policy gives them, through an action of this statement on every resource of its kind and what else the policy allows: `running a function with any role`; null without",
        ),
        field(
            "holder",
            Spec::String,
            "what somebody has who has what is said of the statement: `this policy`, for a rule on `identity.statement` also those beside it",
        ),
        field(
            "identity",
            Spec::String,
            "for a rule on `identity.statement`: the role, user or group that has the policies; otherwise null",
        ),
        field(
            "rewrites_policy",
            Spec::String,
            "the action by which somebody can change who may use what they may use in part; null without",
        ),
        field("names_whole", Spec::Bool, "whether an element of `Action` is `*` or a whole service: `s3:*`"),
        field("only_delegates", Spec::Bool, "whether all that it names is the owner's account as a whole"),
        field("not_resources", Spec::Views("action"), "the elements of `NotResource`"),
        field(
            "trusts_account",
            Spec::Bool,
            "whether it lets an account as a whole, or an identity of another account, assume the role without external id, MFA, or a condition on the organisation or the caller",
        ),
        field(
            "shared_issuer",
            Spec::String,
            "who can assume the role through an identity provider that many organisations share, of which no condition fixes one: `GitHub Actions workflow`; null without",
        ),
        field(
            "names_no_token",
            Spec::Bool,
            "whether a condition on a claim of such a provider compares a wildcard by an operator that takes it as it is written, so that no token passes",
        ),
        field(
            "open_service",
            Spec::String,
            "the service that it allows something on whoever's behalf: no condition on the source; null without",
        ),
        field(
            "open_service_with_source",
            Spec::String,
            "the same for services that are known to say on whose behalf they assume a role",
        ),
        field(
            "constant_condition",
            Spec::String,
            "why its conditions decide nothing: no request satisfies them or, of a statement that denies, every request does; null without",
        ),
        field(
            "loose_condition",
            Spec::String,
            "of a statement that allows: the key of a condition that restricts nobody, and why; null without",
        ),
        field(
            "hole",
            Spec::String,
            "of a statement that denies: the key by which a request escapes it, and why; null without",
        ),
        field(
            "writable_tag",
            Spec::String,
            "the tag that it lets somebody write, on which another statement of the policy makes access depend; null without",
        ),
        field(
            "wrong_via_service",
            Spec::String,
            "why a value of `kms:ViaService` is none that a request has; null without",
        ),
        field(
            "blocks_services",
            Spec::String,
            "of a perimeter of an organisation: which requests of AWS services it denies without an exception; null without",
        ),
        field(
            "unsuffixed_secret",
            Spec::String,
            "a resource that is the ARN of a secret without its suffix or a wildcard for it; null without",
        ),
        field(
            "blocks_default_read",
            Spec::String,
            "the operator of a condition that reads without a version stage fail; null without",
        ),
        field(
            "ineffective_in_key",
            Spec::String,
            "why the statement, or a part of it, has no effect in a key policy; null when it has",
        ),
        field(
            "makes_any_grant",
            Spec::Bool,
            "whether it allows `kms:CreateGrant` with no condition on the grantee, the operations or that a service asks for it",
        ),
        field("verbs", Spec::String, "for messages: what it lets somebody do (`decrypt`, `read and delete`)"),
    ],
    methods: &[
        method("grants", &[Spec::String], Spec::Bool, "whether it allows an action"),
        method("grants_any", &[Spec::Strings], Spec::Bool, "whether it allows one of some actions"),
        method(
            "grants_all",
            &[Spec::String],
            Spec::Bool,
            "whether it allows every action of a service, `*` included",
        ),
        method(
            "allows_everywhere",
            &[Spec::Strings, Spec::String, Spec::String],
            Spec::Bool,
            "whether it allows one of some actions on every resource of a service whose ARN ends so, of one account and Region at least, and no denial of the policy, or of the others of the identity that it is written for, takes that away: `allows_everywhere([\"iam:PassRole\"], \"iam\", \"role/*\")`",
        ),
        method(
            "covers_every",
            &[Spec::String, Spec::String],
            Spec::Bool,
            "whether it is about every resource of a service whose ARN ends so: `covers_every(\"sqs\", \"*\")`",
        ),
        method(
            "names_only_others",
            &[Spec::String],
            Spec::Bool,
            "whether each element of `Resource` is known to be of another service than the one given",
        ),
        method(
            "has_fixed_condition",
            &[Spec::Strings],
            Spec::Bool,
            "whether a condition on one of some keys fixes values; a key that ends with `*` means all that start so",
        ),
        method(
            "has_narrowing_condition",
            &[Spec::Strings],
            Spec::Bool,
            "whether a condition on one of some keys leaves a part of what it is about, also by a tag of the caller; a key that ends with `*` means all that start so",
        ),
        method(
            "has_condition_on",
            &[Spec::Strings],
            Spec::Bool,
            "whether a condition names one of some keys",
        ),
        method(
            "completed_by",
            &[Spec::String],
            Spec::Strings,
            "for a rule on `identity.statement`: the resources with the other policies that it takes for what a field says, each at the place that counts",
        ),
        repeated(
            "action",
            &[Spec::String],
            Spec::View("action"),
            "for `at`: the element that lets one of the actions through, the widest one",
        ),
    ],
};

pub(super) const PRINCIPAL: View = View {
    name: "principal",
    doc: "One principal of a statement.",
    fields: &[
        field("type", Spec::String, "`AWS`, `Service`, `Federated`, `CanonicalUser`"),
        field("value", Spec::String, "as it is written"),
        field(
            "account",
            Spec::String,
            "the account that it belongs to: twelve digits, or `own` where that is by reference; null without",
        ),
        field("is_wildcard", Spec::Bool, "whether it is everybody"),
        field("is_account", Spec::Bool, "whether it is an account as a whole"),
        field("is_identity", Spec::Bool, "whether it is a role, user or session"),
        field("is_role", Spec::Bool, "whether it is a role"),
        field(
            "is_service_linked",
            Spec::Bool,
            "whether it is a role that only a service of AWS can assume: one under `aws-service-role/`",
        ),
        field("is_user", Spec::Bool, "whether it is a user"),
        field("is_service", Spec::Bool, "whether it is a service of AWS"),
        field("is_federated", Spec::Bool, "whether it is an identity provider"),
    ],
    methods: &[],
};

pub(super) const ACTION: View = View {
    name: "action",
    doc: "One element of `Action`, `NotAction` or `Resource`.",
    fields: &[
        field("text", Spec::String, "as it is written"),
        field("is_pattern", Spec::Bool, "whether it has a wildcard"),
        field("is_everything", Spec::Bool, "whether it is every action of every service: `*`"),
        field(
            "manages_permissions",
            Spec::String,
            "for an element of `Action`: an action of access level \"Permissions management\" that it allows on everything although it could be limited; null without",
        ),
        field("writes_anything", Spec::String, "the same for the access level \"Write\""),
        field(
            "exposes",
            Spec::String,
            "for an element of `Action`: which data or credentials it lets somebody read, where the statement is about all of them and no condition narrows it; null without",
        ),
        field("is_service", Spec::Bool, "whether it is every action of one service: `kms:*`"),
        field(
            "is_denied",
            Spec::Bool,
            "for an element of `Action`: whether a denial takes away all that it allows",
        ),
    ],
    methods: &[
        method("matches", &[Spec::String], Spec::Bool, "whether it matches an action"),
        method(
            "covers",
            &[Spec::String],
            Spec::Bool,
            "whether it matches every action that a pattern matches",
        ),
    ],
};

pub(super) const CONDITION: View = View {
    name: "condition",
    doc: "One condition key under one operator.",
    fields: &[
        field("operator", Spec::String, "the operator as it is written"),
        field("key", Spec::String, "the key as it is written"),
        field("values", Spec::Strings, "the values"),
        field(
            "is_positive",
            Spec::Bool,
            "whether it holds only for a request that has the key with one of the values",
        ),
    ],
    methods: &[],
};
