import { Report } from '../construct-rule';
import { isText } from '../fields';
import { isArn, isId } from './ids';
import { Given } from './known';
import { RULES } from './rules';
import { Market } from './spec';
import { UBUNTU_RELEASES } from './ubuntu';

const PRICE = /^(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{1,6})?$/;

/** What is wrong with capacity, placement and image. */
export function checkCapacity(given: Given, report: Report): void {
  checkMarket(given, report);
  const id = given.at('capacity.reservationId');
  if (isText(id) && !isId('cr', id)) report(RULES.id, 'capacity.reservationId', id);
  const group = given.at('capacity.reservationGroupArn');
  if (isText(group) && !isArn(group, 'resource-groups'))
    report(
      RULES.arn,
      'capacity.reservationGroupArn',
      group,
      'is no ARN of a resource group',
      "write the whole ARN: 'arn:aws:resource-groups:us-east-1:123456789012:group/NAME'",
    );
  const groups = given.spec.securityGroupIds;
  if (Array.isArray(groups))
    groups.forEach((one: unknown, index) => {
      if (isText(one) && !isId('sg', one)) report(RULES.id, `securityGroupIds[${index}]`, one);
    });
  if (given.has('placement') && given.has('placementGroup'))
    report(RULES.placement, 'placement', given.at('placement'));
  checkImage(given, report);
}

const RESERVATIONS = ['reservationId', 'reservationGroupArn'];

function checkMarket(given: Given, report: Report): void {
  const market = given.at('capacity.market') ?? Market.ON_DEMAND;
  const reservations = RESERVATIONS.filter((field) => given.has(`capacity.${field}`));
  const told = (field: string, message: string): void => {
    const path = `capacity.${field}`;
    report(RULES.capacity, path, given.at(path), message);
  };
  if (market === Market.SPOT)
    for (const field of reservations) told(field, 'does not go with Market.SPOT, which uses no reservation');
  else if (reservations.length > 1) told('reservationGroupArn', 'and reservationId exclude one another');
  if (market === Market.CAPACITY_BLOCK && !given.has('capacity.reservationId'))
    told('reservationId', 'is needed with Market.CAPACITY_BLOCK');
  // A reservation is in one zone, and the default is the first one by name.
  const isMade = !given.has('network.vpcId') && !given.has('network.subnetId');
  const isReserved = market !== Market.SPOT && given.has('capacity.reservationId');
  if (isReserved && isMade && !given.has('network.availabilityZone'))
    report(
      RULES.capacity,
      'network.availabilityZone',
      undefined,
      'is needed with a reservation',
      'write the availability zone that the reservation is in',
    );
  if (given.has('capacity.maxPrice') && market !== Market.SPOT)
    told('maxPrice', 'has no effect without Market.SPOT');
  const price = given.at('capacity.maxPrice');
  if (isText(price) && (!PRICE.test(price) || Number(price) === 0))
    told('maxPrice', "must be US dollars an hour, as '1.20'");
}

function checkImage(given: Given, report: Report): void {
  const id = given.at('image.id');
  if (isText(id) && !isId('ami', id)) report(RULES.id, 'image.id', id);
  if (given.has('image.id'))
    for (const field of ['ubuntu', 'renewal'].filter((one) => given.has(`image.${one}`)))
      report(RULES.image, `image.${field}`, given.at(`image.${field}`), 'has no effect with an id');
  else if (given.at('image.baked') === true)
    report(
      RULES.image,
      'image.id',
      undefined,
      'is needed with baked',
      'write the id of the image, or remove baked',
    );
  const ubuntu = given.at('image.ubuntu');
  if (isText(ubuntu) && !UBUNTU_RELEASES.includes(ubuntu))
    report(RULES.image, 'image.ubuntu', ubuntu, `must be one of ${UBUNTU_RELEASES.join(', ')}`);
}
