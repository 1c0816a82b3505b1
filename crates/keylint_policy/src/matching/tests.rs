use std::sync::Arc;

use keylint_model::Verdict::{No, Unknown as Open, Yes};
use keylint_model::{Shape, Unknown};

use super::*;

/// `«name»` is a hole.
fn text(written: &str) -> PartlyKnown {
    let mut parts = Vec::new();
    for (place, piece) in written.split(['«', '»']).enumerate() {
        if place % 2 == 1 {
            let shape = match piece {
                "P" => Shape::Partition,
                "R" => Shape::Region,
                "A" => Shape::Account,
                "W" => Shape::Word,
                "U" => Shape::Url,
                _ => Shape::Any,
            };
            let unknown = Unknown::new(Reason::Input(piece.into())).with_identity(piece).with_shape(shape);
            parts.push(Part::Hole(Arc::new(unknown), None));
        } else if !piece.is_empty() {
            parts.push(Part::Known(keylint_syntax::Text::synthetic(piece)));
        }
    }
    PartlyKnown::from_parts(&parts)
}

/// Source: IAM User Guide, "IAM JSON policy elements: Action".
#[test]
fn actions() {
    let cases = [
        ("*", "iam:PassRole", Yes),
        ("*:*", "iam:PassRole", Yes),
        ("iam:*", "iam:PassRole", Yes),
        ("IAM:passrole", "iam:PassRole", Yes),
        ("iam:Pass*", "iam:PassRole", Yes),
        ("iam:*Role", "iam:PassRole", Yes),
        ("iam:*ole*", "iam:PassRole", Yes),
        ("iam:?assRole", "iam:PassRole", Yes),
        ("iam:??ssRole", "iam:PassRole", Yes),
        ("iam:PassRole?", "iam:PassRole", No),
        ("iam:PassRole*", "iam:PassRole", Yes),
        ("iam:Pass", "iam:PassRole", No),
        ("iam", "iam:PassRole", No),
        ("", "iam:PassRole", No),
        ("sts:*", "iam:PassRole", No),
        ("iam:[P]assRole", "iam:PassRole", No),
        ("«x»", "iam:PassRole", Open),
        ("iam:«x»", "iam:PassRole", Open),
        ("iam:«x»*", "iam:PassRole", Open),
        ("sts:«x»", "iam:PassRole", No),
        ("iam:«x»User", "iam:PassRole", No),
        ("«x»:*", "iam:PassRole", Open),
    ];
    for (pattern, action, verdict) in cases {
        assert_eq!(matches_action(&text(pattern), action), verdict, "{pattern}");
    }
}

/// Source: IAM User Guide, "IAM JSON policy elements: Resource", "Using wildcards in resource ARNs",
/// with its examples.
#[test]
fn resources() {
    let object = "arn:aws:s3:::amzn-s3-demo-bucket/1/test/object.jpg";
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf";
    let cases = [
        ("*", object, Yes),
        ("arn:aws:s3:::amzn-s3-demo-bucket/*", object, Yes),
        ("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*", object, Yes),
        (
            "arn:aws:s3:::amzn-s3-demo-bucket/*/test/*",
            "arn:aws:s3:::amzn-s3-demo-bucket/1/2/test/3/object.jpg",
            Yes,
        ),
        (
            "arn:aws:s3:::amzn-s3-demo-bucket/*/test/*",
            "arn:aws:s3:::amzn-s3-demo-bucket/1///test///object.jpg",
            Yes,
        ),
        ("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*", "arn:aws:s3:::amzn-s3-demo-bucket/1/test/", Yes),
        (
            "arn:aws:s3:::amzn-s3-demo-bucket/*/test/*",
            "arn:aws:s3:::amzn-s3-demo-bucket/1-test/object.jpg",
            No,
        ),
        ("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*", "arn:aws:s3:::amzn-s3-demo-bucket/test/object.jpg", No),
        ("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*", "arn:aws:s3:::amzn-s3-demo-bucket/1/2/test.jpg", No),
        ("arn:aws:s3:::AMZN-S3-DEMO-BUCKET/*", object, No),
        ("arn:aws:s3:::amzn-s3-demo-bucket", object, No),
        ("arn:aws:secretsmanager:*:*:secret:*", secret, Yes),
        ("arn:aws:secretsmanager:*:secret:*", secret, Yes),
        ("arn:aws:secretsmanager:*", secret, Yes),
        ("arn:aws:secretsmanager", secret, Yes),
        ("arn:*:secretsmanager:*:*:secret:db-??????", secret, Yes),
        ("arn:*:secretsmanager:*:*:secret:db-?????", secret, No),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:db", secret, No),
        ("arn:aws:secretsmanager:us-*1:111122223333:secret:*", secret, Yes),
        // `*` before the end of a field stays within it.
        ("arn:aws:secretsmanager:us*3:secret:*", secret, No),
        ("arn:aws:secretsmanager:us-east-?:111122223333:secret:*", secret, Yes),
        ("arn:aws:secretsmanager:us-east-1?111122223333:secret:*", secret, No),
        ("arn:aws:kms:*:*:key/*", secret, No),
        ("arn:aws:secretsmanager:«r»:«a»:secret:db-*", secret, Open),
        ("arn:aws:secretsmanager:«r»:«a»:secret:other-*", secret, No),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:${aws:username}", secret, No),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:*${*}", secret, No),
    ];
    for (pattern, arn, verdict) in cases {
        assert_eq!(
            matches_resource(&text(pattern), &text(arn), Version::V2012),
            verdict,
            "{pattern} on {arn}"
        );
    }
}

