/** The parts of an ARN: `arn:<partition>:<service>:<region>:<account>:<resource>`. */

/** `aws`, `aws-cn` or `aws-us-gov`. */
export function partitionOf(arn: string): string {
  return arn.split(':')[1] ?? 'aws';
}

/** `eu-west-1`. */
export function regionOf(arn: string): string {
  return arn.split(':')[3] ?? '';
}

/** Twelve digits. */
export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** The service: `ssm`, `secretsmanager`. */
export function serviceOf(arn: string): string {
  return arn.split(':')[2] ?? '';
}
