//! The resources of a module and of the modules that it calls.

use std::rc::Rc;
use std::sync::Arc;

use keylint_model::{Address, Resource};

use super::{Evaluator, ModuleInstance};
use crate::limits;

impl<'p> Evaluator<'p> {
    /// Appends the resources of a module instance in the order in which they are written, then
    /// those of the modules that it calls.
    pub(super) fn collect(&self, module: &Rc<ModuleInstance<'p>>, resources: &mut Vec<Resource>) {
        self.validate(module);
        self.settle(module);
        for position in 0..module.directory.declarations.resources.len() {
            self.collect_resource(module, position, resources);
        }
        for position in 0..module.directory.declarations.calls.len() {
            if let Some(children) = self.children(module, position) {
                for child in self.called_modules(module, &children) {
                    self.collect(&child, resources);
                }
            }
        }
    }

    /// Reports the resources that were left out: all of them at the first one.
    pub(super) fn report_left_out(&self) {
        if let Some((span, count)) = self.beyond.get() {
            let beyond = if count == 1 { "1 of them is".to_owned() } else { format!("{count} of them are") };
            self.over_limit(span, &format!("there are too many resources: {beyond} left out"));
        }
    }

    fn collect_resource(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        position: usize,
        resources: &mut Vec<Resource>,
    ) {
        let Some(block) = module.directory.declarations.resources.get(position) else { return };
        let Some(expansion) = self.expansion(module, position) else { return };
        for (number, instance) in expansion.instances.iter().enumerate() {
            if self.resources.get() >= limits::RESOURCES {
                let (span, before) = self.beyond.get().unwrap_or((block.block.header, 0));
                let more = expansion.instances.len().saturating_sub(number);
                self.beyond.set(Some((span, before.saturating_add(more))));
                return;
            }
            // Both sides of a contradiction never exist together.
            let Some(guard) = module.guard.and(&instance.guard) else { continue };
            let Some(attributes) = self.attributes(module, position, number) else { continue };
            self.resources.set(self.resources.get() + 1);
            let address = format!("{}{}{}", module.prefix, block.address, instance.suffix);
            resources.push(Resource {
                address: Address::new(address),
                type_name: Arc::clone(&block.type_name.text),
                mode: block.mode,
                attributes: (*attributes).clone(),
                span: block.block.span,
                header: block.block.header,
                guard,
                symbolic: module.symbolic || instance.symbolic,
                calls: Arc::clone(&module.calls),
                construct: None,
            });
        }
    }
}