#[test]
fn resources_with_holes_on_both_sides() {
    let cases = [
        ("arn:aws:iam::«account»:role/*", "arn:aws:iam::«account»:role/app", Yes),
        ("arn:aws:iam::«account»:role/*", "arn:aws:iam::«other»:role/app", Open),
        ("arn:aws:iam::*:role/*", "arn:aws:iam::«account»:role/app", Yes),
        ("arn:aws:iam::*:role/*", "arn:aws:iam::«account»:user/app", Open),
        ("arn:aws:s3:::*", "arn:aws:sqs:«region»:«account»:q", No),
        ("«key»", "«key»", Yes),
        ("«key»", "«other»", Open),
        ("«bucket»/*", "«bucket»/a", Yes),
        ("*", "«anything»", Yes),
    ];
    for (pattern, arn, verdict) in cases {
        assert_eq!(
            matches_resource(&text(pattern), &text(arn), Version::V2012),
            verdict,
            "{pattern} on {arn}"
        );
    }
}

/// `«P»`, `«R»`, `«A»`, `«W»` and `«U»` have the shape of a partition, Region, account, word and address.
#[test]
fn what_keeps_to_its_field_leaves_the_others_known() {
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a";
    let cases = [
        ("arn:«P»:secretsmanager:«R»:«A»:secret:*", secret, Open),
        ("arn:«P»:kms:«R»:«A»:*", secret, No),
        ("arn:«P»:secretsmanager:«R»:«A»:secret:*", "arn:«P»:secretsmanager:«R»:«A»:secret:a", Yes),
        ("arn:«P»:secretsmanager:«R»:«A»:secret:*", "arn:«P»:secretsmanager:«R»:«A»:other:a", No),
        ("arn:*:kms:*:*:key/*", "arn:«P»:kms:«R»:«A»:key/x", Yes),
        ("arn:*:kms:e*:*:key/*", "arn:«P»:kms:«R»:«A»:key/x", Open),
        ("arn:*:s3:::*", "arn:«P»:sqs:«R»:«A»:q", No),
        ("arn:aws:iam::aws:policy/*", "arn:aws:iam::«A»:policy/x", No),
        ("arn:aws:iam::????????????:role/*", "arn:aws:iam::«A»:role/x", Yes),
        ("arn:aws:s3:::*/*", "arn:aws:s3:::«W»", No),
        ("arn:aws:s3:::*/*", "arn:aws:s3:::«x»", Open),
        ("arn:*", "«W»", No),
        ("arn:*", "«U»", No),
        ("https://*", "«U»", Yes),
        ("arn:«P»:s3:::a*", "arn:aws:s3:::b", No),
    ];
    for (pattern, arn, verdict) in cases {
        assert_eq!(
            matches_resource(&text(pattern), &text(arn), Version::V2012),
            verdict,
            "{pattern} on {arn}"
        );
    }
}

/// Source: IAM User Guide, "IAM policy elements: Variables and tags".
#[test]
fn variables_and_escapes_belong_to_the_new_language() {
    let matches = |pattern: &str, value: &str, version| matches_like(&text(pattern), &text(value), version);
    assert_eq!(matches("a${*}", "a*", Version::V2012), Yes);
    assert_eq!(matches("a${*}", "ab", Version::V2012), No);
    assert_eq!(matches("a${?}${$}", "a?$", Version::V2012), Yes);
    assert_eq!(matches("a${*}", "a${x}", Version::V2008), Yes);
    assert_eq!(matches("home/${aws:username}/*", "home/${aws:username}/x", Version::V2008), Yes);
    assert_eq!(matches("home/${aws:username}/*", "home/eve/x", Version::V2012), No);
    assert_eq!(matches("${unclosed", "${unclosed", Version::V2012), Yes);
}

