/** What the rules say that are checked while an input is read. */
import { Severity } from '../../problems';
import { JOB_ENGINE } from '../../minicluster/rules/releases';
import { RuleText } from '../../minicluster/rules/rule';

/** A rule of the job engine alone. */
export function jobRule(
  code: string,
  title: string,
  consequence: string,
  remedy: string,
  severity = Severity.ERROR,
): RuleText {
  return { code, traps: [], severity, releases: [JOB_ENGINE], title, consequence, remedy };
}

export const OPTION_RULES = {
  fluxFrom: jobRule(
    'MJ001',
    'is no place where Flux can come from',
    'The library does not guess what is meant.',
    'write FluxFrom.IMAGE, FluxFrom.VIEW_COPY or FluxFrom.VIEW_VOLUME: image, view-copy or view-volume',
  ),
} as const;
