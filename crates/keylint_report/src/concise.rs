//! One line for each finding: `path:line:column: severity RULE message (address)`.

use std::io::{self, Write};

use keylint_engine::Report;

use crate::{Options, Place, printable, printable_path, summary};

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        let place = Place::of(report, finding.span);
        write!(
            out,
            "{}:{}:{}: {} {} {}",
            printable_path(place.path),
            place.start.line,
            place.start.column,
            finding.severity,
            finding.rule,
            printable(&finding.message)
        )?;
        if let Some(resource) = crate::resource(finding) {
            write!(out, " ({}", printable(resource))?;
            if finding.instances.len() > 1 {
                write!(out, " and {} more", finding.instances.len() - 1)?;
            }
            write!(out, ")")?;
        }
        writeln!(out)?;
    }
    if options.show_unknown {
        for line in summary::undecided_lines(report) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}
