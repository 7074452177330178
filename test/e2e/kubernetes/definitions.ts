/** The definitions of a MiniCluster that files of this repository are written for. */
import type { Crd } from '../../../scripts/crd-fields';
import generatedV1Alpha1 from '../../../src/model/minicluster/api/generated/v1alpha1.crd.json';
import { OperatorVersion } from '../../../src/model/minicluster/operator-version';
import { releaseOfExample } from '../../support/checked';
import type { Document } from './documents';
import { specSchemaOf } from './taken';

const DEFINITION = 'CustomResourceDefinition';

/** That of the old version. */
export const V1ALPHA1 = generatedV1Alpha1 as unknown as Crd;

/** The definitions, around the one that is rendered for installing the operator. */
export class Definitions {
  /** With the one field more that the operator of the branch multiple-applications-per-pod has. */
  private readonly ofTheBranch: Crd;

  public constructor(public readonly rendered: Crd) {
    this.ofTheBranch = structuredClone(rendered);
    Object.assign(specSchemaOf(this.ofTheBranch).properties!, { oversubscribe: { type: 'boolean' } });
  }

  /** @throws Error if no file installs a definition */
  public static among(documents: readonly Document[]): Definitions {
    const found = documents.find(({ manifest }) => manifest.kind === DEFINITION);
    if (!found) throw new Error('no example installs the definition of a MiniCluster');
    return new Definitions(found.manifest as unknown as Crd);
  }

  /** The one that the objects of a file need. */
  public for(file: string, documents: readonly Document[]): Crd {
    if (documents.some(({ manifest }) => manifest.apiVersion === 'flux-framework.org/v1alpha1'))
      return V1ALPHA1;
    const release = releaseOfExample(file.replace('.k8s.yaml', '.yaml'));
    return release === OperatorVersion.MULTIPLE_APPLICATIONS ? this.ofTheBranch : this.rendered;
  }
}

/** Does a file bring its definition along? */
export function bringsDefinition(documents: readonly Document[]): boolean {
  return documents.some(({ manifest }) => manifest.kind === DEFINITION);
}
