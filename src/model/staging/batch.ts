import { readAsset } from '../assets';
import { shellQuote } from '../flux/quoting';
import { RunMode } from '../minicluster/cluster';
import { JOB_ENGINE } from '../minicluster/rules/releases';
import { applyRules } from '../minicluster/rules/rule';
import { Problem, throwErrors } from '../problems';
import { takeDirectives } from './directives';
import { readStaging } from './read-staging';
import { STAGED_PATH_RULES } from './rules';
import { StagedPath } from './spec';
import { entryOf, fieldsOf } from './staged-entry';

/**
 * A batch text that stages files before it runs another text: the node that runs it (rank 0 of the job) pulls and archives
 * them, all others extract them to folders of their own and say so, then the text runs, and the archives are removed. If
 * a node fails it says why, with its name, the text is not run and the exit code is 1; else it is that of the text.
 * `flux archive` does it, before flux-core 0.60 `flux filemap`.
 *
 * For `flux batch`, `flux alloc`, and whatever runs on rank 0 of a Flux instance. Directives (`#FLUX: -N 4`) stay. A text
 * without `#!` is run by bash. The same input gives the same text.
 *
 * @throws InvalidSpecError if something is wrong with the staged paths
 */
export function stagedBatch(staging: readonly StagedPath[], text: string): string {
  const problems: Problem[] = [];
  const paths = readStaging(staging, problems);
  const site = { staging: paths, volumes: [], hasReadOnlyRoot: false, mode: RunMode.BATCH };
  problems.push(...applyRules(STAGED_PATH_RULES, site, JOB_ENGINE));
  throwErrors('stagedBatch', problems);
  return batchText(paths, text);
}

/** The same for paths that are checked. */
export function batchText(staging: readonly StagedPath[], given: string): string {
  const { directives, text } = takeDirectives(given);
  const words = staging.map((one) => fieldsOf(entryOf(one)).map(shellQuote).join(' '));
  return [
    '#!/bin/bash',
    ...directives,
    'staged_paths=(',
    ...words.map((line) => `  ${line}`),
    ')',
    `staging_interpreter=(${interpreterOf(text).map(shellQuote).join(' ')})`,
    textInto('staging_receiver', readAsset('staging/staging-receive.sh')),
    textInto('staging_sharer', readAsset('staging/staging-share.sh')),
    textInto('staging_download', readAsset('staging/staging-download.py')),
    textInto('staging_text', text),
    readAsset('staging/staging-batch.sh'),
  ].join('\n');
}

/** As the kernel reads it: one argument at most. */
function interpreterOf(text: string): string[] {
  const [, program, argument] = /^#![ \t]*([^\s]+)(?:[ \t]+(.*\S))?/.exec(text) ?? [];
  return program === undefined ? ['/bin/bash'] : [program, ...(argument === undefined ? [] : [argument])];
}

/** Lines of bash that put a text into a variable, unchanged; its last line is ended if it isn't. */
function textInto(variable: string, text: string): string {
  const lines = text.split('\n');
  let end = 'END';
  while (lines.includes(end)) end += '_';
  return `IFS= read -rd '' ${variable} <<'${end}'\n${text}${text.endsWith('\n') ? '' : '\n'}${end}`;
}
