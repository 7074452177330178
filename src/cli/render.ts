import {
  MiniClusterInput,
  ParseOptions,
  ParsedMiniCluster,
  renderMiniCluster,
  renderMiniClusterV1Alpha1,
} from '../model/minicluster';
import { hasErrors } from '../model/problems';
import { readSources } from './files';
import { ExitCode, Io, UsageError } from './io';
import { Rewritten, rewrite, rewritten } from './rewrite';

/** What the library adds to what the YAML says. */
export type AddedOptions = Pick<MiniClusterInput, 'reportFailure' | 'certificate'>;

/** What a rendering is asked for. */
export interface RenderRequest extends ParseOptions {
  readonly files: readonly string[];
  readonly added: AddedOptions;
}

/** Prints files with each MiniCluster in a form that does what it says; all else stays as it is. */
export async function render({ files, added, ...options }: RenderRequest, io: Io): Promise<ExitCode> {
  const sources = await readSources(files, io);
  return rewrite(sources, options, io, (parsed) => renderParsed(parsed, added));
}

/** Renders what was read from YAML, in the API version that it is in. */
function renderParsed(parsed: ParsedMiniCluster, added: AddedOptions): Rewritten {
  const { metadata, input, inputV1Alpha1, findings } = parsed;
  if (inputV1Alpha1 && Object.keys(added).length > 0) {
    throw new UsageError(
      `${metadata.name} is a v1alpha1 MiniCluster, which has neither option: use minicluster upgrade first`,
    );
  }
  const isFine = !hasErrors(findings) && !findings.some(({ mendable }) => mendable);
  if (isFine && Object.keys(added).length === 0) return { findings, notes: [] };
  if (inputV1Alpha1) return rewritten(parsed, renderMiniClusterV1Alpha1(metadata, inputV1Alpha1));
  if (input) return rewritten(parsed, renderMiniCluster(metadata, { ...input, ...added }));
  return { findings, notes: [] };
}
