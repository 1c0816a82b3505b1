use super::*;

const SECRET: &str = r#"
variable "create" {
  type    = bool
  default = true
}
variable "name" {
  type = string
}
variable "kms_key_id" {
  type    = string
  default = null
}
variable "replica" {
  type = map(object({
    region     = optional(string)
    kms_key_id = optional(string, "alias/none")
  }))
  default = {}
}
resource "aws_secretsmanager_secret" "this" {
  count      = var.create ? 1 : 0
  name       = var.name
  kms_key_id = var.kms_key_id
  dynamic "replica" {
    for_each = var.replica
    content {
      region     = coalesce(replica.value.region, replica.key)
      kms_key_id = replica.value.kms_key_id
    }
  }
}
output "arn" {
  value = try(aws_secretsmanager_secret.this[0].arn, null)
}
"#;

#[test]
fn a_module_is_evaluated_through_its_callers() {
    let fixture = load(
        &[
            ("main.tf", SECRET),
            (
                "examples/complete/main.tf",
                r#"
module "secret" {
  source  = "../.."
  name    = "ex-${path.cwd}"
  replica = { us-east-1 = {}, other = { region = "us-west-2" } }
}
module "disabled" {
  source = "../.."
  name   = "off"
  create = false
}
resource "aws_x" "user" {
  secret = module.secret.arn
  none   = module.disabled.arn
}
"#,
            ),
        ],
        &[".", "examples/complete"],
    );
    assert_eq!(fixture.stacks.len(), 1);
    assert_eq!(&*fixture.stack().name, "examples/complete");
    assert_eq!(fixture.addresses(), ["aws_x.user", "module.secret.aws_secretsmanager_secret.this[0]"]);
    let address = "module.secret.aws_secretsmanager_secret.this[0]";
    let secret = fixture.resource(address);
    assert_eq!(fixture.place(secret.calls[0].span), "examples/complete/main.tf:2");
    assert_eq!(secret.calls[0].address.as_str(), "module.secret");
    assert_eq!(show(&fixture.value(address, &["name"])), "`ex-${path.cwd}`");
    assert_eq!(show(&fixture.value(address, &["kms_key_id"])), "null");
    assert_eq!(
        show(&fixture.value(address, &["replica"])),
        "[{region: \"us-west-2\", kms_key_id: \"alias/none\"}, {region: \"us-east-1\", kms_key_id: \"alias/none\"}]"
    );
    let arn = fixture.value("aws_x.user", &["secret"]);
    assert_eq!(arn.as_unknown().unwrap().reference.as_ref().unwrap().address.as_str(), address);
    assert_eq!(show(&fixture.value("aws_x.user", &["none"])), "null");
    let steps: Vec<_> = fixture.value(address, &["kms_key_id"]).origin.steps().map(|via| via.step).collect();
    assert_eq!(steps, [keylint_model::Step::Default]);
}

#[test]
fn calls_repeat_and_nest() {
    let fixture = load(
        &[
            (
                "main.tf",
                "module \"fleet\" {\n source = \"./outer\"\n for_each = { a = \"1\", b = \"2\" }\n name = each.value\n}\n\
                 resource \"aws_x\" \"it\" {\n one = module.fleet[\"a\"].name\n all = [for k, m in module.fleet : m.name]\n}",
            ),
            (
                "outer/main.tf",
                "variable \"name\" {}\nmodule \"inner\" {\n source = \"../inner\"\n count = 2\n name = \"${var.name}${count.index}\"\n}\n\
                 output \"name\" {\n value = join(\",\", module.inner[*].name)\n}",
            ),
            (
                "inner/main.tf",
                "variable \"name\" {}\nresource \"aws_y\" \"it\" {\n name = var.name\n}\noutput \"name\" {\n value = aws_y.it.name\n}",
            ),
        ],
        &["."],
    );
    assert_eq!(fixture.addresses()[2], "module.fleet[\"a\"].module.inner[1].aws_y.it");
    assert_eq!(show(&fixture.value("aws_x.it", &["one"])), "\"10,11\"");
    assert_eq!(show(&fixture.value("aws_x.it", &["all"])), "[\"10,11\", \"20,21\"]");
    let calls: Vec<_> = fixture.stack().resources[2].calls.iter().map(|call| call.address.as_str()).collect();
    assert_eq!(calls, ["module.fleet[\"a\"].module.inner[1]", "module.fleet[\"a\"]"]);
}

#[test]
fn a_module_that_is_not_on_disk_is_opaque() {
    let fixture = root(
        "module \"m\" {\n source = \"org/m/aws\"\n}\nmodule \"n\" {\n source = \"org/m/aws\"\n count = 0\n}\n\
         resource \"aws_x\" \"it\" {\n a = module.m.arn\n b = try(module.n[0].arn, \"none\")\n}",
    );
    let value = fixture.value("aws_x.it", &["a"]);
    assert_eq!(value.as_unknown().unwrap().reason.category(), "remote-module");
    assert_eq!(show(&value), "?module.m.arn");
    assert_eq!(show(&fixture.value("aws_x.it", &["b"])), "\"none\"");
}

