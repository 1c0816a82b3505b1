//! The checks, by name.

/// Declares the checks, each with the name by which a page binds it.
macro_rules! checks {
    ($($check:ident $name:literal)*) => {
        /// A check of the validator. The rule pages say what each one means, under the same name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check {
            $(#[doc = concat!("`", $name, "`")] $check,)*
        }

        impl Check {
            /// All checks.
            pub const ALL: &'static [Check] = &[$(Check::$check),*];

            /// The name: `invalid-action`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Check::$check => $name,)*
                }
            }
        }
    };
}

checks! {
    ArnAccountNotAllowed "arn-account-not-allowed"
    ArnRegionNotAllowed "arn-region-not-allowed"
    DataTypeMismatch "data-type-mismatch"
    DuplicateKeysWithDifferentCase "duplicate-keys-with-different-case"
    InvalidAction "invalid-action"
    InvalidArnAccount "invalid-arn-account"
    InvalidArnPrefix "invalid-arn-prefix"
    InvalidArnRegion "invalid-arn-region"
    InvalidArnResource "invalid-arn-resource"
    InvalidArnServiceCase "invalid-arn-service-case"
    InvalidConditionDataType "invalid-condition-data-type"
    InvalidConditionKeyFormat "invalid-condition-key-format"
    InvalidConditionMultipleBoolean "invalid-condition-multiple-boolean"
    InvalidConditionOperator "invalid-condition-operator"
    InvalidEffect "invalid-effect"
    InvalidGlobalConditionKey "invalid-global-condition-key"
    InvalidPartition "invalid-partition"
    InvalidPolicyElement "invalid-policy-element"
    InvalidPrincipalFormat "invalid-principal-format"
    InvalidPrincipalKey "invalid-principal-key"
    InvalidRegion "invalid-region"
    InvalidService "invalid-service"
    InvalidServiceConditionKey "invalid-service-condition-key"
    InvalidServiceInAction "invalid-service-in-action"
    InvalidVariableForOperator "invalid-variable-for-operator"
    InvalidVersion "invalid-version"
    JsonSyntaxError "json-syntax-error"
    MissingAction "missing-action"
    MissingArnField "missing-arn-field"
    MissingArnRegion "missing-arn-region"
    MissingEffect "missing-effect"
    MissingPrincipal "missing-principal"
    MissingQualifier "missing-qualifier"
    MissingResource "missing-resource"
    MissingStatement "missing-statement"
    NullWithIfExists "null-with-if-exists"
    ScpSyntaxErrorActionWildcard "scp-syntax-error-action-wildcard"
    ScpSyntaxErrorPrincipal "scp-syntax-error-principal"
    UniqueSidsRequired "unique-sids-required"
    UnsupportedActionInPolicy "unsupported-action-in-policy"
    UnsupportedElementCombination "unsupported-element-combination"
    UnsupportedGlobalConditionKey "unsupported-global-condition-key"
    UnsupportedPrincipal "unsupported-principal"
    UnsupportedResourceArnInPolicy "unsupported-resource-arn-in-policy"
    UnsupportedSid "unsupported-sid"
    UnsupportedWildcardInPrincipal "unsupported-wildcard-in-principal"
    MissingBraceInVariable "missing-brace-in-variable"
    MissingQuoteInVariable "missing-quote-in-variable"
    UnsupportedSpaceInVariable "unsupported-space-in-variable"
    EmptyVariable "empty-variable"
    VariableUnsupportedInElement "variable-unsupported-in-element"
    VariableUnsupportedInVersion "variable-unsupported-in-version"
    PrivateIpAddress "private-ip-address"
    PrivateNotIpAddress "private-not-ip-address"
    PolicySizeExceedsScpQuota "policy-size-exceeds-scp-quota"
    InvalidServicePrincipalFormat "invalid-service-principal-format"
    MissingTagKeyInCondition "missing-tag-key-in-condition"
    InvalidVpcFormat "invalid-vpc-format"
    InvalidVpceFormat "invalid-vpce-format"
    FederatedPrincipalNotSupported "federated-principal-not-supported"
    UnsupportedActionForConditionKey "unsupported-action-for-condition-key"
    UnsupportedConditionKeyForServicePrincipal "unsupported-condition-key-for-service-principal"
    RoleTrustPolicySyntaxErrorNotprincipal "role-trust-policy-syntax-error-notprincipal"
    RoleTrustPolicyUnsupportedWildcardInPrincipal "role-trust-policy-unsupported-wildcard-in-principal"
    RoleTrustPolicySyntaxErrorResource "role-trust-policy-syntax-error-resource"
    TypeMismatchIpRange "type-mismatch-ip-range"
    MissingActionForConditionKey "missing-action-for-condition-key"
    InvalidFederatedPrincipalSyntaxInRoleTrustPolicy "invalid-federated-principal-syntax-in-role-trust-policy"
    MismatchedActionForPrincipal "mismatched-action-for-principal"
    MissingActionForRolesAnywhereTrustPolicy "missing-action-for-roles-anywhere-trust-policy"
    PolicySizeExceedsRcpQuota "policy-size-exceeds-rcp-quota"
    RcpSyntaxErrorPrincipal "rcp-syntax-error-principal"
    RcpSyntaxErrorAllow "rcp-syntax-error-allow"
    RcpSyntaxErrorNotaction "rcp-syntax-error-notaction"
    RcpSyntaxErrorAction "rcp-syntax-error-action"
    MissingArnAccount "missing-arn-account"
    InvalidKmsKeyValue "invalid-kms-key-value"
    VariableUsageTooPermissive "variable-usage-too-permissive"
    WildcardUsageTooPermissive "wildcard-usage-too-permissive"
    UntrustworthyConditionKey "untrustworthy-condition-key"
    AllowWithNotPrincipal "allow-with-not-principal"
    ForallvaluesWithSingleValuedKey "forallvalues-with-single-valued-key"
    PassRoleWithNotResource "pass-role-with-not-resource"
    PassRoleWithStarInActionAndNotResource "pass-role-with-star-in-action-and-not-resource"
    PassRoleWithNotActionAndNotResource "pass-role-with-not-action-and-not-resource"
    PassRoleWithStarInResource "pass-role-with-star-in-resource"
    PassRoleWithStarInActionAndResource "pass-role-with-star-in-action-and-resource"
    PassRoleWithStarInResourceAndNotAction "pass-role-with-star-in-resource-and-not-action"
    MissingPairedConditionKeys "missing-paired-condition-keys"
    DenyWithUnsupportedTagConditionKeyForService "deny-with-unsupported-tag-condition-key-for-service"
    DenyNotactionWithUnsupportedTagConditionKeyForService "deny-notaction-with-unsupported-tag-condition-key-for-service"
    RestrictAccessToServicePrincipal "restrict-access-to-service-principal"
    MissingConditionKeyForOidcPrincipal "missing-condition-key-for-oidc-principal"
    MissingGithubRepoConditionKey "missing-github-repo-condition-key"
    StringLikeOperatorWithArnConditionKeys "string-like-operator-with-arn-condition-keys"
    DynamodbAttributesWithoutSelect "dynamodb-attributes-without-select"
    ForanyvalueWithAudienceClaimType "foranyvalue-with-audience-claim-type"
    CreateSlrWithNotResource "create-slr-with-not-resource"
    CreateSlrWithStarInActionAndNotResource "create-slr-with-star-in-action-and-not-resource"
    CreateSlrWithNotActionAndNotResource "create-slr-with-not-action-and-not-resource"
    CreateSlrWithStarInResource "create-slr-with-star-in-resource"
    CreateSlrWithStarInActionAndResource "create-slr-with-star-in-action-and-resource"
    CreateSlrWithStarInResourceAndNotAction "create-slr-with-star-in-resource-and-not-action"
    DeprecatedGlobalConditionKey "deprecated-global-condition-key"
    InvalidDateValue "invalid-date-value"
    InvalidRoleReference "invalid-role-reference"
    InvalidUserReference "invalid-user-reference"
    MissingVersion "missing-version"
    UniqueSidsRecommended "unique-sids-recommended"
    WildcardWithoutLikeOperator "wildcard-without-like-operator"
    PolicySizeExceedsIdentityPolicyQuota "policy-size-exceeds-identity-policy-quota"
    PolicySizeExceedsResourcePolicyQuota "policy-size-exceeds-resource-policy-quota"
    PolicySizeExceedsRoleTrustPolicyQuota "policy-size-exceeds-role-trust-policy-quota"
    TypeMismatch "type-mismatch"
    TypeMismatchBoolean "type-mismatch-boolean"
    TypeMismatchDate "type-mismatch-date"
    TypeMismatchNumber "type-mismatch-number"
    TypeMismatchString "type-mismatch-string"
    SpecificGithubRepoAndBranchRecommended "specific-github-repo-and-branch-recommended"
    RcpMissingRelatedPrincipalConditionKey "rcp-missing-related-principal-condition-key"
    RcpMissingRelatedServicePrincipalConditionKey "rcp-missing-related-service-principal-condition-key"
    RcpMissingServiceConditionKeyNullCheck "rcp-missing-service-condition-key-null-check"
    UseConditionKeyOnlyWithSupportedServices "use-condition-key-only-with-supported-services"
    EmptyArrayAction "empty-array-action"
    EmptyArrayCondition "empty-array-condition"
    EmptyArrayConditionForallvalues "empty-array-condition-forallvalues"
    EmptyArrayConditionForanyvalue "empty-array-condition-foranyvalue"
    EmptyArrayConditionIfexists "empty-array-condition-ifexists"
    EmptyArrayPrincipal "empty-array-principal"
    EmptyArrayResource "empty-array-resource"
    EmptyObjectCondition "empty-object-condition"
    EmptyObjectPrincipal "empty-object-principal"
    EmptySidValue "empty-sid-value"
    EquivalentToNullFalse "equivalent-to-null-false"
    EquivalentToNullTrue "equivalent-to-null-true"
    ImproveIpRange "improve-ip-range"
    NullWithQualifier "null-with-qualifier"
    PrivateIpAddressSubset "private-ip-address-subset"
    PrivateNotIpAddressSubset "private-not-ip-address-subset"
    RedundantAction "redundant-action"
    RedundantConditionValueNum "redundant-condition-value-num"
    RedundantResource "redundant-resource"
    RedundantStatement "redundant-statement"
    RedundantKeyDueToWildcardInCondition "redundant-key-due-to-wildcard-in-condition"
    RedundantStatementDueToWildcardInCondition "redundant-statement-due-to-wildcard-in-condition"
    RedundantPrincipalInRoleTrustPolicy "redundant-principal-in-role-trust-policy"
    WildcardInServiceName "wildcard-in-service-name"
    AllowWithUnsupportedTagConditionKeyForService "allow-with-unsupported-tag-condition-key-for-service"
    AllowNotactionWithUnsupportedTagConditionKeyForService "allow-notaction-with-unsupported-tag-condition-key-for-service"
    RecommendedConditionKeyForServicePrincipal "recommended-condition-key-for-service-principal"
    IrrelevantConditionKeyInPolicy "irrelevant-condition-key-in-policy"
    ConfirmAudienceClaimType "confirm-audience-claim-type"
    UnknownConditionKeyForAction "unknown-condition-key-for-action"
    ResourceMismatch "resource-mismatch"
    ResourceStar "resource-star"
    UnknownPrincipal "unknown-principal"
    UnknownFederationSource "unknown-federation-source"
    OldVersion "old-version"
    Characters "characters"
    BadMfaCondition "bad-mfa-condition"
}

