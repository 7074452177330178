import type { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import * as pulumi from '@pulumi/pulumi';

import { Manifest } from '../model/manifest';
import { deployObject } from './deploy-object';
import { DeployedObject, manifestsOf, setObjects } from './deployed';
import { isSecret } from './kinds';

/** Arguments of a Cdk8sChart. */
export interface Cdk8sChartArgs {
  /** A chart with all charts within it, or an app for all of its charts. Nothing may be added to it afterwards. */
  readonly chart: IConstruct;
}

/**
 * Any cdk8s chart, deployed: each object is a resource, made after those that it depends on within the chart. For programs
 * in TypeScript and JavaScript.
 *
 * Pulumi waits for each object as it does elsewhere, but for the Job of a Flux cluster, which it would await until its
 * end: that is made, and not waited for. Annotations of Pulumi (`pulumi.com/waitFor` and the like) in the metadata of an
 * object hold instead.
 *
 * @throws Error with all problems that cdk8s finds in the app, of which nothing is deployed then
 */
export class Cdk8sChart extends pulumi.ComponentResource {
  public constructor(name: string, args: Cdk8sChartArgs, opts?: pulumi.ComponentResourceOptions) {
    super('flux-framework-constructs:index:Cdk8sChart', name, {}, opts);
    const objects = new ObjectsOfCharts(this, name, args.chart).deploy();
    const holdsSecrets = objects.some(({ manifest }) => isSecret(manifest));
    const known = pulumi.output(objects);
    setObjects(this, holdsSecrets ? pulumi.secret(known) : known);
    this.registerOutputs({});
  }

  /** What is deployed, as plain data. */
  public get manifests(): pulumi.Output<Manifest[]> {
    return manifestsOf(this);
  }
}

/** Deploys the objects of charts in the order of their dependencies. */
class ObjectsOfCharts {
  private readonly manifests: ReadonlyMap<IConstruct, Manifest>;
  private readonly needed: ReadonlySet<IConstruct>;
  private readonly deployed = new Map<IConstruct, DeployedObject>();

  public constructor(
    private readonly parent: pulumi.Resource,
    private readonly owner: string,
    scope: IConstruct,
  ) {
    this.manifests = synthesized(scope);
    this.needed = new Set(
      [...this.manifests.keys()].flatMap((object) => this.needsOf(object).map(([need]) => need)),
    );
  }

  public deploy(): readonly DeployedObject[] {
    for (const [object, manifest] of this.manifests) this.deployOne(object, manifest);
    return [...this.deployed.values()];
  }

  private deployOne(object: IConstruct, manifest: Manifest): DeployedObject {
    const known = this.deployed.get(object);
    if (known) return known;
    const deployed = deployObject(manifest, {
      parent: this.parent,
      owner: this.owner,
      all: [...this.manifests.values()],
      isNeeded: this.needed.has(object),
      needs: this.needsOf(object).map(([need, itsManifest]) => this.deployOne(need, itsManifest)),
    });
    this.deployed.set(object, deployed);
    return deployed;
  }

  /** The objects that this one depends on, as far as they are deployed with it. */
  private needsOf(object: IConstruct): [IConstruct, Manifest][] {
    return object.node.dependencies.flatMap((need): [IConstruct, Manifest][] => {
      const manifest = this.manifests.get(need);
      return manifest ? [[need, manifest]] : [];
    });
  }
}

/** What an output becomes where a text is made of it. */
const TEXT_OF_AN_OUTPUT = 'Calling [toString] on an [Output<T>]';

/** The objects of all charts in a scope with their manifests; the app is validated, and dependencies are those of objects. */
function synthesized(scope: IConstruct): ReadonlyMap<IConstruct, Manifest> {
  // Loaded on use: programs without a chart have no cdk8s.
  // eslint-disable-next-line @typescript-eslint/no-require-imports, no-restricted-syntax
  const cdk8s = require('cdk8s') as typeof import('cdk8s');
  const all = scope.node.findAll();
  const isChart = (construct: IConstruct): construct is Chart => cdk8s.Chart.isChart(construct);
  const isObject = (construct: IConstruct): construct is ApiObject => cdk8s.ApiObject.isApiObject(construct);
  // One is enough: it validates the app as a whole, and draws up the dependencies of its objects.
  all.find(isChart)?.toJson();
  const manifests = new Map(all.filter(isObject).map((object) => [object, object.toJson() as Manifest]));
  for (const [object, manifest] of manifests) {
    if (!JSON.stringify(manifest).includes(TEXT_OF_AN_OUTPUT)) continue;
    throw new Error(
      `[${object.node.path}] ${manifest.kind} holds an output of Pulumi in a text, whose value is not known yet; ` +
        'make the chart within apply of that output, or give it a name that is known',
    );
  }
  return manifests;
}
