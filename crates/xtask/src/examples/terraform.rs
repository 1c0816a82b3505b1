//! A policy in every way that people write policies in Terraform.
//!
//! `@{name}` in a policy is a part that is not known: the variable `name`, which has no value.

use std::fmt::Write as _;

use serde_json::Value;

use super::Spelling;

/// Every spelling of a policy in a resource that `sink` writes around the expression that gives
/// the policy.
pub(super) fn spellings(policy: &str, sink: &dyn Fn(&str) -> String) -> Vec<Spelling> {
    let writer = Writer { policy, sink, holes: policy.contains("@{") };
    let mut spellings = vec![
        // JSON is an expression of HCL but for its escapes.
        writer.spelling("jsonencode", &format!("jsonencode({})", writer.native()), "", &[]),
        writer.spelling("a heredoc", &format!("<<POLICY\n{}\nPOLICY\n", writer.native()), "", &[]),
        writer.spelling("a quoted string", &quoted(&writer.native()), "", &[]),
        writer.file("file()", &|file| file.to_owned()),
        writer.file("jsonencode(jsondecode(file()))", &|file| format!("jsonencode(jsondecode({file}))")),
        writer.module_argument(),
        writer.module_output(),
    ];
    spellings.extend(writer.template_file());
    spellings.extend(writer.local_file());
    spellings.extend(writer.variable());
    spellings.extend(writer.concatenated());
    spellings.extend(writer.filled());
    if let Some(source) = serde_json::from_str(policy).ok().and_then(|policy| data_source(&policy)) {
        for (name, attribute) in [("aws_iam_policy_document", "json"), ("minified_json", "minified_json")] {
            let expression = format!("data.aws_iam_policy_document.example.{attribute}");
            let source = source.replace("@{", "${var.");
            // Lists with a line for each element are spelled otherwise only where there are such.
            let lines = source.replace("\", \"", "\",\n      \"");
            if attribute == "json" && lines != source {
                spellings.push(writer.spelling(
                    "aws_iam_policy_document over lines",
                    &expression,
                    &lines,
                    &[],
                ));
            }
            spellings.push(writer.spelling(name, &expression, &source, &[]));
        }
    }
    spellings
}

/// The text as it is written where templates are read.
pub(super) fn escaped(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// A quoted string of HCL that says what a template says.
fn quoted(template: &str) -> String {
    let inner = template.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{inner}\"")
}

struct Writer<'w> {
    policy: &'w str,
    sink: &'w dyn Fn(&str) -> String,
    holes: bool,
}

