/** Puts objects into a cluster that has no controllers: what those would have made is made here. */
import type { Crd } from '../../../scripts/crd-fields';
import type { Manifest } from '../../../src/model/manifest';
import { until } from '../../support/until';
import type { Api } from './api';

/** A resource of the API, as discovery lists it. */
interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export class Cluster {
  private definition: Crd | undefined;
  private readonly resources = new Map<string, Resource>();

  public constructor(public readonly api: Api) {}

  /** Makes this the only definition of a MiniCluster that the cluster has, or has it have none. */
  public async define(definition: Crd | undefined): Promise<void> {
    if (definition === this.definition) return;
    if (this.definition) await this.api.remove(pathOfDefinition(this.definition));
    this.definition = definition;
    this.resources.clear();
    if (!definition) return;
    await this.api.create(DEFINITIONS, JSON.stringify(definition));
    const { group, names, versions } = definition.spec;
    await until(async () => this.api.has(`/apis/${group}/${versions[0]!.name}/${names.plural!}`), 30);
  }

  /** Makes the namespaces of objects, and removes those that are among the objects themselves. */
  public async makeRoomFor(manifests: readonly Manifest[]): Promise<void> {
    const own = manifests.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
    for (const name of own)
      if (await this.api.has(`/api/v1/namespaces/${name}`))
        await this.api.remove(`/api/v1/namespaces/${name}`);
    const needed = new Set(manifests.map(({ metadata }) => metadata.namespace ?? 'default'));
    for (const name of needed) {
      if (own.includes(name)) continue;
      await this.addUnlessThere('/api/v1/namespaces', { kind: 'Namespace', metadata: { name } });
      // A pod is not admitted without this account, which the controller manager makes in a whole cluster.
      const account = { kind: 'ServiceAccount', metadata: { name: 'default' } };
      await this.addUnlessThere(`/api/v1/namespaces/${name}/serviceaccounts`, account);
    }
  }

  /** The path of the collection that an object is in. */
  public async collectionOf({ apiVersion, kind, metadata }: Manifest): Promise<string> {
    const version = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { name, namespaced } = await this.resourceOf(version, kind);
    return namespaced
      ? `${version}/namespaces/${metadata.namespace ?? 'default'}/${name}`
      : `${version}/${name}`;
  }

  /** A kind that was defined just now is there a moment later. */
  private async resourceOf(version: string, kind: string): Promise<Resource> {
    const key = `${version} ${kind}`;
    await until(async () => {
      if (this.resources.has(key)) return true;
      const found = (await this.resourcesOf(version)).find((resource) => resource.kind === kind);
      if (found) this.resources.set(key, found);
      return found !== undefined;
    }, 30).catch((error: unknown) => {
      throw new Error(`the API server has no ${kind} of ${version}: a foreign kind needs its definition`, {
        cause: error,
      });
    });
    return this.resources.get(key)!;
  }

  private async resourcesOf(version: string): Promise<readonly Resource[]> {
    if (!(await this.api.has(version))) return [];
    const { body } = await this.api.get(version);
    return (body.resources as readonly Resource[]).filter(({ name }) => !name.includes('/'));
  }

  private async addUnlessThere(
    collection: string,
    object: Pick<Manifest, 'kind' | 'metadata'>,
  ): Promise<void> {
    if (await this.api.has(`${collection}/${object.metadata.name}`)) return;
    await this.api.create(collection, JSON.stringify({ apiVersion: 'v1', ...object }));
  }
}

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

function pathOfDefinition({ metadata }: Crd): string {
  return `${DEFINITIONS}/${metadata.name}`;
}
