/** Part of packaging.test.ts: the components as programs in other languages know them, by what Pulumi infers from the packed package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expectGolden } from '../support/golden';
import { node, PACKAGE, ROOT, type Project } from '../support/package';
import { PLUGIN, pluginIn } from '../support/plugin';

/** The schema, for people to read what a change does to those programs. */
const GOLDEN = join(PLUGIN, 'schema.json');

/** Does what the engine does with a plugin of this kind: it looks for classes, and infers the schema from their types. */
const INFER = `
const { getPulumiComponents } = require('@pulumi/pulumi/provider/experimental/provider');
const { Analyzer } = require('@pulumi/pulumi/provider/experimental/analyzer');
const { generateSchema } = require('@pulumi/pulumi/provider/experimental/schema');
const { name, version, description, ...rest } = require('./package.json');
const components = new Set(getPulumiComponents(require('./exported.cjs')).map((component) => component.name));
const { components: found, typeDefinitions, dependencies } = new Analyzer(
  process.cwd(), name, { name, version, description, ...rest }, components,
).analyze();
process.stdout.write(JSON.stringify(generateSchema(name, version, description, found, typeDefinitions, dependencies)));
`;

interface Schema {
  readonly resources: Readonly<
    Record<string, { readonly inputProperties: object; readonly properties: object }>
  >;
  readonly types: object;
}

/** The Pulumi plugin. */
export function testPlugin(installed: () => Project): void {
  describe('the Pulumi plugin', () => {
    let schema: Schema;

    beforeAll(async () => {
      schema = await inferred(installed());
    }, 60_000);

    test('every component but Cdk8sChart is there, under the type that programs in TypeScript register', () => {
      const names = [
        'ContentDistribution',
        'CurveCertificate',
        'FluxDistribute',
        'FluxOperator',
        'MiniCluster',
        'MiniClusterJob',
        'MultiApplicationCluster',
        'SharedVolume',
        'UsernetesCluster',
        'UsernetesImage',
      ];
      expect(Object.keys(schema.resources).sort()).toEqual(
        names.map((name) => `${PACKAGE.name}:index:${name}`),
      );
    });

    test('every argument and output has a type: none is lost as Any', () => {
      expect(JSON.stringify(schema)).not.toContain('pulumi.json#/Any');
    });

    test('no type is called as the SDKs of other languages call their inputs, which would be a name twice', () => {
      const names = Object.keys(schema.types).map((type) => type.split(':').at(-1)!);

      expect(names).toContain('StateArchive');
      expect(names.filter((name) => name.endsWith('Args'))).toEqual([]);
    });

    test('components have no output that is not theirs', () => {
      const outputs = Object.fromEntries(
        Object.entries(schema.resources).map(([type, { properties }]) => [
          type.split(':')[2],
          Object.keys(properties),
        ]),
      );
      expect(outputs).toMatchObject({
        ContentDistribution: ['name', 'namespace'],
        CurveCertificate: ['secretName', 'key'],
        FluxDistribute: ['name', 'namespace', 'distributed'],
        FluxOperator: ['namespace'],
        MiniCluster: ['name', 'namespace'],
        MiniClusterJob: ['name', 'namespace'],
        MultiApplicationCluster: ['name', 'namespace'],
        SharedVolume: ['name', 'namespace', 'claim'],
      });
    });

    test('the schema is the one that was looked at', () => {
      expectGolden(GOLDEN, `${JSON.stringify(schema, null, 2)}\n`);
    });

    test('the plugin installs the version of the package that it belongs to', () => {
      const plugin = JSON.parse(readFileSync(join(PLUGIN, 'package.json'), 'utf8')) as typeof PACKAGE & {
        version: string;
      };
      const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

      expect([plugin.name, plugin.version]).toEqual([PACKAGE.name, own.version]);
      expect(plugin.dependencies?.[PACKAGE.name]).toBe(own.version);
      for (const [name, range] of Object.entries(plugin.dependencies ?? {}))
        if (name !== PACKAGE.name) expect([name, range]).toEqual([name, PACKAGE.peerDependencies?.[name]]);
    });
  });
}

/** The schema of the plugin, in a folder of its own that finds the package. */
async function inferred(installed: Project): Promise<Schema> {
  return JSON.parse(await node(pluginIn(installed), '-e', INFER)) as Schema;
}
