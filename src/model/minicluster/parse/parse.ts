/** From YAML or plain data, in either API version, to what the renderers take. */
import { Problem, Severity } from '../../problems';
import { isTree } from '../../tree';
import { problemOf } from '../rules/rule';
import { memberPath } from '../structure/place';
import { QUOTE_IT } from '../structure/wording';
import { ClusterInApp, checkTogether } from '../together';
import { Judged, judgeV1Alpha1, judgeV1Alpha2 } from './judge';
import { readParsedMetadata } from './metadata';
import { Finding, ParseOptions, ParsedDocument, ParsedMiniCluster, ParsedObject } from './parsed';
import { PARSE_RULES } from './rules';
import { isSecret, withoutSecrets } from './secrets';
import { YamlDocument, YamlFault, readYaml } from './yaml-source';

const GROUP = 'flux-framework.org/';

/** What stands at the top of an object; the status is the operator's. */
const TOP_LEVEL: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);

/**
 * Reads one MiniCluster, in either API version, as the API server would get it: YAML by the rules of kubectl, or plain
 * data. Nothing is thrown; what is wrong is in the findings, with line and column where the source is text.
 *
 * @param source YAML with one MiniCluster, among objects of other kinds if need be, or the object as data
 */
export function parseMiniCluster(source: unknown, options: ParseOptions = {}): ParsedMiniCluster {
  if (typeof source !== 'string') {
    const at: Place = { path: '' };
    return isMiniCluster(source)
      ? parseObject(source, at, options).parsed
      : unread([finding(problemOf(PARSE_RULES.count, 'source', source), at)]);
  }
  const documents = parseManifests(source, options);
  const faults = documents.flatMap(({ findings }) => findings);
  const found = documents.flatMap(({ objects }) => objects.flatMap(({ miniCluster }) => miniCluster ?? []));
  const [only] = found;
  if (only && found.length === 1) return { ...only, findings: [...faults, ...only.findings] };
  const value = found.length > 0 ? `${found.length} MiniClusters` : undefined;
  const count = { ...problemOf(PARSE_RULES.count, 'source', value), mendable: false };
  return unread(faults.length > 0 ? faults : [count]);
}

/**
 * Reads a text with objects of any kind, such as a file that is applied in one go. Lists are read as their items. What
 * only shows in several MiniClusters of the text, such as a Service that two would share, is among their findings.
 */
export function parseManifests(yaml: string, options: ParseOptions = {}): readonly ParsedDocument[] {
  const found: Found[] = [];
  const documents = readYaml(yaml).map((document): ParsedDocument => {
    const objects = document.faults.length > 0 ? [] : objectsOf(document, options, found);
    return { text: document.text, objects, findings: document.faults.map(faultFinding) };
  });
  addSharedNames(found);
  return documents;
}

/** Stands for a text that could not be had, with the reason. */
export function unreadableDocument(message: string): ParsedDocument {
  const fault: YamlFault = { kind: 'broken', message, position: { line: 1, column: 1 } };
  return { text: '', objects: [], findings: [faultFinding(fault)] };
}

const FAULTS = {
  broken: PARSE_RULES.broken,
  'duplicate-key': PARSE_RULES.duplicateKey,
  'alias-bomb': PARSE_RULES.aliasBomb,
};

function faultFinding({ kind, message, position }: YamlFault): Finding {
  const rule = FAULTS[kind];
  const told = kind === 'broken' ? { message: `${rule.title}: ${message}` } : {};
  const value = kind === 'duplicate-key' ? message : undefined;
  return { ...problemOf(rule, 'the document', value), ...told, ...position, mendable: false };
}

/** Where an object is: the path to it in its document, and how to find places in the text. */
interface Place {
  readonly path: string;
  /** The text; absent where there is none. */
  readonly document?: YamlDocument;
}

/** A MiniCluster with what its neighbours need to know. */
interface Found {
  readonly parsed: ParsedMiniCluster & { readonly findings: Finding[] };
  readonly judged: Judged;
  readonly place: Place;
}

function objectsOf(document: YamlDocument, options: ParseOptions, found: Found[]): ParsedObject[] {
  const read = (value: unknown, path: string): ParsedObject => {
    if (!isMiniCluster(value)) return { value };
    const one = parseObject(value, { path, document }, options);
    found.push(one);
    return { value, miniCluster: one.parsed };
  };
  const { value, isEmpty } = document;
  if (isEmpty) return [];
  if (isTree(value) && Array.isArray(value.items) && String(value.kind).endsWith('List')) {
    return value.items.map((item: unknown, index) => read(item, `items[${index}].`));
  }
  return [read(value, '')];
}

