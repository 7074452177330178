/**
 * Registers a UsernetesCluster and the same resources by hand, in turns in this process, which writes the milliseconds
 * of each round as JSON: `tsx bench/registration.ts NODES ROUNDS`.
 */
import * as cloudformation from '@pulumi/aws/cloudformation';
import * as ec2 from '@pulumi/aws/ec2';
import * as iam from '@pulumi/aws/iam';
import * as s3 from '@pulumi/aws/s3';
import * as ssm from '@pulumi/aws/ssm';
import * as vpcs from '@pulumi/aws/vpc';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';

import { UsernetesCluster } from '../src/aws/usernetes-cluster';
import { Registered, deploy, labelOf } from '../test/support/pulumi-deploy';

/** Milliseconds of a round. */
export interface Measured {
  readonly ours: number;
  readonly theirs: number;
}

type Resource = new (
  name: string,
  inputs: object,
  options: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

/** The classes by the type of what they register. */
function classesFor(resources: readonly Registered[]): ReadonlyMap<string, Resource> {
  const types = new Set(resources.map(({ type }) => type));
  const names = new Set([...types].map((type) => type.split(':').at(-1) ?? ''));
  const classes = new Map<string, Resource>();
  for (const module of [cloudformation, ec2, iam, s3, ssm, vpcs, random])
    for (const name of names) {
      const found = (module as unknown as Record<string, (Resource & { __pulumiType: string }) | undefined>)[
        name
      ];
      if (found && types.has(found.__pulumiType)) classes.set(found.__pulumiType, found);
    }
  return classes;
}

class ByHand extends pulumi.ComponentResource {}

/** Registers the same again, without anything to be found out. */
function registerAgain(resources: readonly Registered[], classes: ReadonlyMap<string, Resource>): void {
  const parent = new ByHand('bench:index:ByHand', 'hpc');
  const made = new Map<string, pulumi.CustomResource>();
  for (const { type, name, inputs, inputsNeed, dependsOn, options } of inOrder(resources)) {
    const needed = new Set(Object.values(inputsNeed).flat());
    const given = Object.entries(inputs).map(([input, value]) => {
      const other = made.get(inputsNeed[input]?.[0] ?? '');
      return [input, other ? other.id.apply(() => value) : value];
    });
    const others = dependsOn.filter((label) => !needed.has(label)).flatMap((label) => made.get(label) ?? []);
    const Class = classes.get(type)!;
    made.set(
      labelOf({ type, name }),
      new Class(name, Object.fromEntries(given) as object, {
        parent,
        dependsOn: others,
        ignoreChanges: [...options.ignoreChanges],
      }),
    );
  }
}

/** What others need comes first. */
function inOrder(resources: readonly Registered[]): readonly Registered[] {
  const ordered = new Map<string, Registered>();
  const todo = new Set(resources.filter(({ custom }) => custom));
  while (todo.size > 0)
    for (const each of todo) {
      if (!each.dependsOn.every((label) => ordered.has(label))) continue;
      ordered.set(labelOf(each), each);
      todo.delete(each);
    }
  return [...ordered.values()];
}

async function millisecondsOf(program: () => unknown): Promise<number> {
  const start = performance.now();
  await deploy(program, { preview: true });
  return performance.now() - start;
}

async function main(nodes: number, rounds: number): Promise<void> {
  const cluster = (): unknown => new UsernetesCluster('hpc', { nodes, instanceType: 'hpc7g.4xlarge' });
  const { resources } = await deploy(cluster);
  const classes = classesFor(resources);
  const measured: Measured[] = [];
  for (let round = 0; round < rounds; round++)
    measured.push({
      ours: await millisecondsOf(cluster),
      theirs: await millisecondsOf(() => {
        registerAgain(resources, classes);
      }),
    });
  process.stdout.write(JSON.stringify(measured));
}

const [nodes, rounds] = process.argv.slice(2).map(Number);
main(nodes ?? 0, rounds ?? 0).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
