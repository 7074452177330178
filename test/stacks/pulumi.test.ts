/** The Pulumi programs that people start from. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';

import { checked } from '../support/checked';
import { objectNamed, objectOf, waitOf } from '../support/kubernetes-resources';
import { ROOT } from '../support/package';
import { runProgram } from '../support/program';
import {
  Deployment,
  Registered,
  all,
  deploy,
  failureOf,
  labelOf,
  one,
  valueOf,
} from '../support/pulumi-deploy';

type Config = Readonly<Record<string, string>>;
type Outputs = Readonly<Record<string, unknown>>;

/** Runs the program of a stack with a configuration, as its Pulumi.yaml says. */
async function up(folder: string, config: Config = {}): Promise<Deployment<Outputs>> {
  const project = parse(readFileSync(join(ROOT, folder, 'Pulumi.yaml'), 'utf8')) as { main: string };
  const settings = Object.entries(config).map(([key, value]) => [
    key.includes(':') ? key : `project:${key}`,
    value,
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(settings) as Record<string, string>);
  const main = join(ROOT, folder, project.main);
  const code = readFileSync(main, 'utf8');
  return deploy(async () => {
    const { exports } = runProgram(code, dirname(main));
    const values = await Promise.all(
      Object.entries(exports).map(async ([name, output]) => [name, await valueOf(pulumi.output(output))]),
    );
    return Object.fromEntries(values) as Outputs;
  });
}

/** What a stack puts together: its resources, within what, after what, by which provider. Others test what is in them. */
function outline(resources: readonly Registered[]): Outputs {
  return Object.fromEntries(
    resources.map((resource) => {
      const { parent, provider, dependsOn } = resource;
      return [labelOf(resource), { parent, provider, dependsOn }];
    }),
  );
}

/** The outputs of a stack but for its picture, which is one of the objects that are named. */
function withoutPicture({ diagram, ...outputs }: Outputs, ...named: readonly string[]): Outputs {
  expect(diagram).toMatch(/^(---[^]*?---\n)?flowchart /);
  for (const name of named) expect(diagram).toContain(name);
  return outputs;
}

test('the stack usernetes makes two nodes with a network of their own, without any setting', async () => {
  const { resources, result } = await up('.');

  expect(all(resources, 'aws:ec2/instance:Instance')).toHaveLength(2);
  expect(outline(resources)).toMatchSnapshot('resources');
  expect(withoutPicture(result, 'UsernetesCluster hpc')).toMatchSnapshot('outputs');
});

test('the stack usernetes takes its settings from the configuration', async () => {
  const { resources, result } = await up('.', {
    name: 'lab',
    nodes: '3',
    maxNodes: '4',
    instanceType: 'c7g.large',
    mode: 'batch',
    engine: 'podman',
    access: 'public',
    ingress: '[{"cidr": "203.0.113.0/24", "port": 22}]',
    instanceHour: '0.5',
  });

  expect(all(resources, 'aws:ec2/eip:Eip')).toHaveLength(3);
  expect(one(resources, 'aws:ec2/instance:Instance', 'hpc-2').inputs.tags).toMatchObject({ Name: 'lab-2' });
  expect(result).toMatchObject({ clusterName: 'lab', kubeconfigCommand: '', hourlyCost: 1.5 });
});

test('the stack usernetes names what is wrong with a setting', async () => {
  const { message, resources } = await failureOf(async () => up('.', { mode: 'sytem', nodes: '0' }));

  expect(message).toContain('mode must be one of');
  expect(message).toContain('nodes');
  expect(resources.filter(({ custom }) => custom)).toEqual([]);
});

test('the stack usernetes-workloads runs a queue and a chart of cdk8s on the cluster of the other stack', async () => {
  const { resources, result } = await up('stacks/usernetes-workloads');

  expect(outline(resources)).toMatchSnapshot('resources');
  expect(withoutPicture(result, 'MiniCluster queue', 'MiniCluster hello')).toMatchSnapshot('outputs');
  expect(one(resources, 'kubernetes:batch/v1:Job', 'queue:flux/queue').inputs).toMatchObject({
    spec: { completions: 2, template: { spec: { containers: [{ image: 'ubuntu:24.04' }] } } },
  });
  for (const job of all(resources, 'kubernetes:batch/v1:Job')) expect(job.provider).toBe('usernetes');
  expect(waitOf(one(resources, 'kubernetes:batch/v1:Job', 'queue:flux/queue'))).toMatchObject({
    waitFor: 'jsonpath={.status.ready}=2',
  });
  expect(waitOf(one(resources, 'kubernetes:batch/v1:Job', 'reports:flux/hello'))).toEqual({
    waitFor: 'jsonpath={.metadata.uid}',
  });
  expect(one(resources, 'pulumi:providers:kubernetes').secretPaths).toContain('kubeconfig');
});

test('the stack eks-efa runs a MiniCluster on nodes with EFA of a cluster that exists', async () => {
  const { resources, result } = await up('stacks/eks-efa', {
    cluster: 'hpc',
    'aws:region': 'eu-west-1',
    operatorImage: `ghcr.io/flux-framework/flux-operator@sha256:${'0'.repeat(64)}`,
  });

  expect(outline(resources)).toMatchSnapshot('resources');
  expect(withoutPicture(result, 'MiniCluster lammps')).toMatchSnapshot('outputs');
  const lammps = objectNamed(resources, 'MiniCluster');
  expect(checked([objectOf(lammps)])).toHaveLength(1);
  expect(objectOf(lammps)).toMatchSnapshot('MiniCluster');
  // Its objects wait for their component, which waits for all that is made by the operator's.
  expect(one(resources, 'flux-framework-constructs:index:MiniCluster').dependsOn).toEqual(
    expect.arrayContaining([
      'Namespace hpc',
      'CustomResourceDefinition operator:miniclusters.flux-framework.org',
      'Deployment operator:operator-system/flux-operator-amd64',
    ]),
  );
  // Whoever runs the program asks AWS for a token of their own: there is nothing to keep.
  const { kubeconfig } = one(resources, 'pulumi:providers:kubernetes').inputs;
  expect(JSON.parse(String(kubeconfig))).toMatchObject({
    users: [
      { user: { exec: { command: 'aws', args: expect.arrayContaining(['get-token', 'hpc', 'eu-west-1']) } } },
    ],
  });
});

test('the stack eks-efa assumes that the operator is installed where no image of it is set', async () => {
  const { resources } = await up('stacks/eks-efa', { cluster: 'hpc', 'aws:region': 'eu-west-1' });

  expect(resources.map(({ type }) => type)).not.toContain('flux-framework-constructs:index:FluxOperator');
  expect(objectNamed(resources, 'MiniCluster').name).toBe('lammps:hpc/lammps');
});

test.each(['0', '-1', '1.5'])('the stack eks-efa refuses %s cards for each pod', async (efaCards) => {
  const config = { cluster: 'hpc', 'aws:region': 'eu-west-1', efaCards };
  const { message, resources } = await failureOf(async () => up('stacks/eks-efa', config));

  expect(message).toContain(`efaCards must be a whole number of at least 1, got ${efaCards}`);
  expect(resources.filter(({ custom }) => custom)).toEqual([]);
});

test.each(['.', 'stacks/usernetes-workloads', 'stacks/eks-efa'])(
  'the project in %s keeps its state beside the clone, and needs no account of Pulumi',
  (folder) => {
    const read = (file: string): unknown => parse(readFileSync(join(ROOT, folder, file), 'utf8'));
    const { backend } = read('Pulumi.yaml') as { backend: { url: string } };

    expect(join(ROOT, folder, backend.url.replace('file://', ''))).toBe(join(ROOT, '.'));
    expect(Object.keys(read('Pulumi.dev.yaml') as object)).toEqual(['config']);
  },
);
