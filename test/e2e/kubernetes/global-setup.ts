/** Before all tests of this folder: what is to be taken is rendered, and a control plane runs until the end. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../../support/package';
import { startControlPlane } from './control-plane';
import { render } from './documents';
import { SETTINGS } from './settings';

export default async function setUp(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-kubernetes-'));
  const ends = [(): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })];
  // However this process ends: after the last test, by Ctrl-C, or because it is told to.
  process.once('exit', () => ends.reverse().forEach((end) => end()));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

  const rendered = join(folder, 'rendered');
  render(ROOT, rendered);
  const state = join(folder, 'state');
  mkdirSync(state, { mode: 0o700 });
  const { ETCD: etcd = 'etcd', KUBE_APISERVER: kubeApiserver = 'kube-apiserver' } = process.env;
  const { stop, ...server } = await startControlPlane({ etcd, kubeApiserver }, state);
  ends.push(stop);
  SETTINGS.write({ ...server, rendered });
}