impl Check {
    /// The check of this name.
    pub fn named(name: &str) -> Option<Check> {
        Check::ALL.iter().copied().find(|check| check.name() == name)
    }
}

/// A set of checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checks([u64; 4]);

impl Checks {
    /// All of them.
    pub fn all() -> Checks {
        Check::ALL.iter().copied().collect()
    }

    /// Whether a check is in the set.
    pub fn contains(self, check: Check) -> bool {
        let (word, bit) = place(check);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Whether one of these checks is in the set.
    pub fn any(self, checks: &[Check]) -> bool {
        checks.iter().any(|check| self.contains(*check))
    }

    /// Whether there is none in the set.
    pub fn is_empty(self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Puts a check in.
    pub fn insert(&mut self, check: Check) {
        let (word, bit) = place(check);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }
}

fn place(check: Check) -> (usize, u64) {
    let number = check as usize;
    (number / 64, 1 << (number % 64))
}

impl FromIterator<Check> for Checks {
    fn from_iter<I: IntoIterator<Item = Check>>(checks: I) -> Self {
        let mut set = Checks::default();
        checks.into_iter().for_each(|check| set.insert(check));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_found_by_its_name_and_has_its_own_bit() {
        for check in Check::ALL {
            assert_eq!(Check::named(check.name()), Some(*check));
            let only: Checks = [*check].into_iter().collect();
            let members = Check::ALL.iter().filter(|other| only.contains(**other));
            assert_eq!(members.collect::<Vec<_>>(), [check]);
        }
        assert_eq!(Check::named("invalid"), None);
    }
}
