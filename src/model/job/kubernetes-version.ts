/** What the releases of Kubernetes can do of what a MiniClusterJob may use. */

/** The oldest release that everything else works on. */
export const OLDEST_KUBERNETES = 28;

/** Something that came to Kubernetes 1 with a minor release. */
export interface Feature {
  /** As messages call it. */
  readonly name: string;
  /** The minor release from which it is on. */
  readonly since: number;
  /** The feature gate that switches it on before, and the minor release from which it works. */
  readonly gate: { readonly name: string; readonly since: number };
}

/** KEP-753: containers that start before the others and end after them. */
export const NATIVE_SIDECARS: Feature = {
  name: 'a native sidecar',
  since: 29,
  gate: { name: 'SidecarContainers', since: 28 },
};

/** KEP-3998: a Job that is complete as soon as some of its pods have succeeded. */
export const SUCCESS_POLICY: Feature = {
  name: 'a success policy',
  since: 31,
  gate: { name: 'JobSuccessPolicy', since: 30 },
};

/** KEP-3939: a pod that is being deleted is replaced only once it has ended. With a failure policy that is so anyway. */
export const REPLACEMENT_POLICY: Feature = {
  name: 'a policy for the replacement of pods',
  since: 29,
  gate: { name: 'JobPodReplacementPolicy', since: 28 },
};

/** KEP-4639: images as volumes, with a `subPath` of the mount since 1.33. */
export const IMAGE_VOLUMES: Feature = {
  name: 'an image volume',
  since: 35,
  gate: { name: 'ImageVolume', since: 33 },
};

export const FEATURE_GATES: readonly string[] = [
  NATIVE_SIDECARS,
  REPLACEMENT_POLICY,
  SUCCESS_POLICY,
  IMAGE_VOLUMES,
].map(({ gate }) => gate.name);

/** The Kubernetes clusters that a MiniClusterJob is to run on. */
export class KubernetesTarget {
  public constructor(
    /** The minor release of the oldest. */
    public readonly minor: number,
    private readonly gates: readonly string[],
  ) {}

  public has({ since, gate }: Feature): boolean {
    return this.minor >= since || (this.minor >= gate.since && this.gates.includes(gate.name));
  }
}

/** The minor release of a text such as `1.31`; undefined where it is none. */
export function minorOf(version: string): number | undefined {
  const [, minor] = /^1\.(\d{1,3})$/.exec(version) ?? [];
  return minor === undefined ? undefined : Number(minor);
}

/** What an older cluster needs for it: `Kubernetes 1.35, or 1.33 with the feature gate ImageVolume`. */
export function needs({ since, gate }: Feature): string {
  return `Kubernetes 1.${since}, or 1.${gate.since} with the feature gate ${gate.name}`;
}
