/** The Pulumi programs that people start from. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';

import { ROOT } from '../support/package';
import { runProgram } from '../support/program';
import { Deployment, all, deploy, failureOf, one, valueOf } from '../support/pulumi-deploy';
import { shortened } from '../support/shortened';

type Config = Readonly<Record<string, string>>;

/** Runs the program of a stack with a configuration, as its Pulumi.yaml says. */
async function up(folder: string, config: Config = {}): Promise<Deployment<unknown>> {
  const project = parse(readFileSync(join(ROOT, folder, 'Pulumi.yaml'), 'utf8')) as { main: string };
  const settings = Object.entries(config).map(([key, value]) => [`project:${key}`, value]);
  pulumi.runtime.setAllConfig(Object.fromEntries(settings) as Record<string, string>);
  const code = readFileSync(join(ROOT, folder, project.main), 'utf8');
  return deploy(async () => {
    const { exports } = runProgram(code);
    const values = await Promise.all(
      Object.entries(exports).map(async ([name, output]) => [name, await valueOf(pulumi.output(output))]),
    );
    return Object.fromEntries(values) as unknown;
  });
}

test('the stack usernetes makes two nodes with a network of their own, without any setting', async () => {
  const { resources, result } = await up('.');

  expect(all(resources, 'aws:ec2/instance:Instance')).toHaveLength(2);
  expect(shortened(resources)).toMatchSnapshot('resources');
  expect(result).toMatchSnapshot('outputs');
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

test('the stack usernetes-workloads runs brokers on the cluster of the other stack', async () => {
  const { resources } = await up('stacks/usernetes-workloads');

  expect(shortened(resources)).toMatchSnapshot('resources');
  const job = one(resources, 'kubernetes:batch/v1:Job', 'job-hello');
  expect(job.provider).toContain('usernetes');
  expect(job.inputs).toMatchObject({ metadata: { annotations: { 'pulumi.com/skipAwait': 'true' } } });
  expect(one(resources, 'pulumi:providers:kubernetes').secretPaths).toContain('kubeconfig');
});
