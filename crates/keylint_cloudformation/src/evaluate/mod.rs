//! From the tree of a template to values.
//!
//! Evaluation is one walk over the node: scalars and collections keep their places, functions
//! become what they stand for. State is kept in [`Evaluator`] because conditions are decided once
//! and because limits are counted over the whole template.

mod apart;
mod attribute;
mod choose;
mod lookup;
mod made;
mod parts;
mod reference;
mod refused;
mod text;

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::condition::Limits;
use keylint_model::{
    Condition, Data, Entry, Guard, List, Map, Origin, Problem, Reason, Step, Unknown, Value, World,
};
use keylint_source::{FileId, Span};
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::lost::is_mark;

use crate::asked;
use crate::call::{Call, Function, Token, View, makes_members, nearest_function};
use crate::conditions::{State, Truth};
use crate::dynamic;
use crate::existence::Existence;
use crate::nested::locked;
use crate::parameter::{number, string};
use crate::subject::Subjects;
use crate::template::Template;
use crate::work::{Work, tries};

pub(crate) use choose::{choice, combine, narrow, narrow_all, weighed};
pub(crate) use lookup::scalar;
pub(crate) use parts::from_parts;
pub(crate) use text::{canonical, split_parts};

/// How deep functions, collections and conditions may nest. The service stops far earlier.
const MAX_DEPTH: usize = 128;

/// How many bytes of new strings and lists a template may make, so that a large default that is
/// used everywhere cannot fill the memory.
const MAX_EXPANSION: usize = 64 * 1024 * 1024;

/// A property of a resource that references were followed to.
enum Named {
    /// It is being worked out.
    Pending,
    /// `None` where it is not given.
    Done(Option<Value>),
}

/// Evaluates the values of one template.
pub(crate) struct Evaluator<'t> {
    pub(crate) template: &'t Template<'t>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) subjects: Subjects,
    /// The named conditions that were met so far.
    pub(crate) conditions: HashMap<&'t str, State>,
    /// What holds where evaluation currently is: in the arm of an `Fn::If`, in a resource that
    /// exists under a condition.
    pub(crate) world: World,
    /// What the conditions may still cost.
    pub(crate) work: Work,
    /// What holds for all conditions of the template; `None` during the survey.
    pub(crate) limits: Option<Arc<Limits>>,
    /// The properties of resources that references were followed to, by logical id and name.
    named_properties: HashMap<(&'t str, &'t str), Named>,
    /// Whether a property was met again while it was worked out.
    is_circular: bool,
    /// The combinations of parameters that the rules of the template let through; empty: all.
    pub(crate) permitted: Vec<Guard>,
    /// The outcomes that Region, partition and suffix can have together; empty: all.
    pub(crate) places: Vec<Guard>,
    /// Whether a rule is evaluated, in which there is a function more.
    pub(crate) in_rules: bool,
    /// Whether all that a parameter with a default can be counts here, as it does in conditions and for
    /// keys of mappings.
    pub(crate) weighs: bool,
    pub(crate) existence: Existence,
    lookups: lookup::Lookups<'t>,
    depth: usize,
    expansion: usize,
    pub(crate) limit_reported: bool,
}

impl<'t> Evaluator<'t> {
    pub(crate) fn new(template: &'t Template<'t>) -> Self {
        let work = template.frame.map(|frame| *locked(&frame.work)).unwrap_or_default();
        // Half of the work at most, so that what the survey cannot finish is said of its place.
        let share = work.share(2);
        let mut survey = Evaluator::over(template, Subjects::survey(template), share);
        for name in template.conditions.keys() {
            survey.truth(name, None);
        }
        survey.permitted();
        let work = work.without(share, survey.work);
        let evaluator = Evaluator::settled(template, survey.subjects.settle(template), work);
        if !evaluator.subjects.has_defaults() {
            return evaluator;
        }
        evaluator.without_decided_by_default()
    }

