//! What Terraform itself provides: the resource type `terraform_data` and the data source
//! `terraform_remote_state`.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/resources/terraform-data>.

use std::sync::Arc;

use keylint_model::{Data, Mode, Origin, Part, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::hcl::Name;

use crate::project::ResourceBlock;
use crate::values;

/// Whether a block is of the type.
pub(super) fn is_builtin(block: &ResourceBlock) -> bool {
    block.mode == Mode::Managed && &*block.type_name.text == "terraform_data"
}

/// What Terraform rejects in an attribute of a state that is read elsewhere.
pub(super) fn of_remote_state(block: &ResourceBlock, name: &Name) -> Option<Value> {
    let is_it = block.mode == Mode::Data && &*block.type_name.text == "terraform_remote_state";
    let is_known = matches!(&*name.text, "backend" | "config" | "defaults" | "outputs" | "workspace");
    let quoted = || values::quoted(&name.text);
    (is_it && !is_known).then(|| {
        values::invalid(name.span, format!("`terraform_remote_state` has no attribute {}", quoted()))
    })
}

/// An attribute that the block does not set itself. What is made at deployment has a type before:
/// the output has that of `input`.
pub(super) fn attribute(name: &Name, input: Option<&Value>, whole: &Unknown, span: Span) -> Value {
    let later = || values::extend(whole, &name.text);
    match &*name.text {
        "id" => string(later(), span),
        "input" | "triggers_replace" => values::made(Data::Null, span),
        "output" => match input {
            None => values::made(Data::Null, span),
            Some(Value { data: Data::String(_) | Data::Partial(_) | Data::Json(_), .. }) => {
                string(later(), span)
            }
            Some(_) => values::unknown(later(), span),
        },
        other => {
            values::invalid(name.span, format!("`terraform_data` has no attribute {}", values::quoted(other)))
        }
    }
}

/// A string of which nothing is known but that it is one.
fn string(unknown: Unknown, span: Span) -> Value {
    let hole = Part::Hole(Arc::new(unknown), Some(span));
    Value::new(Data::Partial([hole].into()), Origin::at(span))
}
