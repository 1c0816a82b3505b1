//! A rule page of any content: an error with a place or a rule, no panic.

#![no_main]

use keylint_rules::Registry;
use libfuzzer_sys::fuzz_target;

const KIND: &str = "\
kind: secretsmanager.secret
noun: secret
terraform: aws_secretsmanager_secret
attributes:
  name: {type: string, terraform: name}
  recovery_window: {type: int, terraform: recovery_window_in_days, default: 30}
";

fuzz_target!(|text: &str| {
    let kinds = [("rules/kinds/secretsmanager.secret.yaml", KIND)];
    if let Err(wrong) = Registry::from_texts([("rules/x/XX001-page.md", text)], kinds) {
        for error in wrong.iter().flat_map(|(_, errors)| errors) {
            assert!(error.range.end <= text.len());
        }
    }
});