    fn settled(template: &'t Template<'t>, subjects: Subjects, work: Work) -> Self {
        let mut evaluator = Evaluator::over(template, subjects, work);
        if let Some(frame) = template.frame
            && template.is_among_others()
        {
            evaluator.subjects.link(|identity| frame.number(identity));
        }
        evaluator.permitted = evaluator.permitted();
        let questions = evaluator.subjects.asks() * template.frame.map_or(1, |frame| frame.copies);
        evaluator.places = evaluator.subjects.together();
        let limits = Arc::new(Limits::new(evaluator.combinations(), tries(questions)));
        evaluator.subjects.limit(&limits);
        evaluator.limits = Some(limits);
        evaluator
    }

    /// The same where no default alone decides a condition.
    fn without_decided_by_default(mut self) -> Self {
        let template = self.template;
        let decided =
            template.conditions.iter().filter(|(name, _)| matches!(self.truth(name, None), Truth::Known(_)));
        let names = asked::names(decided.map(|(_, member)| &member.value));
        let parameters = names.into_iter().filter_map(|name| template.parameters.get(name));
        match self.subjects.open_defaults(parameters) {
            true => Evaluator::settled(template, self.subjects, self.work),
            false => self,
        }
    }

    /// Runs something in which all counts that a parameter with a default can be.
    pub(crate) fn weighing<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.weighs, true);
        let answer = run(self);
        self.weighs = outer;
        answer
    }

    fn over(template: &'t Template<'t>, subjects: Subjects, work: Work) -> Self {
        Evaluator {
            template,
            problems: Vec::new(),
            subjects,
            conditions: HashMap::new(),
            world: World::open(),
            work,
            limits: None,
            named_properties: HashMap::new(),
            is_circular: false,
            permitted: Vec::new(),
            places: Vec::new(),
            in_rules: false,
            weighs: false,
            existence: Existence::default(),
            lookups: lookup::Lookups::default(),
            depth: 0,
            expansion: 0,
            limit_reported: false,
        }
    }

    /// The value of a node. `AWS::NoValue` is null here; collections leave it out.
    pub(crate) fn value(&mut self, view: impl Into<View<'t>>) -> Value {
        let view = view.into();
        self.nested(view.whole(), |evaluator| evaluator.evaluate(view))
            .unwrap_or_else(|| Value::unknown(Unknown::new(Reason::Limit), Origin::at(view.whole())))
    }

    /// The value of a node that names a part of the template: where a parameter gives it, by its default.
    pub(crate) fn name(&mut self, view: impl Into<View<'t>>) -> Value {
        let value = self.value(view);
        value.resolve(&self.world).cloned().unwrap_or(value)
    }

    fn evaluate(&mut self, view: View<'t>) -> Value {
        if let Some(call) = Call::of(view) {
            return self.call(call);
        }
        let origin = Origin::at(view.span);
        match view.kind {
            NodeKind::Null => {
                let message = "null values are not allowed in templates";
                self.invalid(view.span, message);
                Value::new(Data::Null, origin)
            }
            NodeKind::Bool(known) => Value::new(Data::Bool(*known), origin),
            NodeKind::Number(text) => Value::new(number(text, view.span), origin),
            NodeKind::String(text) if dynamic::occurs_in(text) => {
                let parts = dynamic::resolve(vec![keylint_model::Part::Known(text.clone())], false);
                from_parts(parts, origin)
            }
            NodeKind::String(text) => Value::new(string(text, view.span), origin),
            NodeKind::Hole(_) | NodeKind::Invalid => Value::unknown(Unknown::new(Reason::Invalid), origin),
            NodeKind::List(elements) => {
                Value::new(Data::List(Arc::new(self.list(elements, view.span))), origin)
            }
            NodeKind::Map(members) => Value::new(Data::Map(Arc::new(self.map(members))), origin),
        }
    }

    fn list(&mut self, elements: &'t [Node], span: Span) -> List {
        let mut behind = span.start;
        let elements = elements.iter().map(|element| {
            let (value, place) = self.written(element, span.file, behind);
            behind = if place.file == span.file { place.end } else { behind };
            value
        });
        List { elements: elements.filter(|element| !element.is_null()).collect(), ..List::default() }
    }

    /// The value of a node that stands in a file behind a place, and where it stands there: a snippet
    /// where it is included.
    fn written(&mut self, node: &'t Node, file: FileId, behind: u32) -> (Value, Span) {
        let value = self.value(node);
        let whole = View::from(node).whole();
        if whole.file == file {
            return (value, whole);
        }
        match self.template.included.next(whole.file, file, behind) {
            Some(site) => {
                let origin = value.origin.through(Step::File, site.address.as_str(), site.span);
                (Value { origin, ..value }, site.span)
            }
            None => (value, whole),
        }
    }

    /// The entries of a mapping. A key that makes further members leaves the rest open.
    pub(crate) fn map(&mut self, members: &'t [Member]) -> Map {
        let mut map = Map::default();
        map.entries.reserve(members.len());
        for member in members {
            let key = member.key.as_str();
            if is_mark(member) {
                map.rest = Some(Arc::new(Unknown::new(Reason::Invalid).with_place(member.key_span)));
                continue;
            }
            if makes_members(key) {
                let reason = match key {
                    "Fn::Transform" => Reason::Function(Arc::clone(member.key.shared())),
                    _ => Reason::Instances(Arc::clone(member.key.shared())),
                };
                map.rest = Some(Arc::new(Unknown::new(reason).with_place(member.key_span)));
                continue;
            }
            if key.starts_with("Fn::") {
                self.invalid(member.key_span, "an intrinsic function stands alone, where a value does");
                map.rest = Some(Arc::new(Unknown::new(Reason::Invalid).with_place(member.key_span)));
                continue;
            }
            let (value, span) = self.written(&member.value, member.key_span.file, member.key_span.end);
            if value.is_null() {
                map.entries.shift_remove(key);
                continue;
            }
            let entry = Entry { key_span: Some(member.key_span), span: Some(span), value };
            map.entries.insert(Arc::clone(member.key.shared()), entry);
        }
        map
    }

    fn call(&mut self, call: Call<'t>) -> Value {
        let is_unknown =
            |call: Call<'_>| matches!(call.function, Function::Foreign(_) | Function::Unknown(_));
        if Call::of(call.argument).is_some_and(is_unknown) {
            // Whatever is meant there; evaluation reports the function.
            let argument = self.value(call.argument);
            return self.derived(&call, &[&argument]);
        }
        match call.function {
            Function::Ref => self.ref_call(call),
            Function::GetAtt => self.get_att(call),
            Function::Sub => self.sub(call),
            Function::Join => self.join(call),
            Function::Split => self.split(call),
            Function::Select => self.select(call),
            Function::FindInMap => self.find_in_map(call),
            Function::If => self.if_call(call),
            Function::ImportValue => self.import(call),
            Function::Length => self.length(call),
            Function::Base64 => self.base64(call),
            Function::Cidr => self.cidr(call),
            Function::ToJsonString => {
                self.needs_extensions(call.token, "`Fn::ToJsonString`");
                let inner = self.value(call.argument);
                let marks = inner.origin.marks;
                Value::new(Data::Json(Arc::new(inner)), Origin { marks, ..Origin::at(call.span) })
            }
            Function::Opaque(name) => self.known_later(&call, name),
            // The service takes these in conditions alone; a macro may take them elsewhere.
            Function::And | Function::Or | Function::Not | Function::Equals | Function::Condition => {
                self.misplaced(&call);
                self.opaque(&call)
            }
            Function::Transform => self.macro_call(&call),
            Function::Item(key) => {
                let unknown = Unknown::new(Reason::Instances(key.into())).with_place(call.span);
                let unknown = unknown.with_identity(format!("{}{key}", self.template.scope()));
                Value::unknown(unknown, Origin::at(call.span))
            }
            Function::Unknown(name) => self.no_function(&call, name),
            Function::Foreign(tag) => {
                let message = format!("`{tag}` is no tag of CloudFormation");
                self.problems.push(Problem::new("KL007", call.token, message));
                self.opaque(&call)
            }
        }
    }

    /// A function whose result only deployment knows.
    fn known_later(&mut self, call: &Call<'t>, name: &'t str) -> Value {
        let is_collection = Call::of(call.argument).is_none()
            && matches!(call.argument.kind, NodeKind::List(_) | NodeKind::Map(_));
        if name == "Fn::GetAZs" && is_collection {
            return self.refused(call, call.argument, "`Fn::GetAZs` takes the name of a Region");
        }
        // `!GetAZs` with nothing behind it means the Region of the stack.
        let is_empty = match call.argument.kind {
            NodeKind::Null => true,
            NodeKind::String(text) => text.is_empty(),
            _ => false,
        };
        let argument = match is_empty {
            true => self.reference("AWS::Region", call.span, Token::written(call.token)),
            false => self.value(call.argument),
        };
        let marks = argument.origin.marks;
        let unknown = Unknown::new(Reason::Function(name.into()));
        let unknown = text::identify(unknown, name, &[&argument]);
        Value::unknown(unknown, Origin { marks, ..Origin::at(call.span) })
    }

    /// A macro that is called in a place of its own. What is not known is what it makes; the function only
    /// names it.
    fn macro_call(&mut self, call: &Call<'t>) -> Value {
        self.check_macro(call);
        let name = call.argument.members().iter().find(|member| member.key.as_str() == "Name");
        let name = name.and_then(|member| View::from(&member.value).as_str());
        let reason = Reason::Function(name.unwrap_or(call.name()).into());
        Value::unknown(Unknown::new(reason), Origin::at(call.span))
    }

    /// A function that the service does not have.
    fn no_function(&mut self, call: &Call<'t>, name: &str) -> Value {
        let message = format!("`{name}` is no intrinsic function of CloudFormation");
        let problem = Problem::new("KL003", call.token, message);
        self.report_invalid(match nearest_function(name) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => problem,
        });
        self.opaque(call)
    }

    /// Reports a condition function that stands for a value.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html>
    fn misplaced(&mut self, call: &Call<'t>) {
        if !self.weighs && !self.in_rules {
            let message = format!("`{}` stands in conditions alone", call.name());
            let problem = Problem::new("KL003", call.token, message);
            self.report_invalid(
                problem.with_help("name the condition in `Conditions` and ask for it by `Fn::If`"),
            );
        }
    }

    fn opaque(&self, call: &Call<'t>) -> Value {
        Value::unknown(Unknown::new(Reason::Function(call.name().into())), Origin::at(call.span))
    }

    fn if_call(&mut self, call: Call<'t>) -> Value {
        let Some([name, holds, fails]) = call.argument.elements() else {
            return self.malformed(&call, "takes the name of a condition and two values");
        };
        let Some(condition) = View::from(name).as_str() else {
            self.invalid(View::from(name).whole(), "`Fn::If` takes the name of a condition");
            return Value::unknown(Unknown::new(Reason::Invalid), Origin::at(call.span));
        };
        match self.truth(condition, Some(Token::written(name.span))) {
            Truth::Known(true) => self.value(holds),
            Truth::Known(false) => self.value(fails),
            Truth::Open(condition) => self.either(&call, &condition, holds, fails),
            Truth::Unknown(reason) => {
                // It is one of the two all the same.
                let condition = self.opaque_condition(condition, Token::written(name.span), reason);
                self.either(&call, &condition, holds, fails)
            }
        }
    }

    /// Both arms of an `Fn::If` whose condition deployment decides, or the one that the condition
    /// leaves here.
    fn either(&mut self, call: &Call<'t>, condition: &Condition, holds: &'t Node, fails: &'t Node) -> Value {
        let [when_true, when_false] =
            [Condition::TRUE, Condition::FALSE].map(|outcome| Guard::when(condition.clone(), outcome));
        match self.world.decides(&when_true) {
            Ok(true) => self.value(holds),
            Ok(false) => self.value(fails),
            Err(_) => {
                let arms = [(when_true, holds), (when_false, fails)];
                let alternatives = arms.map(|(guard, arm)| {
                    let value = self.under(&guard, |evaluator| evaluator.value(arm));
                    (guard, value)
                });
                choice(alternatives.into(), Origin::at(call.span))
            }
        }
    }

    /// Runs something where a guard holds as well.
    pub(crate) fn under<T>(&mut self, guard: &Guard, run: impl FnOnce(&mut Self) -> T) -> T {
        let mut inner = self.world.clone();
        for (condition, outcome) in guard.literals() {
            inner = inner.with(condition.clone(), Arc::clone(outcome));
        }
        self.within(inner, run)
    }

    /// Runs something in a world.
    pub(crate) fn within<T>(&mut self, world: World, run: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.world, world);
        let answer = run(self);
        self.world = outer;
        answer
    }

    fn import(&mut self, call: Call<'t>) -> Value {
        self.check_export(call.argument, "the name of an import");
        let name = self.value(call.argument);
        let shown = match name.origin.marks.sensitive {
            true => None,
            false => text::canonical(&name),
        };
        let shown = shown.unwrap_or_else(|| "…".to_owned());
        let unknown = Unknown::new(Reason::Import(shown.into()));
        Value::unknown(text::identify(unknown, call.name(), &[&name]), Origin::at(call.span))
    }

    /// Runs something one level deeper; `None` when that is too deep.
    pub(crate) fn nested<T>(&mut self, span: Span, run: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth == MAX_DEPTH {
            self.limit(span, format!("values nest more than {MAX_DEPTH} levels deep"));
            return None;
        }
        self.depth += 1;
        let answer = run(self);
        self.depth -= 1;
        Some(answer)
    }

    /// Accounts for new text. Whether there is room for it.
    pub(crate) fn charge(&mut self, bytes: usize, span: Span) -> bool {
        self.expansion = self.expansion.saturating_add(bytes);
        let fits = self.expansion <= MAX_EXPANSION;
        if !fits {
            self.limit(span, "the values of the template expand to more than 64 MiB");
        }
        fits
    }

    /// Reports a limit, once per template: what comes after the first is the same story.
    pub(crate) fn limit(&mut self, span: Span, message: impl Into<String>) {
        if !self.limit_reported {
            self.limit_reported = true;
            self.problems.push(Problem::new("KL004", span, message));
        }
    }

    pub(crate) fn invalid(&mut self, span: Span, message: impl Into<String>) {
        self.report_invalid(Problem::new("KL003", span, message));
    }

    /// Reports what the service would reject, unless it will see another template than this.
    pub(crate) fn report_invalid(&mut self, problem: Problem) {
        if !self.template.rewritten {
            self.problems.push(problem);
        }
    }

    /// A call of which the service would reject a part.
    pub(crate) fn refused(&mut self, call: &Call<'t>, part: View<'t>, message: &str) -> Value {
        self.invalid(part.whole(), message);
        Value::unknown(Unknown::new(Reason::Invalid), Origin::at(call.span))
    }

    /// A call whose argument the service would reject.
    pub(crate) fn malformed(&mut self, call: &Call<'t>, expected: &str) -> Value {
        self.invalid(call.token, format!("`{}` {expected}", call.name()));
        Value::unknown(Unknown::new(Reason::Invalid), Origin::at(call.span))
    }
}
