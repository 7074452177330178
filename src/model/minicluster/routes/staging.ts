/** Staging: the text that Flux runs is wrapped in one that brings the files first. */
import { batchText } from '../../staging/batch';
import { submitEachLine } from '../batch-text';
import { Draft, Route } from './route';

/**
 * The files are pulled and archived where the text runs, which is rank 0 of its instance. The lead's pod would be the
 * wrong place: a batch job on some of the nodes may have its rank 0 on another.
 */
function stageFirst({ spec, options, runner }: Draft): void {
  const { staging } = options;
  const container = runner === undefined ? undefined : spec.containers[runner];
  if (staging.length === 0 || spec.interactive || !container) return;
  const { command, commands, batch, batchRaw, launcher } = container;
  if (batch && command?.trim()) {
    container.command = batchText(staging, batchRaw ? command : submitEachLine(command, 'flux submit'));
    container.batchRaw = true;
  } else if (launcher && command?.trim()) container.command = batchText(staging, command);
  else if (launcher && commands?.script) commands.script = batchText(staging, commands.script);
}

export const STAGING_ROUTES: readonly Route[] = [{ codes: [], apply: stageFirst }];
