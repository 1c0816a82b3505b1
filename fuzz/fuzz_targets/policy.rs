//! A policy document of any content through the whole engine, as every kind that its shape may
//! suggest and inside a template: no panic, no internal error, places that exist.

#![no_main]

use std::path::PathBuf;
use std::sync::Arc;

use keylint_engine::{PolicyChoice, Project, Settings, lint};
use keylint_source::{Memory, Sources};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut files = Memory::new();
    files.insert("/work/policy.json", text);
    files.insert("/work/main.tf", format!("resource \"aws_kms_key\" \"k\" {{\n  policy = <<EOT\n{text}\nEOT\n}}\n"));
    let sources = Arc::new(Sources::new(Arc::new(files), "/work"));
    let project = Project { paths: vec![PathBuf::from("/work")], sources };
    let settings = Settings { policies: Some(PolicyChoice::Auto), threads: Some(1), ..Settings::default() };
    let report = lint(&project, &settings);
    for finding in &report.findings {
        assert_ne!(finding.rule.as_str(), "KL020", "{}", finding.message);
        let file = report.file(finding.span).expect("a finding points into a file of the report");
        assert!(file.text.get(finding.span.range()).is_some());
    }
});
