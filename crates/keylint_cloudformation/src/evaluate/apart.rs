//! The resources of a large template, evaluated by several threads.
//!
//! What a resource says does not depend on those before it, but for what is counted over the whole
//! template and for values that lead back to themselves: there it matters where the circle is
//! entered. So each part of the resources has a share of the limits, and where a share is spent or a
//! circle is met, the answer is that the resources have to be evaluated one after the other. The
//! parts are the same whatever the number of threads, and with them the answer.

use std::collections::HashMap;

use keylint_model::{Resource, World};
use keylint_syntax::data::Member;
use rayon::prelude::*;

use super::{Evaluator, MAX_EXPANSION};
use crate::existence::Existence;
use crate::resource::{Sources, is_opaque};

/// How many resources a part has at least.
const PART: usize = 16;

/// How many parts there are at most: each has all conditions.
const MAX_PARTS: usize = 32;

impl<'t> Evaluator<'t> {
    /// The resources of the template, in order, where they can be evaluated in parts.
    pub(crate) fn resources_apart(&mut self, sources: &Sources) -> Option<Vec<Option<Resource>>> {
        let members: Vec<&Member> = self.template.resources.values().copied().collect();
        // What nested stacks bring is counted over all of them, and their own resources are many.
        if members.len() <= PART || members.iter().any(|member| is_opaque(&member.value)) {
            return None;
        }
        let size = members.len().div_ceil(MAX_PARTS).max(PART);
        let shares = members.len().div_ceil(size);
        let decided = self.decided()?;
        let evaluated: Option<Vec<_>> = members
            .par_chunks(size)
            .map(|members| {
                let mut part = decided.part(shares);
                let given = part.work;
                let resources: Vec<_> = members.iter().map(|member| part.resource(member, sources)).collect();
                part.is_independent().then_some((resources, part.problems, (given, part.work)))
            })
            .collect();
        let evaluated = evaluated?;
        (self.conditions, self.work) = (decided.conditions, decided.work);
        let mut resources = Vec::with_capacity(members.len());
        for (of_part, problems, (given, left)) in evaluated {
            resources.extend(of_part);
            self.problems.extend(problems);
            self.work = self.work.without(given, left);
        }
        Some(resources)
    }

    /// The same with all conditions worked out. `None` where something is wrong with one, which is
    /// said of the place that asks for it first.
    fn decided(&self) -> Option<Self> {
        let mut decided = self.part(1);
        for name in self.template.conditions.keys() {
            decided.truth(name, None);
        }
        (decided.problems.is_empty() && decided.is_independent()).then_some(decided)
    }

    /// One that starts from what is known, with one of so many shares of what may be spent yet.
    fn part(&self, shares: usize) -> Self {
        Evaluator {
            template: self.template,
            problems: Vec::new(),
            subjects: self.subjects.clone(),
            conditions: self.conditions.clone(),
            world: World::open(),
            work: self.work.share(shares),
            limits: self.limits.clone(),
            named_properties: HashMap::new(),
            is_circular: false,
            permitted: self.permitted.clone(),
            places: self.places.clone(),
            in_rules: false,
            weighs: false,
            existence: Existence::default(),
            lookups: self.lookups.shared(),
            depth: 0,
            expansion: MAX_EXPANSION - MAX_EXPANSION.saturating_sub(self.expansion) / shares,
            limit_reported: false,
        }
    }

    /// Whether everything so far is the same whatever else was evaluated before.
    fn is_independent(&self) -> bool {
        !self.limit_reported && !self.is_circular
    }
}
