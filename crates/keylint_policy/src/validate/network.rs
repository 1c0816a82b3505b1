//! Checks of the address ranges of conditions.
//!
//! `aws:SourceIp` is the public address that a request comes from; one that goes through a VPC endpoint
//! has `aws:VpcSourceIp` instead. Source: IAM User Guide, "AWS global condition context keys".

use super::condition::at_key;
use super::{Check, Fate, Issue, Said, Suggestion, Walk, known};
use crate::document::ConditionEntry;
use crate::element::Element;
use crate::evaluate::{Network, Reading};
use crate::operator::{Base, Family, Operator};

pub(super) fn check<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry, operator: Operator) {
    if operator.base.family() != Family::Ip {
        return;
    }
    let mut networks = Vec::new();
    for value in &entry.values {
        let Some(text) = known(value).filter(|text| !text.contains("${")) else { continue };
        let network = match Network::read(text) {
            Reading::Value(network) => network,
            // What not every reader takes is neither blamed nor judged.
            Reading::Unsure => continue,
            Reading::Not => {
                let issue = Issue::of(Check::TypeMismatchIpRange, value).element(Said::operator(entry));
                walk.report(issue.other(Said::key(entry)).fate(Fate::Rejected));
                continue;
            }
        };
        let cut = network.without_host();
        if cut != network {
            let suggestion = Suggestion::value(value, cut.to_string());
            let issue = Issue::of(Check::ImproveIpRange, value).element(Said::key(entry));
            // Of IPv4 the bits after the mask count for nothing; an IPv6 range with them matches nothing.
            let is_safe = network.is_v4() && suggestion.is_safe;
            walk.report(issue.suggest(Some(Suggestion { is_safe, ..suggestion })));
        }
        networks.push((value, network));
    }
    if entry.is_about("aws:SourceIp") {
        private(walk, entry, operator, &networks);
    }
}

fn private<'d>(
    walk: &mut Walk<'d>,
    entry: &'d ConditionEntry,
    operator: Operator,
    networks: &[(&'d Element, Network)],
) {
    let is_all_known = entry.values.rest.is_none() && networks.len() == entry.values.items.len();
    let private: Vec<_> = networks.iter().filter(|(_, network)| network.is_private()).collect();
    let is_not = operator.base == Base::NotIpAddress;
    if private.is_empty() {
        return;
    }
    if private.len() == networks.len() && is_all_known {
        let check = if is_not { Check::PrivateNotIpAddress } else { Check::PrivateIpAddress };
        walk.report(at_key(check, entry));
        return;
    }
    let check = if is_not { Check::PrivateNotIpAddressSubset } else { Check::PrivateIpAddressSubset };
    for (value, _) in private {
        walk.report(Issue::of(check, value).element(Said::operator(entry)).other(Said::key(entry)));
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    fn of(operator: &str, values: &str) -> Vec<String> {
        let statement = format!(
            r#"{{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {{"{operator}": {{"aws:SourceIp": {values}}}}}}}"#
        );
        of_statement(&statement, PolicyKind::Identity)
    }

    #[test]
    fn private_ranges_have_no_effect() {
        let key = "aws:SourceIp";
        assert_eq!(
            of("IpAddress", r#"["10.0.0.0/8", "192.168.1.0/24"]"#),
            [format!("private-ip-address {key}")]
        );
        assert_eq!(of("NotIpAddress", r#""172.16.0.0/12""#), [format!("private-not-ip-address {key}")]);
        let mixed = r#"["10.0.0.0/8", "203.0.113.0/24"]"#;
        assert_eq!(of("IpAddress", mixed), ["private-ip-address-subset 10.0.0.0/8"]);
        assert_eq!(of("NotIpAddress", mixed), ["private-not-ip-address-subset 10.0.0.0/8"]);
        assert!(of("IpAddress", r#""172.32.0.0/12""#).is_empty());
        assert_eq!(of("IpAddress", r#"["203.0.113.7/24"]"#), ["improve-ip-range 203.0.113.7/24"]);
        assert_eq!(of("IpAddress", r#"["203.0.113"]"#), ["type-mismatch-ip-range 203.0.113"]);
        assert_eq!(of("IpAddress", r#"["203.000.113.001/32"]"#), [""; 0]);
    }
}
