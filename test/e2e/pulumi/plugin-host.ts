/** Runs the plugin of the packed package as the engine would, for the engine to attach to. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { PACKAGE } from '../../support/package';
import { type Served } from './provider';

const HOST = `
const { componentProviderHost } = require('@pulumi/pulumi/provider/experimental');
const components = Object.values(require('./exported.cjs'));
void componentProviderHost({ name: '${PACKAGE.name}', dirname: process.cwd(), components });
`;

/** @param folder as `pluginIn` gives it */
export async function hostPlugin(folder: string): Promise<Served> {
  const host = spawn(process.execPath, ['-e', HOST], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    host.once('error', reject);
    host.once('exit', (code) =>
      reject(new Error(`the plugin has ended with ${code}, before it told its port`)),
    );
    // The first line is its port; what it writes later is left alone.
    createInterface({ input: host.stdout }).once('line', (line) => {
      resolve({ port: Number(line), stop: () => host.kill('SIGKILL') });
    });
  });
}
