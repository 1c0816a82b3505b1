//! What the CDK's specification of resource types says: the documentation of each property, what
//! identifies a resource, what `Ref` returns where that is something else, and the form of its ARN.
//! <https://www.npmjs.com/package/@aws-cdk/aws-service-spec>

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

/// The specification of all types.
pub(super) struct Spec {
    /// The version of the package.
    pub(super) version: String,
    /// By the name of the type.
    pub(super) types: BTreeMap<String, Described>,
}

/// What is said of a resource type.
#[derive(Default)]
pub(super) struct Described {
    /// What identifies a resource, as paths with dots.
    pub(super) identifier: Vec<String>,
    /// What `Ref` returns, where that is not what identifies the resource.
    pub(super) by_ref: Vec<String>,
    /// The form of the ARN, from the Service Authorization Reference: `arn:${Partition}:sqs:…`.
    pub(super) arn: Option<String>,
    /// The documentation of properties and attributes, by path.
    pub(super) texts: HashMap<String, String>,
}

impl Spec {
    /// Reads the directory of an unpacked package.
    #[expect(clippy::disallowed_methods, reason = "a developer's tool")]
    pub(super) fn read(package: &Path) -> anyhow::Result<Spec> {
        let about = package.join("package.json");
        let about = std::fs::read_to_string(&about).with_context(|| about.display().to_string())?;
        let about: Value = serde_json::from_str(&about)?;
        let version = about.get("version").and_then(Value::as_str).context("package.json has no version")?;
        let packed = std::fs::read(package.join("db.json.gz")).context("db.json.gz")?;
        let database: Value = serde_json::from_slice(&unpacked(&packed)?).context("db.json")?;
        let entities = database.pointer("/schema/resource/entities").and_then(Value::as_array);
        let entities = entities.context("db.json has no resource types")?;
        let types = entities.iter().filter_map(|entity| {
            let name = entity.get("cloudFormationType")?.as_str()?;
            Some((name.to_owned(), Described::of(entity)))
        });
        Ok(Spec { version: version.to_owned(), types: types.collect() })
    }
}

impl Described {
    /// What an entity of the database says.
    pub(super) fn of(entity: &Value) -> Described {
        let paths = |name: &str| {
            let list = entity.get(name).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|path| Some(path.as_str()?.replace('/', "."))).collect()
        };
        let mut texts = HashMap::new();
        for members in ["attributes", "properties"].iter().filter_map(|name| entity.get(*name)?.as_object()) {
            for (path, about) in members {
                let text = about.get("documentation").and_then(Value::as_str).unwrap_or_default();
                texts.entry(path.clone()).or_insert_with(|| text.to_owned());
            }
        }
        Described {
            identifier: paths("primaryIdentifier"),
            by_ref: paths("cfnRefIdentifier"),
            arn: entity.get("arnTemplate").and_then(Value::as_str).map(str::to_owned),
            texts,
        }
    }
}

/// The content of a file of gzip: <https://www.rfc-editor.org/rfc/rfc1952>.
fn unpacked(packed: &[u8]) -> anyhow::Result<Vec<u8>> {
    const HEADER: usize = 10;
    const NAME: u8 = 8;
    let flags = *packed.get(3).context("no gzip")?;
    anyhow::ensure!(packed.starts_with(&[0x1f, 0x8b, 8]) && flags & !NAME == 0, "no plain gzip");
    let mut stream = packed.get(HEADER..).context("no gzip")?;
    if flags & NAME != 0 {
        let end = stream.iter().position(|byte| *byte == 0).context("no end of the name")?;
        stream = stream.get(end + 1..).context("no stream")?;
    }
    miniz_oxide::inflate::decompress_to_vec(stream).map_err(|error| anyhow::anyhow!("db.json.gz: {error}"))
}
