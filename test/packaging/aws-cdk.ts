/** Part of packaging.test.ts: the AWS CDK app, with the packed package installed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

import type { Manifest } from '../../src/model/manifest';
import { checked } from '../support/checked';
import { fileOf, installExample } from '../support/example-project';
import { expectGolden } from '../support/golden';
import { manifestsIn } from '../support/manifests';
import { node, ROOT, tsc, write, type Project } from '../support/package';

/** What the CDK makes of a chart. A reference to a resource of the template splits the text of the manifests. */
interface KubernetesResource {
  readonly Type: string;
  readonly DependsOn?: readonly string[];
  readonly Properties: {
    readonly Manifest: string | { readonly 'Fn::Join': readonly [string, readonly (string | Reference)[]] };
    readonly PruneLabel: string;
  };
  readonly Metadata: { readonly 'aws:cdk:path': string };
}

interface Reference {
  readonly Ref: string;
}

/** How large an event of CloudFormation may be for a function. An update carries the old properties and the new ones. */
const LARGEST_EVENT = 262_144;

/** The AWS CDK app. */
export function testAwsCdk(installed: () => Project): void {
  describe('an AWS CDK app with an EKS cluster', () => {
    let all: Readonly<Record<string, KubernetesResource>>;
    const charts = new Map<string, KubernetesResource>();

    beforeAll(async () => {
      all = await synthesize(installed());
      for (const resource of Object.values(all)) {
        if (resource.Type === 'Custom::AWSCDK-EKS-KubernetesResource') charts.set(idOf(resource), resource);
      }
    }, 120_000);

    test('has the manifests of its charts in the template, which are valid and stand beside it', () => {
      const { operator, ...others } = Object.fromEntries(
        [...charts].map(([id, resource]) => [id, checked(manifestsOf(resource))]),
      );
      const golden = manifestsIn(readFileSync(join(ROOT, 'examples/flux-operator.yaml'), 'utf8'));
      const ofOperator = golden.filter(({ metadata }) => !/^hello/.test(metadata.name));

      expect(operator!.map(withoutPruneLabel)).toEqual(ofOperator);
      const text = Object.values(others)
        .flat()
        .map((manifest) => stringify(manifest, { lineWidth: 0 }))
        .join('---\n');
      expectGolden(fileOf('aws-cdk', 'manifests.yaml'), text);
    });

    test('makes a chart after what it needs', () => {
      const needs = [...charts].map(([id, { DependsOn = [] }]) => [
        id,
        DependsOn.map((needed) => idOf(all[needed]!)),
      ]);

      expect(Object.fromEntries(needs)).toEqual({
        'manifest-flux': [],
        operator: [],
        results: ['manifest-flux'],
        lammps: ['operator', 'results', 'EfsMountTarget1', 'EfsMountTarget2'],
      });
    });

    test('marks the objects of each chart for kubectl apply --prune, and no pods', () => {
      const labels = [...charts.values()].map(({ Properties }) => Properties.PruneLabel);

      expect(new Set(labels).size).toBe(charts.size);
      for (const resource of charts.values()) {
        const label = resource.Properties.PruneLabel;
        for (const { metadata, ...rest } of manifestsOf(resource)) {
          expect(metadata.labels).toHaveProperty([label], '');
          expect(JSON.stringify(rest)).not.toContain(label);
        }
      }
    });

    test('sends events for its charts that are small enough for a function, the largest of them for the operator', () => {
      const sizes = [...charts].map(
        ([id, { Properties }]) => [id, JSON.stringify(Properties).length] as const,
      );
      const [largest, size] = sizes.reduce((one, other) => (one[1] > other[1] ? one : other));

      expect(largest).toBe('operator');
      expect(2 * size).toBeLessThan(LARGEST_EVENT);
    });
  });
}

/** Runs the app as the command line of the CDK does, and gives the resources of its template. */
async function synthesize(installed: Project): Promise<Readonly<Record<string, KubernetesResource>>> {
  const folder = installExample(installed, 'aws-cdk');
  await tsc(folder);
  const { context } = JSON.parse(readFileSync(join(folder, 'cdk.json'), 'utf8')) as { context: object };
  const ofCommandLine = {
    'aws:cdk:enable-path-metadata': true,
    // Only a deployment needs copies of the functions and their layers.
    'aws:cdk:disable-asset-staging': true,
  };
  const settings = JSON.stringify({ ...context, ...ofCommandLine });
  write(folder, 'cdk.env', `CDK_OUTDIR=cdk.out\nCDK_CONTEXT_JSON='${settings}'\n`);
  await node(folder, '--env-file=cdk.env', 'lib/app.js');
  const template = JSON.parse(readFileSync(join(folder, 'cdk.out/Hpc.template.json'), 'utf8')) as {
    Resources: Readonly<Record<string, KubernetesResource>>;
  };
  return template.Resources;
}

/** The id that a resource has in the app: the one before those of what it is made of. */
function idOf({ Metadata, Type }: KubernetesResource): string {
  const path = Metadata['aws:cdk:path'].split('/');
  return path.at(Type.startsWith('Custom::') ? -3 : -1)!;
}

function manifestsOf({ Properties }: KubernetesResource): Manifest[] {
  const { Manifest: text } = Properties;
  if (typeof text === 'string') return JSON.parse(text) as Manifest[];
  const [separator, parts] = text['Fn::Join'];
  const resolved = parts.map((part) => (typeof part === 'string' ? part : `\${${part.Ref}}`));
  return JSON.parse(resolved.join(separator)) as Manifest[];
}

function withoutPruneLabel({ metadata, ...rest }: Manifest): Manifest {
  const labels = Object.entries(metadata.labels ?? {}).filter(([name]) => !name.startsWith('aws.cdk.eks/'));
  return { ...rest, metadata: { ...metadata, labels: Object.fromEntries(labels) } };
}
