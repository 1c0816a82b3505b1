//! Each format on one report of two findings: one that reaches through a module call in another
//! file and stands for two instances, one inside a policy statement.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use keylint_engine::{Coverage, Excerpt, MissingModule, Report, UndecidedPlace};
use keylint_model::{Address, Guard, Reason, Related};
use keylint_report::{Format, Options, RuleDoc, coverage_line};
use keylint_rules::{Confidence, Finding, Fingerprint, RuleId, Severity, StatementName, Undecided};
use keylint_source::{LineIndex, Memory, SourceFile, Sources, Span};
use serde_json::Value;

const MODULE: &str = "resource \"aws_secretsmanager_secret\" \"this\" {\n  name       = \"db\"\n  kms_key_id = var.kms_key_id\n}\n";
const ROOT: &str = "module \"a\" {\n  source = \"./modules/secret\"\n}\n";
const POLICY: &str = "{\n  \"é\": 1, \"Principal\": \"*\"\n}\n";

fn rule(id: &str) -> RuleId {
    id.parse().unwrap()
}

fn span_of(file: &SourceFile, part: &str) -> Span {
    let start = file.text().find(part).unwrap();
    Span::new(file.id(), start, start + part.len())
}

fn finding(id: &str, name: &str, severity: Severity, message: &str, span: Span) -> Finding {
    Finding {
        rule: rule(id),
        name: name.into(),
        severity,
        confidence: Confidence::High,
        message: message.to_owned(),
        fact: message.into(),
        span,
        written: None,
        related: Vec::new(),
        resource: None,
        stack: None,
        instances: Vec::new(),
        construct: None,
        statement: None,
        statements: Vec::new(),
        about: Vec::new(),
        when: vec![Guard::always()],
        scopes: Vec::new(),
        environments: Vec::new(),
        fingerprint: Fingerprint(format!("{id}-0123").into()),
        help: Some("do something about it".to_owned()),
        fix: None,
    }
}

fn report() -> Report {
    let sources = Sources::new(Arc::new(Memory::new()), "/work");
    let module = sources.insert(Path::new("modules/secret/main.tf"), MODULE);
    let root = sources.insert(Path::new("main.tf"), ROOT);
    let policy = sources.insert(Path::new("a dir/policy:1.json"), POLICY);

    let span = span_of(&module, "var.kms_key_id");
    let mut secret = finding("SM001", "secret-default-key", Severity::High, "no key of its own", span);
    let instances: Vec<_> = ["a", "b"]
        .map(|name| Address::new(format!("module.x[\"{name}\"].aws_secretsmanager_secret.this")))
        .into();
    secret.resource = instances.first().cloned();
    secret.instances = instances;
    secret.related =
        vec![Related { span: span_of(&root, "module \"a\""), message: "called here".to_owned() }];
    let mut public = finding(
        "KMS002",
        "public-key-policy",
        Severity::Critical,
        "anyone can decrypt",
        span_of(&policy, "\"*\""),
    );
    public.statement = Some(StatementName { sid: None, index: 0, copy: 0 });
    public.resource = Some(Address::new("policy:1.json"));

    let excerpt = |file: &SourceFile| Excerpt {
        path: Arc::clone(file.display()),
        absolute: file.path().to_owned(),
        text: Arc::clone(file.text()),
        lines: LineIndex::new(file.text()),
    };
    let unknown = UndecidedPlace {
        undecided: Undecided {
            environments: Vec::new(),
            rule: rule("SM001"),
            resource: Address::new("aws_secretsmanager_secret.other"),
            span,
            reason: Reason::Input("var.key".into()),
            resolve_at: None,
        },
        path: "main.tf".into(),
        position: root.position(0),
        resolve_at: Some(("variables.tf".into(), root.position(11))),
    };
    Report {
        fails: true,
        findings: vec![public, secret],
        undecided: vec![unknown],
        missing_modules: vec![MissingModule {
            kind: keylint_model::CallKind::Module,
            address: Address::new("module.remote"),
            path: "main.tf".into(),
            position: root.position(0),
        }],
        coverage: Coverage {
            files: 3,
            resources: 2,
            policies: 1,
            undecided: 1,
            missing_modules: 1,
            ..Coverage::default()
        },
        errors: Vec::new(),
        hints: Vec::new(),
        files: HashMap::from([&module, &root, &policy].map(|file| (file.id(), excerpt(file)))),
    }
}

