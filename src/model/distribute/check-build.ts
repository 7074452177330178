import { isPath, isWebAddress } from '../addresses';
import { ARCHITECTURES } from '../architectures';
import { Report } from '../construct-rule';
import { TEXT, TREE, treeOf } from '../field-types';
import { Fields, Unfit, isText } from '../fields';
import { PackageRules, checkChecksum, checkPackages, unfitInPackages, unfitWithin } from '../packages/check';
import { Tree, isTree } from '../tree';
import { FluxTarball, FluxTarballs, ProxySettings } from './build-spec';
import { RULES } from './rules';
import { BrokerRunner } from './spec';

/** The fields of a proxy, which others have too. */
export const PROXY: Fields<ProxySettings> = { http: TEXT, https: TEXT, no: TEXT };
const TARBALLS: Fields<FluxTarballs> = { amd64: TREE, arm64: TREE };
const TARBALL: Fields<FluxTarball> = { path: TEXT, sha256: TEXT };

const PACKAGE_RULES: PackageRules = {
  ...RULES,
  architectures: 'architectures',
  takesAny: 'and locks, tarballs and prefix take any',
};

/** Fields within what says which Flux it is that have another name or type than they may. */
export function unfitInBuild(given: Tree): Unfit[] {
  const { proxy, tarballs } = given;
  return [
    ...unfitInPackages(given),
    ...ARCHITECTURES.flatMap((one) => unfitWithin(`tarballs.${one}`, treeOf(tarballs)[one], TARBALL)),
    ...unfitWithin('proxy', proxy, PROXY),
    ...unfitWithin('tarballs', tarballs, TARBALLS),
  ];
}

/** What is wrong with which Flux it is, and where it comes from. */
export function checkBuild(given: Tree, report: Report): void {
  const { tarballs, prefix, runner } = given;
  const packages = ['versions', 'locks', 'mirror'].find((field) => given[field] !== undefined);
  const sources = [
    ...(packages === undefined ? [] : [packages]),
    ...['tarballs', 'prefix'].filter((field) => given[field] !== undefined),
  ];
  for (const other of sources.slice(1))
    report(RULES.sources, other, undefined, `and ${sources[0] ?? ''} exclude one another`);
  const architectures = checkArchitectures(given, report);
  checkProxy(treeOf(given.proxy), report);
  if (isText(prefix) && !isPath(prefix))
    report(RULES.directory, 'prefix', prefix, 'must be a prefix of Flux');
  if (tarballs !== undefined) checkTarballs(treeOf(tarballs), architectures, report);
  if (tarballs !== undefined || prefix !== undefined) return;
  if (runner === BrokerRunner.SYSTEMD) report(RULES.systemd, 'runner', runner);
  checkPackages(given, architectures, PACKAGE_RULES, report);
}

function isKnown(architecture: string): boolean {
  return ARCHITECTURES.some((one) => one === architecture);
}

/** @returns those that are known */
function checkArchitectures({ architectures }: Tree, report: Report): readonly string[] {
  if (!Array.isArray(architectures)) return ARCHITECTURES;
  const all = architectures as readonly string[];
  all.forEach((one, index) => {
    const isTwice = all.indexOf(one) !== index;
    if (isTwice || !isKnown(one)) report(RULES.architecture, `architectures[${index}]`, one);
  });
  if (all.length === 0) report(RULES.architecture, 'architectures', all);
  return all.filter(isKnown);
}

function checkProxy({ http, https }: Tree, report: Report): void {
  if (isText(http) && !isWebAddress(http)) report(RULES.url, 'proxy.http', http);
  if (isText(https) && !isWebAddress(https)) report(RULES.url, 'proxy.https', https);
}

function checkTarballs(tarballs: Tree, architectures: readonly string[], report: Report): void {
  for (const architecture of architectures) {
    const path = `tarballs.${architecture}`;
    const tarball = tarballs[architecture];
    if (tarball === undefined) report(RULES.required, path, undefined);
    if (!isTree(tarball)) continue;
    if (!isText(tarball.path) || !isPath(tarball.path))
      report(RULES.directory, `${path}.path`, tarball.path, 'must be an absolute path');
    checkChecksum(`${path}.sha256`, tarball.sha256, RULES.checksum, report);
  }
}
