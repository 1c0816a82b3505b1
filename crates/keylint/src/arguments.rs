//! What can be given on the command line. Help, completions and the manual come from here.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Arg, ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use keylint_engine::GivenInput;
use keylint_report::Format;
use keylint_rules::Severity;

use crate::exit::Exit;
use crate::output;
use crate::policy::PolicyCommand;

/// Static policy-as-code linter for secrets, keys and access policies on AWS.
///
/// Reads Terraform, CloudFormation and policy documents before anything is deployed. Opens no
/// network connection and starts no process.
#[derive(Debug, Parser)]
#[command(name = "keylint", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 nothing found, 1 findings, 2 anything else.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check files and directories
    Check(CheckArguments),
    /// List the rules, or show the page of one
    #[command(visible_alias = "explain")]
    Rule(RuleArguments),
    /// List what would be read, and as what
    Files(FilesArguments),
    /// Show the configuration that is in force
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Ask about policies
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Print the version, and the date of the data of AWS
    Version,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Run the language server on standard input and output
    Server,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,

    /// Take what the sources leave open from a plan of them, as `terraform show -json` writes it
    #[arg(
        long,
        value_name = "PATH",
        help_heading = "Input",
        long_help = "Take what the sources leave open from a plan or state of them, as `terraform show -json PLAN` \
                     writes it. Findings point into the sources; the plan has to be of one root module among \
                     them."
    )]
    pub(crate) plan: Option<PathBuf>,

    /// Take the values of templates' parameters from this file, JSON or YAML
    #[arg(
        long,
        value_name = "PATH",
        help_heading = "Input",
        long_help = "Take the values of templates' parameters from this file, JSON or YAML: the list of the AWS CLI \
                     (ParameterKey, ParameterValue), a template configuration of CodePipeline (Parameters), or a plain \
                     mapping. Given several times, the last file that gives a parameter counts."
    )]
    pub(crate) parameters: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) variables: VariableArguments,

    /// Give Terraform's variables also what TF_VAR_name in the environment holds
    #[arg(long, help_heading = "Input")]
    pub(crate) tf_var_env: bool,

    /// Check only this environment of the configuration
    #[arg(long = "env", value_name = "NAME", help_heading = "Input")]
    pub(crate) environments: Vec<String>,

    /// Run only these rules: codes, names, beginnings of codes, or ALL
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub(crate) select: Vec<String>,

    /// Do not run these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub(crate) ignore: Vec<String>,

    /// Report only findings of this severity or a higher one
    #[arg(long, value_name = "SEVERITY", default_value = "info", help_heading = "Rules")]
    pub(crate) min_severity: SeverityName,

    /// Exit with 1 only for findings of this severity or a higher one [default: low]
    #[arg(long, value_name = "SEVERITY", help_heading = "Result")]
    pub(crate) fail_on: Option<SeverityName>,

    /// Exit with 0 whatever is found (but not whatever goes wrong)
    #[arg(long, help_heading = "Result")]
    pub(crate) exit_zero: bool,

    /// Exit with 2 when there is nothing to check
    #[arg(long, help_heading = "Result")]
    pub(crate) strict: bool,

    /// How to write the report; several with :PATH to write the others to files
    #[arg(
        long,
        value_name = "FORMAT[:PATH]",
        default_value = "full",
        env = "KEYLINT_OUTPUT_FORMAT",
        help_heading = "Output",
        action = ArgAction::Append,
        long_help = "How to write the report: full, concise, json, sarif or github. Given several times, all \
                     but one name a file: `--output-format concise --output-format sarif:keylint.sarif`."
    )]
    pub(crate) output_format: Vec<OutputFormat>,

    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "PATH", help_heading = "Output")]
    pub(crate) output_file: Option<PathBuf>,

    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(crate) color: ColorChoice,

    /// Print nothing but the report: no progress, no hints, no coverage statement
    #[arg(long, short, help_heading = "Output")]
    pub(crate) quiet: bool,

    /// List what could not be decided, with the place that would resolve it
    #[arg(long, help_heading = "Output")]
    pub(crate) show_unknown: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RuleArguments {
    /// The rule, by code or name
    pub(crate) id: Option<String>,

    /// How to write it: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: ListFormat,

    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

#[derive(Debug, Args)]
pub(crate) struct FilesArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,

    /// How to write them: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: ListFormat,
}

/// What is read.
#[derive(Debug, Args)]
pub(crate) struct InputArguments {
    /// Files and directories; - for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) configuration: ConfigurationArguments,

    /// The name that standard input goes by; its ending says what it is
    #[arg(long, value_name = "PATH", help_heading = "Input")]
    pub(crate) stdin_filename: Option<PathBuf>,

    /// The kind of bare policy documents, or auto to take every JSON and YAML file given for one
    #[arg(long, value_name = "KIND", help_heading = "Input")]
    pub(crate) policy_kind: Option<String>,