function isMiniCluster(value: unknown): value is Record<string, unknown> {
  return isTree(value) && value.kind === 'MiniCluster' && String(value.apiVersion).startsWith(GROUP);
}

function parseObject(object: Record<string, unknown>, place: Place, options: ParseOptions): Found {
  const problems: Problem[] = [];
  for (const field of Object.keys(object).filter((name) => !TOP_LEVEL.has(name))) {
    problems.push(problemOf(PARSE_RULES.topLevel, memberPath('', field).replace(/^\./, ''), object[field]));
  }
  const metadata = readParsedMetadata(object.metadata, problems);
  const judged = judge(object, metadata.name === '' ? { ...metadata, name: 'unnamed' } : metadata, options);
  const findings = [
    ...problems.map((one) => finding(one, place)),
    ...judged.problems.map((one) => finding(inObject(one), place, judged.mendable)),
  ];
  const { input, inputV1Alpha1 } = judged;
  const locate = (one: Problem): Finding => finding(inObject(one), place);
  return { parsed: { metadata, input, inputV1Alpha1, findings, locate }, judged, place };
}

function judge(
  { apiVersion, spec }: Record<string, unknown>,
  metadata: ParsedMiniCluster['metadata'],
  options: ParseOptions,
): Judged {
  if (apiVersion !== `${GROUP}v1alpha2` && apiVersion !== `${GROUP}v1alpha1`) {
    return { problems: [problemOf(PARSE_RULES.apiVersion, 'apiVersion', apiVersion)], mendable: new Set() };
  }
  if (spec === undefined || spec === null) {
    const missing = { code: 'MC102', severity: Severity.ERROR, path: 'spec', message: 'is missing' };
    return { problems: [{ ...missing, fix: 'add it, with containers at least' }], mendable: new Set() };
  }
  return apiVersion.endsWith('v1alpha2')
    ? judgeV1Alpha2(metadata, spec, options)
    : judgeV1Alpha1(metadata, spec, options);
}

/** What the library adds to the spec, and YAML has no field for. */
const OPTIONS: Readonly<Record<string, Pick<Problem, 'message' | 'fix'>>> = {
  MC014: {
    message: 'ends its pods with success whatever Flux returned',
    fix: 'render it with minicluster render --report-failure, or end commands.post with an exit of your own',
  },
  MC065: {
    message: 'leaves the secret key of the cluster in a ConfigMap and in the logs',
    fix: 'render it with minicluster render --certificate SECRET',
  },
};

/** There is an option of the command line for what YAML has no field for. */
function withOption(fix: string): string {
  return fix.replace('set operatorVersion to', 'check and render it with --operator');
}

/** The path of a problem, from the object on: those of the model start at the spec. */
function inObject(one: Problem): Problem {
  const { code, path } = one;
  const isOption = path === 'reportFailure' || path === 'certificate';
  if (isOption && Object.hasOwn(OPTIONS, code)) return { ...one, path: 'spec', ...OPTIONS[code] };
  if (path === 'oversubscribe') return { ...one, path: 'spec.oversubscribe', fix: withOption(one.fix) };
  if (path === 'spec' || path === 'apiVersion' || path.startsWith('metadata.')) return one;
  return { ...one, path: path.startsWith('[') ? `spec${path}` : `spec.${path}` };
}

function finding(one: Problem, { path, document }: Place, mendable?: ReadonlySet<string>): Finding {
  const full = `${path}${one.path}`;
  // The text knows better than the data what was meant: `yes` was read as true.
  const written = one.fix.startsWith(QUOTE_IT) ? document?.writtenAt(full) : undefined;
  return {
    ...withoutSecrets(one),
    path: full,
    ...(written !== undefined && !isSecret(one) && { fix: `${QUOTE_IT}"${written}"` }),
    ...document?.positionAt(full),
    mendable: mendable?.has(one.code) ?? false,
  };
}

/** Adds what only shows when the MiniClusters of a text are looked at together. */
function addSharedNames(found: readonly Found[]): void {
  if (found.length < 2) return;
  const shown = found.flatMap((one): (ClusterInApp & { of: Found })[] => {
    const cluster = one.judged.shown;
    const start = one.place.document?.positionAt(one.place.path);
    const path = `${one.parsed.metadata.name}${start ? ` in line ${start.line}` : ''}`;
    return cluster ? [{ ...cluster, path, of: one }] : [];
  });
  for (const { cluster, problem: shared } of checkTogether(shown)) {
    const owner = shown.find(({ path }) => path === cluster)?.of;
    owner?.parsed.findings.push(finding(inObject(shared), owner.place));
  }
}

function unread(findings: readonly Finding[]): ParsedMiniCluster {
  return { metadata: { name: '' }, findings, locate: (one) => finding(inObject(one), { path: '' }) };
}
