//! Words for what a statement allows, for messages.

use crate::document::Statement;
use crate::kind::PolicyKind;

/// Actions and what they let one do with the thing that a policy is attached to. The first actions
/// of a kind weigh most.
const VERBS: [(&str, &str); 38] = [
    ("kms:Decrypt", "decrypt with"),
    ("kms:ReEncryptFrom", "decrypt with"),
    ("kms:Encrypt", "encrypt with"),
    ("kms:GenerateDataKey", "encrypt with"),
    ("kms:Sign", "sign with"),
    ("kms:Verify", "verify with"),
    ("kms:GenerateMac", "authenticate with"),
    ("kms:CreateGrant", "hand on the use of"),
    ("kms:PutKeyPolicy", "administer"),
    ("kms:ScheduleKeyDeletion", "delete"),
    ("kms:DisableKey", "disable"),
    ("secretsmanager:GetSecretValue", "read"),
    ("secretsmanager:PutSecretValue", "change"),
    ("secretsmanager:UpdateSecret", "change"),
    ("secretsmanager:DeleteSecret", "delete"),
    ("secretsmanager:PutResourcePolicy", "administer"),
    ("sts:AssumeRole", "assume"),
    ("sts:AssumeRoleWithWebIdentity", "assume"),
    ("sts:AssumeRoleWithSAML", "assume"),
    ("s3:GetObject", "read"),
    ("s3:ListBucket", "list"),
    ("s3:PutObject", "write to"),
    ("s3:DeleteObject", "delete from"),
    ("s3:PutBucketPolicy", "administer"),
    ("sqs:SendMessage", "send to"),
    ("sqs:ReceiveMessage", "receive from"),
    ("sqs:SetQueueAttributes", "administer"),
    ("sns:Publish", "publish to"),
    ("sns:Subscribe", "subscribe to"),
    ("sns:SetTopicAttributes", "administer"),
    ("lambda:InvokeFunction", "invoke"),
    ("lambda:InvokeFunctionUrl", "invoke"),
    ("ecr:BatchGetImage", "pull from"),
    ("ecr:PutImage", "push to"),
    ("elasticfilesystem:ClientMount", "mount"),
    ("elasticfilesystem:ClientWrite", "write to"),
    ("glacier:GetJobOutput", "read"),
    ("backup:CopyIntoBackupVault", "copy into"),
];

impl Statement {
    /// What the statement lets one do, as the verbs of a sentence that goes on with the thing:
    /// `decrypt with and administer` (this key). `use` where nothing better is known.
    pub fn verbs(&self, kind: PolicyKind) -> String {
        let service = match kind {
            PolicyKind::Key => Some("kms:"),
            PolicyKind::Secret => Some("secretsmanager:"),
            PolicyKind::Trust => Some("sts:"),
            _ => None,
        };
        // Without a service to tell the thing from, every action means everything.
        if service.is_none() && self.is_about_all_actions("*:*").is_yes() {
            return "do everything with".to_owned();
        }
        let mut verbs: Vec<&str> = Vec::new();
        for (action, verb) in VERBS {
            let fits = service.is_none_or(|service| action.starts_with(service));
            if fits && !verbs.contains(&verb) && self.is_about_action(action).is_yes() {
                verbs.push(verb);
            }
        }
        match verbs.as_slice() {
            [] => "use".to_owned(),
            [only] => (*only).to_owned(),
            [first, second] => format!("{first} and {second}"),
            // The whole list would drown the message.
            [first, .., last] => format!("{first}, {last} and more"),
        }
    }
}
