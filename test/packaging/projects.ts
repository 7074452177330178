/** Part of packaging.test.ts: the projects in plain Node and in TypeScript, with the packed package installed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { checked } from '../support/checked';
import { fileOf, installExample } from '../support/example-project';
import { expectGolden } from '../support/golden';
import { manifestsIn } from '../support/manifests';
import { node, tsc, type Project } from '../support/package';

/** The project in plain Node. */
export function testPlainNode(installed: () => Project): void {
  test('a program in plain Node writes the manifests beside it, which are valid', async () => {
    const folder = installExample(installed(), 'plain-node');
    await node(folder, 'write-manifests.mjs', 'written', 'ada');
    const text = readFileSync(join(folder, 'written/ada.yaml'), 'utf8');

    expectGolden(fileOf('plain-node', 'manifests/ada.yaml'), text);
    expect(checked(manifestsIn(text))).not.toHaveLength(0);
  });

  test('a program in plain Node tells what is wrong with one user, and writes nothing for the others', async () => {
    const folder = installExample(installed(), 'plain-node', 'plain-node-wrong');
    const run = node(folder, 'write-manifests.mjs', 'written', 'ada', 'Grace_H');

    await expect(run).rejects.toThrow(
      'metadata.namespace is no name that Kubernetes takes, got "lab-Grace_H"',
    );
    expect(existsSync(join(folder, 'written'))).toBe(false);
  });
}

/** The project in TypeScript. */
export function testTypeScript(installed: () => Project): void {
  test('a project in TypeScript compiles and writes the manifests beside it, the same as ES module and as CommonJS', async () => {
    const asWritten = installExample(installed(), 'typescript');
    const asCommonJs = installExample(installed(), 'typescript', 'typescript-commonjs');
    const manifest = join(asCommonJs, 'package.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"module"', '"commonjs"'));
    const compiled = await Promise.all(
      [asWritten, asCommonJs].map(async (folder) => {
        await tsc(folder);
        return readFileSync(join(folder, 'lib/sweep.js'), 'utf8');
      }),
    );
    const [module, common] = await Promise.all(
      [asWritten, asCommonJs].map((folder) => node(folder, 'lib/sweep.js', '2', '4')),
    );

    expect(compiled[0]).toMatch(/^import .* from 'flux-framework-constructs\/cdk8s';$/m);
    expect(compiled[1]).toContain('require("flux-framework-constructs/cdk8s")');
    expect(common).toBe(module);
    expectGolden(fileOf('typescript', 'sweep.yaml'), module!);
    expect(checked(manifestsIn(module!))).not.toHaveLength(0);

    const wrong = node(asWritten, 'lib/sweep.js', '2', '0');
    await expect(wrong).rejects.toThrow('[sweep/lammps-0] MiniCluster is not valid:');
  }, 60_000);
}