fn rules() -> Vec<RuleDoc> {
    let doc = |id: &str, name: &str, severity| RuleDoc {
        id: rule(id),
        name: name.into(),
        severity,
        confidence: Confidence::High,
        summary: "a summary".to_owned(),
        markdown: "# a page".to_owned(),
        url: format!("https://example.invalid/{id}"),
        tags: vec!["kms".to_owned()],
    };
    vec![
        doc("KMS002", "public-key-policy", Severity::Critical),
        doc("SM001", "secret-default-key", Severity::High),
        doc("SM002", "replica-default-key", Severity::High),
    ]
}

fn written(report: &Report, format: Format, options: &Options) -> String {
    let mut out = Vec::new();
    keylint_report::write(report, &rules(), format, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn concise_is_one_line_for_each_finding() {
    let text = written(&report(), Format::Concise, &Options::default());
    assert_eq!(
        text,
        "a dir/policy:1.json:2:24: critical KMS002 anyone can decrypt (policy:1.json)\n\
         modules/secret/main.tf:3:16: high SM001 no key of its own \
         (module.x[\"a\"].aws_secretsmanager_secret.this and 1 more)\n"
    );
}

#[test]
fn undecided_places_are_listed_on_request_with_what_would_resolve_them() {
    let options = Options { show_unknown: true, ..Options::default() };
    let text = written(&report(), Format::Concise, &options);
    let expected = "main.tf:1:1: undecided SM001 aws_secretsmanager_secret.other: `var.key` has no value (see variables.tf:1:12)";
    assert!(text.lines().any(|line| line == expected), "{text}");
    let missing = "main.tf:1:1: not checked module.remote: the module is not on disk";
    assert!(text.lines().any(|line| line == missing), "{text}");
}

#[test]
fn full_shows_the_token_the_call_and_a_summary() {
    let text = written(&report(), Format::Full, &Options::default());
    let expected = "\
critical KMS002 public-key-policy

  × anyone can decrypt (policy:1.json, statement 1)
   ╭─[a dir/policy:1.json:2:24]
 1 │ {
 2 │   \"é\": 1, \"Principal\": \"*\"
   ·                        ───
 3 │ }
   ╰────
  help: do something about it
";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("modules/secret/main.tf:3:16"), "{text}");
    assert!(text.contains("called here"), "{text}");
    assert!(text.contains("main.tf:1:1"), "{text}");
    assert!(text.ends_with("2 findings: 1 critical, 1 high\n"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours unless asked for");
    let coloured = written(&report(), Format::Full, &Options { color: true, ..Options::default() });
    assert!(coloured.contains('\u{1b}'));
}

#[test]
fn full_shows_the_text_of_two_places_of_several_alike_and_names_the_others() {
    let mut report = report();
    let [_, secret] = report.findings.as_mut_slice() else { panic!("two findings") };
    let call = secret.related[0].span;
    let after = |bytes: usize| Span::new(call.file, call.end as usize + bytes, call.end as usize + bytes + 3);
    let related = |span, message: &str| Related { span, message: message.to_owned() };
    secret.related.extend([after(2), after(5)].map(|other| related(other, "called here")));
    let mut next = finding("SM002", "replica-default-key", Severity::High, "another", secret.span);
    next.related = vec![related(call, "called here"), related(call, "used here")];
    report.findings.push(next);
    let text = written(&report, Format::Full, &Options::default());
    let advice: Vec<&str> = text.lines().filter(|line| line.contains('☞')).map(str::trim).collect();
    let expected = [
        "☞ called here",
        "☞ called here",
        "☞ called here also at main.tf:2:3",
        // It was shown before.
        "☞ called here: main.tf:1:1",
        "☞ used here: main.tf:1:1",
    ];
    assert_eq!(advice, expected, "{text}");
    assert_eq!(text.matches("╭─[main.tf:1:1]").count(), 1, "{text}");
}

#[test]
fn json_follows_the_contract() {
    let document: Value =
        serde_json::from_str(&written(&report(), Format::Json, &Options::default())).unwrap();
    assert_eq!(document["version"], 1);
    let secret = &document["findings"][1];
    assert_eq!(secret["rule"], "SM001");
    let start = MODULE.find("var.kms_key_id").unwrap();
    assert_eq!(secret["range"]["start"], serde_json::json!({"line": 3, "column": 16, "offset": start}));
    assert_eq!(secret["range"]["end"]["offset"], start + "var.kms_key_id".len());
    assert_eq!(secret["instances"].as_array().unwrap().len(), 2);
    assert_eq!(secret["related"][0]["path"], "main.tf");
    assert_eq!(secret["url"], "https://example.invalid/SM001");
    assert_eq!(secret["statement"], Value::Null);
    assert_eq!(secret["fix"], Value::Null);
    assert_eq!(document["findings"][0]["statement"], serde_json::json!({"sid": null, "index": 0}));
    assert_eq!(
        document["coverage"],
        serde_json::json!({"files": 3, "resources": 2, "policies": 1, "undecided": 1, "missing_modules": 1, "unparsed": []})
    );
}

/// The fields that GitHub requires, and the limits that it rejects files for: see "SARIF support
/// for code scanning".
#[test]
fn sarif_has_what_code_scanning_requires() {
    let document: Value =
        serde_json::from_str(&written(&report(), Format::Sarif, &Options::default())).unwrap();
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3, "all rules, whether they report or not");
    for rule in rules {
        assert!(rule["properties"]["security-severity"].is_string());
        assert!(!rule["shortDescription"]["text"].as_str().unwrap().is_empty());
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
    }
    for result in run["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert!(!place["artifactLocation"]["uri"].as_str().unwrap().is_empty());
        assert!(place["region"]["endColumn"].as_u64() > place["region"]["startColumn"].as_u64());
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
    }
    let uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str();
    assert_eq!(uri, Some("a%20dir/policy%3A1.json"));
    let text = run["results"][1]["message"]["text"].as_str().unwrap();
    assert!(text.contains("[called here](1)") && text.contains("module.x\\["), "{text}");
    assert_eq!(run["results"][1]["relatedLocations"][0]["id"], 1);
}

#[test]
fn a_report_without_findings_is_valid_in_every_format() {
    let mut empty = report();
    empty.findings.clear();
    let sarif: Value = serde_json::from_str(&written(&empty, Format::Sarif, &Options::default())).unwrap();
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
    let json: Value = serde_json::from_str(&written(&empty, Format::Json, &Options::default())).unwrap();
    assert_eq!(json["findings"], serde_json::json!([]));
    assert_eq!(written(&empty, Format::Concise, &Options::default()), "");
    assert_eq!(written(&empty, Format::Full, &Options::default()), "no findings\n");
    assert_eq!(written(&empty, Format::Github, &Options::default()), "");
}

#[test]
fn annotations_are_escaped_and_limited() {
    let mut many = report();
    let pattern = many.findings[0].clone();
    many.findings.extend(std::iter::repeat_n(pattern, 12));
    let text = written(&many, Format::Github, &Options::default());
    assert_eq!(text.lines().filter(|line| line.starts_with("::error ")).count(), 10);
    assert!(text.starts_with(
        "::error file=a dir/policy%3A1.json,line=2,col=24,endColumn=27,endLine=2,title=KMS002 "
    ));
    assert!(
        text.ends_with("::notice title=keylint::4 more findings are in the log and in the SARIF file\n"),
        "{text}"
    );
}

#[test]
fn the_coverage_line_says_what_was_and_was_not_seen() {
    assert_eq!(
        coverage_line(&report()),
        "checked 3 files, 2 resources, 1 policy document; 1 undecided, 1 module not on disk (--show-unknown lists them)"
    );
    let mut other = report();
    other.coverage = Coverage { missing_modules: 2, undecided: 0, ..other.coverage };
    assert!(coverage_line(&other).ends_with("; 2 modules not on disk (--show-unknown lists them)"));
    for (kind, said) in [
        (keylint_model::CallKind::Stack, "1 module not on disk, 1 stack not read"),
        (keylint_model::CallKind::Transform, "1 module not on disk, 1 transform not known"),
    ] {
        other.missing_modules[0].kind = kind;
        assert!(coverage_line(&other).ends_with(&format!("; {said} (--show-unknown lists them)")), "{said}");
    }
    other.missing_modules.clear();
    other.coverage = Coverage { missing_modules: 0, ..other.coverage };
    assert!(coverage_line(&other).ends_with("; everything was decided"));
    other.coverage.unparsed = vec!["x.json".into()];
    assert!(coverage_line(&other).ends_with("policy document; 1 file not wholly read"));
    other.coverage = Coverage { unparsed: vec!["x.json".into()], ..Coverage::default() };
    assert_eq!(coverage_line(&other), "checked nothing: 1 file could not be read");
    other.coverage = Coverage::default();
    assert!(coverage_line(&other).starts_with("checked nothing: no "));
}

#[test]
fn a_long_line_is_cut_around_the_finding() {
    let mut long = report();
    let sources = Sources::new(Arc::new(Memory::new()), "/work");
    for name in ["0", "1", "2"] {
        sources.insert(Path::new(name), "");
    }
    let text = format!(
        "{{\"pad\": \"{}é\", \"Principal\": \"*\", \"end\": \"{}\"}}",
        "x".repeat(90_000),
        "y".repeat(90_000)
    );
    let file = sources.insert(Path::new("long.json"), text);
    long.findings.truncate(1);
    long.findings[0].span = span_of(&file, "\"*\"");
    long.findings[0].related =
        vec![Related { span: span_of(&file, "\"pad\""), message: "far away".to_owned() }];
    let excerpt = Excerpt {
        path: Arc::clone(file.display()),
        absolute: file.path().to_owned(),
        text: Arc::clone(file.text()),
        lines: LineIndex::new(file.text()),
    };
    long.files.insert(file.id(), excerpt);
    let text = written(&long, Format::Full, &Options::default());
    assert!(text.contains("\"Principal\": \"*\""), "{text}");
    assert!(text.contains("far away"), "{text}");
    assert!(text.contains("long.json:1:90027"), "{text}");
    assert!(text.len() < 4_000, "{} bytes", text.len());
}

/// A name with a line of its own would be a command to whoever reads the log.
#[test]
fn names_stay_on_the_line_they_are_written_on() {
    let mut report = report();
    let evil = "a\n::warning title=x::pwned\u{1b}[31m\u{202e}";
    for finding in &mut report.findings {
        finding.message = format!("{} {evil}", finding.message);
        finding.resource = Some(Address::new(evil));
        finding.instances = vec![Address::new(evil)];
        finding.statement = Some(StatementName { sid: Some(evil.into()), index: 0, copy: 0 });
        finding.related.iter_mut().for_each(|related| related.message = evil.to_owned());
        finding.help = Some(evil.to_owned());
    }
    for place in &mut report.undecided {
        place.undecided.resource = Address::new(evil);
    }
    for format in [Format::Concise, Format::Full, Format::Github] {
        let mut out = Vec::new();
        let options = Options { show_unknown: true, ..Options::default() };
        keylint_report::write(&report, &[], format, &options, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let has_command = |line: &str| line.trim_start().starts_with("::") && format != Format::Github;
        assert!(!text.lines().any(has_command), "{text}");
        assert!(!text.contains('\u{202e}') || format == Format::Github, "{text}");
        let is_split = text.lines().any(|line| line.trim_start().starts_with("::warning title=x"));
        assert!(!is_split, "{text}");
        if format == Format::Concise {
            assert!(!text.contains('\u{1b}'), "{text}");
            assert!(text.contains(r"(a\u{a}::warning title=x::pwned\u{1b}[31m\u{202e}"), "{text}");
        }
    }
}

/// An excerpt shows what a pull request wrote, and does not send it to the terminal.
#[test]
fn excerpts_have_no_control_characters_of_their_own() {
    let text = "{\"Sid\": \"\u{1b}[2Jx\u{202e}y\u{7}\", \"Principal\": \"*\"}\n";
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    let file = sources.insert(Path::new("evil.json"), text);
    let mut report = report();
    let span = span_of(&file, "\"*\"");
    let mut shown = finding("KMS002", "public-key-policy", Severity::High, "anyone can decrypt", span);
    shown.related.clear();
    report.findings = vec![shown];
    report.files = HashMap::from([(
        file.id(),
        Excerpt {
            path: "evil.json".into(),
            absolute: "/evil.json".into(),
            text: Arc::clone(file.text()),
            lines: LineIndex::new(file.text()),
        },
    )]);
    for color in [false, true] {
        let text = written(&report, Format::Full, &Options { color, ..Options::default() });
        assert!(text.contains(r"\u{1b}[2Jx\u{202e}y\u{7}"), "{text}");
        assert!(!text.contains("\u{1b}[2J") && !text.contains('\u{202e}') && !text.contains('\0'), "{text}");
    }
}

#[test]
fn what_github_would_refuse_is_left_out_and_said() {
    let mut report = report();
    let finding = report.findings.first().unwrap().clone();
    report.findings = vec![finding; 25_002];
    let mut out = Vec::new();
    keylint_report::write(&report, &[], Format::Sarif, &Options::default(), &mut out).unwrap();
    let document: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(document.pointer("/runs/0/results").unwrap().as_array().unwrap().len(), 25_000);
    let said = document.pointer("/runs/0/invocations/0/toolExecutionNotifications/0/message/text").unwrap();
    assert!(said.as_str().unwrap().starts_with("2 results are left out"), "{said}");
}