#[test]
fn patterns_over_patterns() {
    assert_eq!(covers_actions(&text("s3:*"), "s3:Get*"), Yes);
    assert_eq!(covers_actions(&text("s3:Get*"), "s3:*"), No);
    assert_eq!(covers_actions(&text("S3:g*"), "s3:Get*"), Yes);
    assert_eq!(covers_actions(&text("«action»"), "s3:*"), Open);
    assert_eq!(covers_actions(&text("s3:«action»"), "s3:*"), No);
    assert_eq!(overlaps_actions(&text("s3:*Object"), &text("s3:Get*")), Yes);
    assert_eq!(overlaps_actions(&text("s3:*"), &text("kms:*")), No);
    assert_eq!(overlaps_actions(&text("s3:«x»"), &text("s3:Get*")), Open);
    let version = Version::V2012;
    let all = text("arn:aws:kms:*:*:key/*");
    assert_eq!(covers_resources(&text("*"), &all, version), Yes);
    assert_eq!(covers_resources(&all, &text("arn:aws:kms:eu-west-1:*:key/mrk-*"), version), Yes);
    assert_eq!(covers_resources(&text("arn:aws:kms:*:*:key/mrk-*"), &all, version), No);
    let key = text("arn:aws:kms:us-east-1:111122223333:key/*");
    let alias = text("arn:aws:kms:us-east-1:111122223333:alias/*");
    assert_eq!(overlaps_resources(&key, &alias, version), No);
    assert_eq!(overlaps_resources(&all, &key, version), Yes);
    // As AWS documents it, `*` at the end of a field goes on behind the colon.
    assert_eq!(overlaps_resources(&all, &text("arn:aws:kms:*:*:alias/*"), version), Yes);
}

/// What is told by the service alone is what the comparison of the patterns says.
#[test]
fn a_pattern_of_another_service_covers_nothing_of_this_one() {
    let cases = [
        ("arn:aws:ssm:*:*:*", true),
        ("arn:«p»:ssm:«r»:«a»:*", true),
        ("arn:aws:ssm:«r»:«a»:*", true),
        ("arn:aws:ssm", true),
        ("arn:aws:kms:*:*:key/*", false),
        ("arn:«p»:kms:«r»:«a»:key/*", false),
        ("arn:aws:k«x»:*:*:*", false),
        ("arn:aws:ssm«x»:*:*:*", false),
        ("arn:«p»:s*:«r»:«a»:*", false),
        ("arn:«p»:${aws:PrincipalTag/x}:*:*:*", false),
        ("arn:«p»:«s»:*:*:*", false),
        ("arn:«p»ssm:ssm:*:*:*", false),
        ("arn:«p»", false),
        ("arn:*", false),
        ("«x»", false),
    ];
    let every = text("arn:p:kms:r:a:key/*");
    for (pattern, other) in cases {
        let pattern_text = text(pattern);
        assert_eq!(names_other_service(&pattern_text, "kms"), other, "{pattern}");
        if other {
            let wide = anywhere(&pattern_text, Version::V2012, &[1, 3, 4]);
            let compared = glob::covers(&wide, &resource_symbols(&every, Version::V2012));
            assert_eq!(compared, No, "{pattern}");
            assert_eq!(covers_every(&pattern_text, "kms", "key/*", Version::V2012), No, "{pattern}");
        }
    }
}

#[test]
fn actions_longer_than_any_are_not_compared() {
    let pattern = format!("s3:{}b", "*a".repeat(50_000));
    let action = format!("s3:{}", "a".repeat(100_000));
    assert_eq!(matches_action(&pattern.as_str().into(), &action), Verdict::Unknown);
    assert_eq!(covers_actions(&pattern.as_str().into(), &format!("{action}*")), Verdict::Unknown);
}

#[test]
fn the_last_field_alone_decides_what_a_pattern_without_wildcards_before_it_covers() {
    let starts = ["arn:aws:kms:eu-west-1:111122223333:", "arn:«p»:kms:«r»:«a»:", "arn:aws:kms:eu-«r»-1::"];
    let lasts = [
        "*",
        "key/*",
        "key/«k»",
        "key/a",
        "k?y/*",
        "alias/*",
        "«k»",
        "«k»/*",
        "",
        "key/${aws:x}",
        "key/*:«x»",
        "é*",
    ];
    for start in starts {
        for (last, name) in lasts.iter().flat_map(|last| ["key/*", "alias/a", "*"].map(|name| (last, name))) {
            for version in [Version::V2008, Version::V2012] {
                let pattern = text(&format!("{start}{last}"));
                let every = text(&format!("arn:p:kms:r:a:{name}"));
                let of_all_fields = glob::covers(
                    &anywhere(&pattern, version, &[1, 3, 4]),
                    &resource_symbols(&every, version),
                );
                assert!(last_field(&pattern, "kms", version).is_some(), "{start}{last}");
                assert_eq!(
                    covers_every(&pattern, "kms", name, version),
                    of_all_fields,
                    "{start}{last} {name}"
                );
            }
        }
    }
    for pattern in
        ["arn:aws:kms:*:*:key/*", "arn:aws:kms:${aws:x}::key/*", "arn:aws:kms:«x»", "«x»", "arn:aws:*"]
    {
        assert!(last_field(&text(pattern), "kms", Version::V2012).is_none(), "{pattern}");
    }
}
