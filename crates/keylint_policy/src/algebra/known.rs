//! Requests that exist: the actions of services and the ARNs of their resources.

use super::search::Preferences;
use crate::glob::matches_known;
use crate::service::{self, AccessLevel, Service};

/// Prefers actions that AWS has, and resources of the types that they work on.
#[derive(Clone, Copy, Debug)]
pub struct Known;

/// Actions that show what a policy for everything allows.
const TELLING: [&str; 8] = [
    "iam:attachrolepolicy",
    "secretsmanager:getsecretvalue",
    "kms:decrypt",
    "s3:getobject",
    "ec2:runinstances",
    "sts:assumerole",
    "ssm:getparameter",
    "lambda:invokefunction",
];

impl Preferences for Known {
    fn actions<'p>(&'p self, action: &'p str, resource: &'p str) -> Box<dyn Iterator<Item = String> + 'p> {
        if service::action(action).is_some() {
            return Box::new(std::iter::empty());
        }
        let of = |prefix: &'p str| {
            let own = service::service(prefix);
            // What reads or changes shows more than what lists.
            let levels = [
                AccessLevel::Read,
                AccessLevel::Write,
                AccessLevel::PermissionsManagement,
                AccessLevel::Tagging,
                AccessLevel::List,
            ];
            levels.into_iter().flat_map(move |level| {
                let actions = own.into_iter().flat_map(Service::actions);
                actions.filter(move |action| action.access_level() == level)
            })
        };
        let own = of(action.split(':').next().unwrap_or(""));
        let of_resource = of(resource.split(':').nth(2).unwrap_or(""));
        let telling = TELLING.iter().map(|action| (*action).to_owned());
        Box::new(telling.chain(own.chain(of_resource).map(|action| action.to_string().to_ascii_lowercase())))
    }

    fn go_together(&self, action: &str, resource: &str) -> bool {
        let same = |a: char, b: char| a == b;
        service::action(action).is_some_and(|action| {
            let mut forms = action.resource_types().filter_map(|resource| resource.resource_type());
            forms.any(|form| matches_known(&form.arn().pattern(), resource, same))
        })
    }

    fn resources(&self, action: &str) -> Vec<String> {
        let Some(action) = service::action(action) else { return vec!["*".to_owned()] };
        let types = action.resource_types();
        let mut forms: Vec<(bool, String)> = types
            .filter_map(|resource| Some((!resource.is_required(), resource.resource_type()?.arn().pattern())))
            .collect();
        // The plainest form says most.
        forms.sort_by_key(|(is_optional, form)| (form.matches('*').count(), *is_optional));
        let mut resources: Vec<String> = forms.into_iter().map(|(_, form)| form).collect();
        if resources.is_empty() {
            resources.push("*".to_owned());
        }
        resources
    }
}

/// An action as AWS writes it, where it is known.
pub(super) fn spelt(action: &str) -> String {
    service::action(action).map_or_else(|| action.to_owned(), |known| known.to_string())
}