impl Writer<'_> {
    /// The policy as a template of HCL.
    fn native(&self) -> String {
        escaped(self.policy).replace("@{", "${var.")
    }

    /// What declares the variables of the holes.
    fn variables(&self) -> String {
        let names: std::collections::BTreeSet<&str> = self
            .policy
            .split("@{")
            .skip(1)
            .filter_map(|after| after.split_once('}'))
            .map(|it| it.0)
            .collect();
        names.iter().map(|name| format!("variable \"{name}\" {{\n  type = string\n}}\n")).collect()
    }

    fn spelling(
        &self,
        name: &'static str,
        expression: &str,
        before: &str,
        more: &[(&'static str, String)],
    ) -> Spelling {
        let main = format!("{}{before}\n{}", self.variables(), (self.sink)(expression));
        let files = std::iter::once(("main.tf", main)).chain(more.iter().cloned()).collect();
        Spelling { name, files, policies: None }
    }

    /// A plain file; its holes are filled by `format`.
    fn file(&self, name: &'static str, through: &dyn Fn(&str) -> String) -> Spelling {
        let file = "file(\"${path.module}/policy.txt\")";
        let (mut text, mut arguments) = (String::new(), String::new());
        for part in self.policy.split("@{") {
            match part.split_once('}') {
                Some((name, after)) if !text.is_empty() => {
                    text.push_str("%s");
                    text.push_str(after);
                    arguments.push_str(&format!(", var.{name}"));
                }
                _ => text.push_str(part),
            }
        }
        let expression = match arguments.is_empty() {
            true => file.to_owned(),
            false => format!("format({file}{arguments})"),
        };
        self.spelling(name, &through(&expression), "", &[("policy.txt", text)])
    }

    /// A template in a file, that a function or a data source renders.
    fn template_file(&self) -> [Spelling; 2] {
        let names = self.variables();
        let given: Vec<String> = names
            .split("variable \"")
            .skip(1)
            .filter_map(|it| it.split_once('"'))
            .map(|(name, _)| format!("{name} = var.{name}"))
            .collect();
        let given = given.join(", ");
        let files = [("policy.tftpl", escaped(self.policy).replace("@{", "${"))];
        let expression = format!("templatefile(\"${{path.module}}/policy.tftpl\", {{ {given} }})");
        let data = format!(
            "data \"template_file\" \"policy\" {{\n  template = \"${{file(\"${{path.module}}/policy.tftpl\")}}\"\n  vars     = {{ {given} }}\n}}\n"
        );
        [
            self.spelling("templatefile()", &expression, "", &files),
            self.spelling("data.template_file", "data.template_file.policy.rendered", &data, &files),
        ]
    }

    /// A file that a data source reads.
    fn local_file(&self) -> Option<Spelling> {
        let data = "data \"local_file\" \"policy\" {\n  filename = \"${path.module}/policy.txt\"\n}\n";
        let files = [("policy.txt", self.policy.to_owned())];
        (!self.holes)
            .then(|| self.spelling("data.local_file", "data.local_file.policy.content", data, &files))
    }

    /// A variable of a module that carries the policy.
    fn module_argument(&self) -> Spelling {
        let call = format!(
            "{}module \"example\" {{\n  source = \"./example\"\n  policy = jsonencode({})\n}}\n",
            self.variables(),
            self.native()
        );
        let inner = format!("variable \"policy\" {{\n  type = string\n}}\n{}", (self.sink)("var.policy"));
        Spelling {
            name: "the argument of a module",
            files: vec![("main.tf", call), ("example/main.tf", inner)],
            policies: None,
        }
    }

    fn module_output(&self) -> Spelling {
        let variables = self.variables();
        let names = variables.split("variable \"").skip(1).filter_map(|it| it.split_once('"'));
        let given: String = names.map(|(name, _)| format!("  {name} = var.{name}\n")).collect();
        let call = format!("module \"example\" {{\n  source = \"./example\"\n{given}}}\n");
        let inner = format!(
            "{variables}output \"policy\" {{\n  value = <<-POLICY\n{}\n  POLICY\n}}\n",
            self.native()
        );
        self.spelling("the output of a module", "module.example.policy", &call, &[("example/main.tf", inner)])
    }

    /// The default of a variable, which refers to nothing.
    fn variable(&self) -> Option<Spelling> {
        let variable =
            format!("variable \"policy\" {{\n  default = <<-POLICY\n{}\n  POLICY\n}}\n", self.native());
        (!self.holes).then(|| self.spelling("the default of a variable", "var.policy", &variable, &[]))
    }

    /// Two halves, put together.
    fn concatenated(&self) -> Option<Spelling> {
        let middle = self.policy.match_indices(",\n").chain(self.policy.match_indices(", \"")).next()?.0;
        let (head, tail) = self.policy.split_at(middle);
        let half = |text: &str| quoted(&escaped(text).replace("@{", "${var."));
        let locals = format!("locals {{\n  head = {}\n  tail = {}\n}}\n", half(head), half(tail));
        Some(self.spelling("two strings", "\"${local.head}${local.tail}\"", &locals, &[]))
    }

    /// Functions that fill in the version.
    fn filled(&self) -> Vec<Spelling> {
        const VERSION: &str = "2012-10-17";
        if self.policy.matches(VERSION).count() != 1 {
            return Vec::new();
        }
        let mut spellings = Vec::new();
        let text = self.policy.replace(VERSION, "VERSION");
        if !self.holes {
            let expression = format!("replace(file(\"policy.txt\"), \"VERSION\", \"{VERSION}\")");
            spellings.push(self.spelling(
                "replace(file())",
                &expression,
                "",
                &[("policy.txt", text.clone())],
            ));
        }
        // What the first template leaves would be read by the second.
        if !text.contains(['%', '$']) {
            let native = text.replace("@{", "${var.");
            let format = quoted(&native.replace("VERSION", "%s"));
            let format = format!("format({format}, \"{VERSION}\")");
            spellings.push(self.spelling("format()", &format, "", &[]));
        }
        spellings
    }
}

/// The policy as a data source; `None` where the data source cannot say the same.
fn data_source(policy: &Value) -> Option<String> {
    let policy = policy.as_object()?;
    let mut text = String::from("data \"aws_iam_policy_document\" \"example\" {\n");
    for (key, value) in policy {
        match key.as_str() {
            "Version" => writeln!(text, "  version = {}", string(value)?).ok()?,
            "Id" => writeln!(text, "  policy_id = {}", string(value)?).ok()?,
            "Statement" => {
                for statement in several(value) {
                    text.push_str(&statement_block(statement)?);
                }
            }
            _ => return None,
        }
    }
    // Without a version the data source writes one; it takes the two that there are, no variables in the
    // older one, and every Sid once.
    let version = policy.get("Version")?.as_str()?;
    let is_taken = match version {
        "2012-10-17" => true,
        "2008-10-17" => !text.contains("&{"),
        _ => false,
    };
    let statements = policy.get("Statement").map(several).unwrap_or_default();
    let mut sids: Vec<&str> =
        statements.iter().filter_map(|statement| statement.get("Sid")?.as_str()).collect();
    let count = sids.len();
    sids.sort_unstable();
    sids.dedup();
    (is_taken && sids.len() == count).then(|| text + "}\n")
}

fn statement_block(statement: &Value) -> Option<String> {
    let mut text = String::from("  statement {\n");
    let statement = statement.as_object()?;
    // Without an effect the data source writes one, and it takes no other than these.
    if !matches!(statement.get("Effect")?.as_str()?, "Allow" | "Deny") {
        return None;
    }
    for (key, value) in statement {
        match key.as_str() {
            "Sid" if value == "" => return None,
            // Variables with `&` are none there.
            "Action" | "NotAction" | "Sid" if value.to_string().contains("${") => return None,
            "Sid" => writeln!(text, "    sid = {}", string(value)?).ok()?,
            "Effect" => writeln!(text, "    effect = {}", string(value)?).ok()?,
            "Action" => writeln!(text, "    actions = {}", list(value)?).ok()?,
            "NotAction" => writeln!(text, "    not_actions = {}", list(value)?).ok()?,
            "Resource" => writeln!(text, "    resources = {}", list(value)?).ok()?,
            "NotResource" => writeln!(text, "    not_resources = {}", list(value)?).ok()?,
            "Principal" => text.push_str(&principals("principals", value)?),
            "NotPrincipal" => text.push_str(&principals("not_principals", value)?),
            "Condition" => {
                for (operator, keys) in filled(value)? {
                    for (variable, values) in filled(keys)? {
                        writeln!(
                            text,
                            "    condition {{\n      test = \"{operator}\"\n      variable = \"{variable}\"\n      values = {}\n    }}",
                            list(values)?
                        )
                        .ok()?;
                    }
                }
            }
            _ => return None,
        }
    }
    Some(text + "  }\n")
}

fn principals(block: &str, value: &Value) -> Option<String> {
    let one = |kind: &str, identifiers: String| {
        format!("    {block} {{\n      type = \"{kind}\"\n      identifiers = {identifiers}\n    }}\n")
    };
    match value {
        Value::String(text) if text == "*" => Some(one("*", list(value)?)),
        Value::Object(_) => {
            filled(value)?.iter().map(|(kind, identifiers)| Some(one(kind, list(identifiers)?))).collect()
        }
        _ => None,
    }
}

/// The members of an object; the data source leaves an empty one out.
fn filled(value: &Value) -> Option<&serde_json::Map<String, Value>> {
    value.as_object().filter(|object| !object.is_empty())
}

fn several(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

fn list(value: &Value) -> Option<String> {
    let values = several(value);
    // The data source leaves an empty list out, and makes all values strings.
    let first = values.first()?;
    let is_mixed = values.iter().any(|value| value.is_string() != first.is_string());
    let elements: Option<Vec<String>> = values.into_iter().map(string).collect();
    elements.filter(|_| !is_mixed).map(|elements| format!("[{}]", elements.join(", ")))
}

/// A string of HCL; the data source writes policy variables with `&`.
fn string(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return None,
    };
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "&{")))
}
