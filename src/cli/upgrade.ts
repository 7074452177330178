import {
  FluxSource,
  ParseOptions,
  ParsedMiniCluster,
  UpgradeEffect,
  UpgradeNote,
  renderMiniCluster,
  upgradeMiniCluster,
} from '../model/minicluster';
import { STRUCTURE_RULES } from '../model/minicluster/structure';
import { Severity, hasErrors, show } from '../model/problems';
import { readSources } from './files';
import { ExitCode, Io } from './io';
import { Note, Rewritten, rewrite, rewritten } from './rewrite';

/** What an upgrade is asked for. */
export interface UpgradeRequest extends ParseOptions {
  readonly files: readonly string[];
  readonly flux?: FluxSource;
}

/** Prints files with each v1alpha1 MiniCluster as v1alpha2, and tells on standard error what has changed. */
export async function upgrade({ files, flux, ...options }: UpgradeRequest, io: Io): Promise<ExitCode> {
  const sources = await readSources(files, io);
  return rewrite(sources, options, io, (parsed) => upgradeParsed(parsed, flux));
}

function upgradeParsed(parsed: ParsedMiniCluster, flux: FluxSource | undefined): Rewritten {
  const { input, inputV1Alpha1, findings } = parsed;
  if (!input && !inputV1Alpha1) return { findings, notes: [] };
  const inTheWay = findings.filter(({ code }) => IN_THE_WAY.has(code));
  if (!inputV1Alpha1 || inTheWay.length > 0) return { findings: inTheWay, notes: [] };
  const upgraded = upgradeMiniCluster(parsed.metadata, inputV1Alpha1, { flux });
  const { metadata, objects, notes } = upgraded;
  const result = rewritten(parsed, renderMiniCluster(metadata, upgraded.input));
  const manifests = hasErrors(result.findings) ? [] : [...objects, ...(result.manifests ?? [])];
  return { ...result, manifests, notes: notes.map((note) => placed(note, parsed)) };
}

/** Fields that don't exist have no place in v1alpha2 either, and a PersistentVolume needs what these ask for. */
const IN_THE_WAY: ReadonlySet<string> = new Set([
  ...STRUCTURE_RULES.map(({ code }) => code),
  'MC252',
  'MC253',
]);

function placed({ path, value, effect, message, fix }: UpgradeNote, parsed: ParsedMiniCluster): Note {
  const about = { code: '', severity: Severity.WARNING, path, message, fix: fix ?? '' };
  const { line, column, path: full } = parsed.locate(about);
  const was = value === undefined ? '' : `, was ${show(value)}`;
  const instead = fix === undefined ? '' : `; ${fix}`;
  return { line, column, text: `${EFFECTS[effect]} ${full} ${message}${was}${instead}` };
}

const EFFECTS: Readonly<Record<UpgradeEffect, string>> = {
  [UpgradeEffect.ADDED]: 'added:',
  [UpgradeEffect.CHANGED]: 'changed:',
  [UpgradeEffect.LOST]: 'lost:',
};
