/** What the examples and stacks render to, as files of YAML. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

import type { Manifest } from '../../../src/model/manifest';

/** One object of a file. */
export interface Document {
  /** As it was rendered. */
  readonly text: string;
  readonly manifest: Manifest;
  /** `Job hello`. */
  readonly label: string;
}

/**
 * Renders what `npm run synth` does, by the program that cdk8s.yaml names.
 *
 * @param root of the repository
 * @param into folder for the files
 * @throws Error with the output of the program if it fails
 */
export function render(root: string, into: string): void {
  const { app } = parse(readFileSync(join(root, 'cdk8s.yaml'), 'utf8')) as { app: string };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', app], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, CDK8S_OUTDIR: into },
  });
  if (status !== 0) throw new Error(`${app} failed:\n${stdout}${stderr}`);
}

/** All files of YAML below a folder, by their paths from there. */
export function filesBelow(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.yaml')).sort();
}

/** The objects of a file, in its order. */
export function documentsIn(file: string): readonly Document[] {
  const texts = readFileSync(file, 'utf8').split(/^---$/m);
  return texts.filter((text) => text.trim() !== '').map(documentOf);
}

/** An object of its text. */
export function documentOf(text: string): Document {
  const manifest = parse(text) as Manifest;
  return { text, manifest, label: `${manifest.kind} ${manifest.metadata.name}` };
}
