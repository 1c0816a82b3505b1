import * as cdk from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';

export class AppStack extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const key = new kms.Key(this, 'Key');
    const secret = new sm.Secret(this, 'Secret', { encryptionKey: key });
    const bucket = new s3.Bucket(this, 'Data', { autoDeleteObjects: true });
    const fn = new lambda.Function(this, 'Fn', {});
    secret.grantRead(fn);
    fn.addToRolePolicy(new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: ['*'] }));
    new Vault(this, 'Vault');
  }
}