    /// Leave out what matches this pattern, written as in .gitignore
    #[arg(long, value_name = "PATTERN", help_heading = "Input")]
    pub(crate) exclude: Vec<String>,

    /// Apply exclusions and .gitignore also to files that are given by name
    #[arg(long, help_heading = "Input")]
    pub(crate) force_exclude: bool,

    /// Read also what .gitignore leaves out
    #[arg(long, help_heading = "Input")]
    pub(crate) no_respect_gitignore: bool,

    /// How many threads to use; as many as there are processors when absent
    #[arg(long, value_name = "NUMBER", help_heading = "Input", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print what the configuration of a directory says, and where it is
    Show(ConfigShowArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigShowArguments {
    /// The directory, or a file in it
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,

    #[command(flatten)]
    pub(crate) configuration: ConfigurationArguments,
}

/// Which configuration counts.
#[derive(Debug, Args)]
pub(crate) struct ConfigurationArguments {
    /// Read this configuration file, whatever is checked, instead of the nearest keylint.toml upwards
    #[arg(long, value_name = "PATH", help_heading = "Configuration", conflicts_with = "isolated")]
    pub(crate) config: Option<PathBuf>,

    /// Ignore configuration files
    #[arg(long, help_heading = "Configuration")]
    pub(crate) isolated: bool,
}

/// Values for Terraform's variables, in the order in which they are given: the last one counts,
/// be it of a file or not.
#[derive(Debug, Default)]
pub(crate) struct VariableArguments(pub(crate) Vec<GivenInput>);

impl VariableArguments {
    fn read(matches: &ArgMatches) -> Self {
        let mut inputs: Vec<(usize, GivenInput)> = Vec::new();
        if let (Some(places), Some(values)) = (matches.indices_of("var"), matches.get_many("var")) {
            inputs.extend(places.zip(values.cloned()));
        }
        if let (Some(places), Some(paths)) =
            (matches.indices_of("var_file"), matches.get_many::<PathBuf>("var_file"))
        {
            inputs.extend(places.zip(paths.cloned().map(GivenInput::File)));
        }
        inputs.sort_by_key(|(place, _)| *place);
        VariableArguments(inputs.into_iter().map(|(_, input)| input).collect())
    }
}

impl FromArgMatches for VariableArguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self::read(matches))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::read(matches);
        Ok(())
    }
}

impl Args for VariableArguments {
    fn augment_args(command: clap::Command) -> clap::Command {
        let variable = Arg::new("var")
            .long("var")
            .value_name("NAME=VALUE")
            .action(ArgAction::Append)
            .help_heading("Input")
            .value_parser(given_value)
            .help("Give a variable of Terraform this value, as `terraform plan -var` does");
        let file = Arg::new("var_file")
            .long("var-file")
            .value_name("PATH")
            .action(ArgAction::Append)
            .help_heading("Input")
            .value_parser(clap::value_parser!(PathBuf))
            .help("Give Terraform's variables the values of this file, as `terraform plan -var-file` does");
        command.arg(variable).arg(file)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

/// `NAME=VALUE`. The error does not repeat the text: what was meant for a value may be secret.
fn given_value(text: &str) -> Result<GivenInput, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok(GivenInput::Value { name: name.trim().to_owned(), text: value.to_owned() })
        }
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How lists are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// A severity by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeverityName(pub(crate) Severity);

impl FromStr for SeverityName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Severity::ALL.into_iter().find(|severity| severity.name() == name);
        found
            .map(SeverityName)
            .ok_or_else(|| format!("severities are {}", Severity::ALL.map(Severity::name).join(", ")))
    }
}

/// A format, and the file that it is written to where that is not the usual place.
#[derive(Clone, Debug)]
pub(crate) struct OutputFormat {
    pub(crate) format: Format,
    pub(crate) path: Option<PathBuf>,
}

impl FromStr for OutputFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, path) = match text.split_once(':') {
            Some((name, path)) => (name, Some(path)),
            None => (text, None),
        };
        let format = name.parse::<Format>().map_err(|error| error.to_string())?;
        match path {
            Some("") => Err("the path after `:` is empty".to_owned()),
            path => Ok(OutputFormat { format, path: path.map(PathBuf::from) }),
        }
    }
}

/// Prints the completion script of a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "keylint", &mut script);
    output::to_stdout(&String::from_utf8_lossy(&script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_arguments_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn rules_are_separated_by_commas_or_given_repeatedly() {
        let arguments =
            Arguments::parse_from(["keylint", "check", "--select", "SM,KMS001", "--select", "IAM"]);
        let Command::Check(check) = arguments.command else { panic!("{arguments:?}") };
        assert_eq!(check.select, ["SM", "KMS001", "IAM"]);
    }
}
