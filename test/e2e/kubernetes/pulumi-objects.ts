/** The Kubernetes objects that a Pulumi program registers, as a run against mocks has them. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';

import type { Manifest } from '../../../src/model/manifest';
import { deploy } from '../../support/pulumi-deploy';

/** A Pulumi.yaml, as far as it is read here. */
interface Project {
  readonly name: string;
  readonly main: string;
}

/** The folders of the repository that hold a Pulumi.yaml, from its root: `.`, `stacks/usernetes-workloads`. */
export function pulumiFolders(root: string): string[] {
  const stacks = readdirSync(join(root, 'stacks'), { withFileTypes: true });
  const below = stacks.filter((entry) => entry.isDirectory()).map(({ name }) => join('stacks', name));
  return ['.', ...below.sort()].filter((folder) => existsSync(join(root, folder, 'Pulumi.yaml')));
}

/**
 * In an order in which they can be made: namespaces first.
 *
 * @param folder that holds a Pulumi.yaml; its program has not run in this process
 * @param config settings of the project, by key
 */
export async function objectsOf(
  folder: string,
  config: Readonly<Record<string, string>> = {},
): Promise<readonly Manifest[]> {
  const { name, main } = parse(readFileSync(join(folder, 'Pulumi.yaml'), 'utf8')) as Project;
  const own = Object.entries(config).map(([key, value]) => [`${name}:${key}`, value] as const);
  // Mocks run each program in a project of this name.
  const settings = [...settingsOf(folder), ...own].map(([key, value]) => [
    key.replace(`${name}:`, 'project:'),
    value,
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(settings) as Record<string, string>);
  const { resources } = await deploy(() => import(join(folder, main)) as Promise<unknown>);
  const manifests = resources
    .filter(({ type }) => type.startsWith('kubernetes:'))
    .map(({ inputs }) => inputs as unknown as Manifest);
  const isNamespace = ({ kind }: Manifest): number => Number(kind === 'Namespace');
  return manifests.sort((first, second) => isNamespace(second) - isNamespace(first));
}

/** The settings of the stack dev. */
function settingsOf(folder: string): readonly (readonly [string, string])[] {
  const file = join(folder, 'Pulumi.dev.yaml');
  if (!existsSync(file)) return [];
  const { config } = parse(readFileSync(file, 'utf8')) as { readonly config: Record<string, string> };
  return Object.entries(config);
}