#[test]
fn an_output_that_is_not_declared_is_a_problem() {
    let fixture = load(
        &[
            (
                "main.tf",
                "module \"m\" {\n source = \"./m\"\n}\nresource \"aws_x\" \"it\" {\n a = module.m.gone\n}",
            ),
            ("m/main.tf", ""),
        ],
        &["."],
    );
    assert_eq!(fixture.problems(), ["KL003 the module `m` has no output `gone`"]);
}

#[test]
fn arguments_that_a_module_does_not_take_or_does_not_get_are_problems() {
    let fixture = load(
        &[
            (
                "main.tf",
                "module \"m\" {\n source = \"./m\"\n count = 2\n kms_key = 1\n given = null\n}\n\
                 module \"remote\" {\n source = \"org/m/aws\"\n anything = 1\n}",
            ),
            (
                "m/main.tf",
                "variable \"kms_key_id\" {\n default = null\n}\nvariable \"given\" {}\nvariable \"name\" {}",
            ),
        ],
        &["."],
    );
    assert_eq!(
        fixture.problems(),
        [
            "KL003 the module `m` has no variable `kms_key`",
            "KL003 the call of the module `m` does not set `name`"
        ]
    );
}

#[test]
fn modules_that_call_each_other_end_with_a_problem() {
    let fixture = load(
        &[
            ("a/main.tf", "module \"b\" {\n source = \"../b\"\n}\nresource \"aws_x\" \"a\" {}"),
            ("b/main.tf", "module \"a\" {\n source = \"../a\"\n}\nresource \"aws_x\" \"b\" {}"),
            ("self/main.tf", "module \"me\" {\n source = \".\"\n count = 3\n}\nresource \"aws_x\" \"it\" {}"),
        ],
        &["a", "b", "self"],
    );
    assert_eq!(fixture.stacks.len(), 2);
    assert_eq!(fixture.addresses(), ["aws_x.a", "module.b.aws_x.b"]);
    assert_eq!(
        fixture.problems(),
        [
            "KL004 the module calls itself through `module.a`",
            "KL004 the module calls itself through `module.me`"
        ]
    );
}

#[test]
fn a_module_reads_its_own_files() {
    let fixture = load(
        &[
            ("stacks/app/main.tf", "module \"m\" {\n source = \"../../modules/m\"\n}"),
            (
                "modules/m/main.tf",
                "resource \"aws_x\" \"it\" {\n text = file(\"${path.module}/policy.json\")\n path = path.module\n}",
            ),
            ("modules/m/policy.json", "{}"),
        ],
        &["stacks/app"],
    );
    let text = fixture.value("module.m.aws_x.it", &["text"]);
    assert_eq!(show(&text), "\"{}\"");
    assert_eq!(fixture.place(text.origin.span.unwrap()), "modules/m/policy.json:1");
    assert_eq!(text.origin.steps().next().unwrap().step, keylint_model::Step::File);
    assert_eq!(show(&fixture.value("module.m.aws_x.it", &["path"])), "\"../../modules/m\"");
}

#[test]
fn a_source_may_be_made_of_locals_and_variables() {
    let module = |name: &str| format!("resource \"aws_x\" \"{name}\" {{}}");
    let (a, b) = (module("a"), module("b"));
    let main = "variable \"kind\" {\n default = \"a\"\n}\nlocals {\n base = { dir = \"./mods\" }\n}\n\
                module \"m\" {\n source = \"${local.base.dir}/${var.kind}\"\n}";
    let files = |values: &'static str| {
        vec![("main.tf", main), ("mods/a/main.tf", &*a), ("mods/b/main.tf", &*b), ("x.auto.tfvars", values)]
    };
    assert_eq!(load(&files(""), &["."]).addresses(), ["module.m.aws_x.a"]);
    assert_eq!(load(&files("kind = \"b\""), &["."]).addresses(), ["module.m.aws_x.b"]);
}

#[test]
fn a_source_is_that_of_the_instance_of_the_module() {
    let outer =
        "variable \"kind\" {\n default = \"a\"\n}\nmodule \"inner\" {\n source = \"./${var.kind}\"\n}";
    let fixture = load(
        &[
            (
                "main.tf",
                "module \"x\" {\n source = \"./outer\"\n}\nmodule \"y\" {\n source = \"./outer\"\n kind = \"b\"\n}",
            ),
            ("outer/main.tf", outer),
            ("outer/a/main.tf", "resource \"aws_x\" \"a\" {}"),
            ("outer/b/main.tf", "resource \"aws_x\" \"b\" {}"),
        ],
        &[".", "outer/b"],
    );
    let root = fixture.stacks.iter().find(|stack| &*stack.name == ".").unwrap();
    let addresses: Vec<_> = root.resources.iter().map(|it| it.address.as_str()).collect();
    assert_eq!(addresses, ["module.x.module.inner.aws_x.a", "module.y.module.inner.aws_x.b"]);
}
