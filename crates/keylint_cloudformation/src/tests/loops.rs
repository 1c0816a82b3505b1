//! Loops whose collection nobody knows.

use super::*;

/// A loop over what nobody knows leaves one resource that stands for all.
#[test]
fn a_loop_over_what_is_not_known_is_checked_once_for_all() {
    let read = read_yaml(
        "
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList}, Env: {Type: String}}
Conditions:
  'Fn::ForEach::Ones': [Name, !Ref Names, {'Is${Name}': !Equals [!Ref Name, a]}]
Resources:
  Fn::ForEach::Each:
    - Name
    - !Ref Names
    - 'R${Name}':
        Type: Custom::R
        Condition: 'Is${Name}'
        Properties:
          Static: x
          Item: !Ref Name
          Only: '${Name}'
          Encoded: !Base64 'x${Name}'
          Named: !Sub ['${Env}${x}${Name}', {x: !Sub 'y${Name}'}]
          Text: 'a-${Name}-${aws:username}'
          Sub: !Sub '${Env}-${Name}-&{Name}'
          Whole: !Sub '${Other${Name}.Arn}'
          Other: !GetAtt 'Other${Name}.TopicArn'
          If: !If ['Is${Name}', !Ref Name, 0]
          'Key${Name}': 1
          'Fn::ForEach::Tags': [Tag, [One], {'${Tag}': '${Tag}-${Name}'}]
      'Other${Name}': {Type: AWS::SNS::Topic, DependsOn: 'R${Name}', Properties: {TopicName: t}}
  Plain: {Type: Custom::P, Properties: {X: !Ref RA}}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(read.stack.missing_modules.len(), 0, "all of it is looked at");
    assert!(read.stack.open.is_none());
    let resource = read.resource("R${Name}");
    assert!(resource.symbolic && !read.resource("Plain").symbolic);
    assert_eq!(resource.guard.describe(), "Is${Name} is true");
    let item = "Fn::ForEach::Each";
    let shown = |name: &str| show(read.property("R${Name}", name));
    assert_eq!(shown("Static"), r#""x""#);
    assert_eq!(shown("Item"), format!("<instances {item}>"));
    assert_eq!(shown("Only"), format!("<instances {item}>"));
    assert!(shown("Encoded").starts_with("<function Fn::Base64("), "{}", shown("Encoded"));
    assert_eq!(shown("Named"), format!(r#""${{Env}}y${{{item}}}${{{item}}}""#));
    assert_eq!(shown("Text"), format!(r#""a-${{{item}}}-${{aws:username}}""#));
    assert_eq!(shown("Sub"), format!(r#""${{Env}}-${{{item}}}-${{{item}}}""#));
    assert_eq!(shown("Whole"), format!("<instances {item}>"));
    assert_eq!(shown("Other"), r#""arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:t""#);
    assert_eq!(shown("If"), format!("<instances {item}>"), "it exists where the condition holds");
    assert_eq!(shown("Key${Name}"), "1");
    assert_eq!(shown("One"), format!(r#""One-${{{item}}}""#));
    assert_eq!(show(read.property("Plain", "X")), "<computed RA.Ref>");
}
