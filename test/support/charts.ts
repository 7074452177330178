/** Charts of tests, and what is in them. */
import { App, Chart, Testing } from 'cdk8s';
import { Manifest } from '../../src/model/manifest';
import { applicable } from './pod-references';
import { synth } from './synth';

export function chart(namespace: string | undefined = 'flux', id = 'hpc', app: App = Testing.app()): Chart {
  return new Chart(app, id, { namespace });
}

export function manifestsOf(scope: Chart): readonly Manifest[] {
  return applicable(synth(scope));
}

/** The Job of the cluster, which comes last. */
export function jobOf(scope: Chart): Manifest {
  return manifestsOf(scope).at(-1) as Manifest;
}

export function messageOf(build: () => unknown): string {
  try {
    build();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

/** Our scripts have tests of their own: only their names are kept. */
export function withoutScripts(manifest: Manifest): unknown {
  const text = JSON.stringify(manifest, (key, value: unknown) =>
    typeof value === 'string' && /\.(sh|py|lua)$/.test(key) && value.length > 100
      ? 'a script of ours'
      : value,
  );
  // They are in the names, too.
  return JSON.parse(text.replace(/-(scripts|files|entrypoint|curve)-[0-9a-f]{8}/g, '-$1-HASH'));
}
