import { Report } from '../construct-rule';
import { Given } from './known';
import { RULES } from './rules';

/** Fields whose values may be outputs of other resources. All others decide which resources there are. */
const MAY_BE_LATER: readonly RegExp[] = [
  /^(?:instanceType|placementGroup|permissionsBoundary)$/,
  /^network\.(?:availabilityZone|vpcId|subnetId|firstAddress)$/,
  /^ingress\[\d+\]\.\w+$/,
  /^securityGroupIds\[\d+\]$/,
  /^image\.id$/,
  /^volume\.\w+$/,
  /^capacity\.(?:reservationId|reservationGroupArn|maxPrice)$/,
  /^certificate\.\w+$/,
  /^tags(?:\..+)?$/,
];

/** Reports fields that must be known when the program runs, and are not. */
export function checkLater({ unknown }: Given, report: Report): void {
  for (const path of unknown)
    if (!MAY_BE_LATER.some((pattern) => pattern.test(path))) report(RULES.later, path, undefined);
}
