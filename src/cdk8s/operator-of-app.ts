import { ApiObject, Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { FLUX_OPERATOR_RULES, problem } from '../model/flux-operator';
import { describe } from '../model/problems';

/**
 * The operator of an app, and the MiniClusters that it runs. Whichever is constructed first, each MiniCluster depends
 * on the operator, so that manifests are applied in that order. It must be known when cdk8s sorts them, which it does
 * before it validates.
 */
export class OperatorOfApp {
  private static readonly apps = new WeakMap<IConstruct, OperatorOfApp>();

  /** The operator of the app that the construct is in. */
  public static of(construct: IConstruct): OperatorOfApp {
    const { root } = construct.node;
    const known = OperatorOfApp.apps.get(root);
    if (known) return known;
    const made = new OperatorOfApp();
    OperatorOfApp.apps.set(root, made);
    return made;
  }

  private readonly miniClusters: IConstruct[] = [];
  /** Paths of MiniClusters that cdk8s can't put after the operator. */
  private readonly unordered: string[] = [];
  private operator?: IConstruct;
  private deployments: readonly ApiObject[] = [];

  /** Path of the operator's construct, once there is one. */
  public get path(): string | undefined {
    return this.operator?.node.path;
  }

  /** @param deployments the last of the operator's objects: they depend on all others */
  public addOperator(operator: IConstruct, deployments: readonly ApiObject[]): void {
    this.operator = operator;
    this.deployments = deployments;
    operator.node.addValidation({ validate: () => this.unordered.map(unorderedMessage) });
    for (const miniCluster of this.miniClusters) this.putAfter(operator, miniCluster);
  }

  /** @param miniCluster the construct, with its objects in it */
  public addMiniCluster(miniCluster: IConstruct): void {
    this.miniClusters.push(miniCluster);
    if (this.operator) this.putAfter(this.operator, miniCluster);
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

function unorderedMessage(path: string): string {
  return `[${path}] ${describe(problem(FLUX_OPERATOR_RULES.unordered, 'the chart', undefined))}`;
}
