/** The scripts of the boot in S3, where nodes fetch them: user data has no room for them. */
import * as s3 from '@pulumi/aws/s3';
import * as pulumi from '@pulumi/pulumi';

import { BootBundle } from '../model/usernetes';
import { Site, tagsOf } from './site';

/** Where the scripts are. */
export interface StoredBundle {
  readonly bucket: pulumi.Output<string>;
  readonly key: pulumi.Output<string>;
  readonly sha256: string;
  readonly arn: pulumi.Output<string>;
  readonly object: s3.BucketObjectv2;
}

/** Longest prefix of a bucket's name that leaves room for what makes it unique. */
const LONGEST_PREFIX = 37;

/** Stores the scripts in a bucket that nobody else can read, reached over TLS only. */
export function storeBundle(site: Site, { text, sha256 }: BootBundle): StoredBundle {
  const { name, title, parent } = site;
  const bucket = new s3.Bucket(
    `${name}-boot`,
    {
      bucketPrefix: `flux-${title}`.slice(0, LONGEST_PREFIX - 1) + '-',
      forceDestroy: true,
      tags: tagsOf(site, 'boot'),
    },
    { parent },
  );
  const of = { bucket: bucket.id };
  const closed = new s3.BucketPublicAccessBlock(
    `${name}-boot`,
    {
      ...of,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    { parent },
  );
  new s3.BucketServerSideEncryptionConfiguration(
    `${name}-boot`,
    { ...of, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }] },
    { parent },
  );
  new s3.BucketPolicy(
    `${name}-boot`,
    { ...of, policy: bucket.arn.apply(tlsOnly) },
    { parent, dependsOn: [closed] },
  );
  const object = new s3.BucketObjectv2(
    `${name}-boot`,
    {
      ...of,
      key: `boot-${sha256.slice(0, 16)}.json`,
      source: new pulumi.asset.StringAsset(text),
      sourceHash: sha256,
      contentType: 'application/json',
      serverSideEncryption: 'AES256',
      // No tags: an object takes ten of them, which users may have more of. The bucket has them.
    },
    { parent, dependsOn: [closed] },
  );
  const arn = pulumi.interpolate`${bucket.arn}/${object.key}`;
  return { bucket: bucket.id, key: object.key, sha256, arn, object };
}

function tlsOnly(bucketArn: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'TlsOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [bucketArn, `${bucketArn}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  });
}
