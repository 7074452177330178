import { ApiObject, Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { problemOf } from '../model/construct-rule';
import { RULES } from '../model/flux-operator';
import { describe } from '../model/problems';
import { perApp } from './per-app';

/**
 * The operator of an app, and the MiniClusters that it runs. Whichever is constructed first, each MiniCluster depends
 * on the operator, so that manifests are applied in that order. It must be known when cdk8s sorts them, which it does
 * before it validates.
 */
export class OperatorOfApp {
  /** The operator of the app that a construct is in. */
  public static readonly of = perApp(() => new OperatorOfApp());

  private readonly miniClusters: PlacedMiniCluster[] = [];
  /** Paths of MiniClusters that cdk8s can't put after the operator. */
  private readonly unordered: string[] = [];
  private operator?: IConstruct;
  private namespace = '';
  private deployments: readonly ApiObject[] = [];

  /** Path of the operator's construct, once there is one. */
  public get path(): string | undefined {
    return this.operator && isInTree(this.operator) ? this.operator.node.path : undefined;
  }

  /** @param deployments the last of the operator's objects: they depend on all others */
  public addOperator(operator: IConstruct, namespace: string, deployments: readonly ApiObject[]): void {
    this.operator = operator;
    this.namespace = namespace;
    this.deployments = deployments;
    operator.node.addValidation({ validate: () => this.validate() });
    for (const { construct } of this.miniClusters) this.putAfter(operator, construct);
  }

  /** @param construct the MiniCluster, with its objects in it */
  public addMiniCluster(construct: IConstruct, namespace: string | undefined): void {
    this.miniClusters.push({ construct, namespace });
    if (this.operator) this.putAfter(this.operator, construct);
  }

  private validate(): string[] {
    const guests = this.miniClusters.filter(({ namespace }) => namespace === this.namespace);
    return [
      ...this.unordered.map((path) =>
        message(path, describe(problemOf(RULES.unordered, 'the chart', undefined))),
      ),
      ...guests.map(({ construct, namespace }) =>
        message(
          construct.node.path,
          describe(problemOf(RULES.amongMiniClusters, 'metadata.namespace', namespace)),
        ),
      ),
    ];
  }

  private putAfter(operator: IConstruct, miniCluster: IConstruct): void {
    const chart = Chart.of(operator);
    // A chart depends on the charts within it: the dependency would close a circle, which cdk8s reports without a reason.
    const isWithin = Chart.of(miniCluster) !== chart && miniCluster.node.scopes.includes(chart);
    if (isWithin) this.unordered.push(miniCluster.node.path);
    else {
      for (const child of miniCluster.node.children) {
        if (ApiObject.isApiObject(child)) child.addDependency(...this.deployments);
      }
    }
  }
}

interface PlacedMiniCluster {
  readonly construct: IConstruct;
  readonly namespace?: string;
}

/** Was it not removed again? */
function isInTree(construct: IConstruct): boolean {
  const { scope, id } = construct.node;
  return scope === undefined || (scope.node.tryFindChild(id) === construct && isInTree(scope));
}

function message(path: string, text: string): string {
  return `[${path}] ${text}`;
}
