/** A MultiApplicationCluster that is rendered, by the parts that tests look at. */
import { multiApplicationCluster } from '../../src/model/applications';
import { ApplicationInput, MultiApplicationClusterInput } from '../../src/model/applications/spec';
import { Manifest, Metadata } from '../../src/model/manifest';
import { checked } from './checked';
import { RenderedJob } from './job-cluster';
import { applicable } from './pod-references';

export const METADATA = { name: 'lmp', namespace: 'hpc' };
export const LAMMPS: ApplicationInput = { name: 'lammps', image: 'lammps:1' };
export const IOR: ApplicationInput = { name: 'ior', image: 'ior:1' };

/** A cluster that no rule has anything against. */
export const CLUSTER: MultiApplicationClusterInput = {
  size: 2,
  flux: { container: { image: 'view:1' } },
  applications: [LAMMPS, IOR],
};

/** The containers that run Flux, in their order. */
export const NAMES = ['queue', 'lammps', 'ior'];

/** The usual cluster with these changes to its second application and to the cluster. */
export function withIor(
  ior: Partial<ApplicationInput>,
  input: Partial<MultiApplicationClusterInput> = {},
): MultiApplicationClusterInput {
  return { ...CLUSTER, applications: [LAMMPS, { ...IOR, ...ior }], ...input };
}

const toml = jest.requireActual<{ parse: (text: string) => unknown }>('smol-toml');

/** What was rendered for a cluster. */
export class RenderedApplications extends RenderedJob {
  /** The files of a broker. */
  public filesOf(container: string): Record<string, string> {
    return this.dataOf(`lmp-${container}-files-`);
  }

  /** The scripts, which all brokers share. */
  public get scripts(): Record<string, string> {
    return this.dataOf('lmp-scripts-');
  }

  /** The configuration that a broker reads, by tables. */
  public configurationOf(container: string): Record<string, Record<string, unknown>> {
    const text = this.filesOf(container)['broker.toml'] ?? '';
    return toml.parse(text) as Record<string, Record<string, unknown>>;
  }

  /** The options that a broker is started with. */
  public optionsOf(container: string): string[] {
    return (this.filesOf(container)['broker-options'] ?? '').split('\n').filter(Boolean);
  }

  private dataOf(start: string): Record<string, string> {
    const maps = this.manifests.filter(({ metadata }) => metadata.name.startsWith(start));
    if (maps.length !== 1) throw new Error(`${maps.length} objects are called ${start}…`);
    return maps[0]?.data as Record<string, string>;
  }
}

/** Renders a cluster, with every manifest checked. */
export function multiApplications(
  input: MultiApplicationClusterInput,
  metadata: Metadata = METADATA,
): Manifest[] {
  return applicable(checked(multiApplicationCluster(metadata, input)));
}

/** Renders and checks the usual cluster with these changes. */
export function rendered(input: Partial<MultiApplicationClusterInput> = {}): RenderedApplications {
  return new RenderedApplications(multiApplications({ ...CLUSTER, ...input }));
}
