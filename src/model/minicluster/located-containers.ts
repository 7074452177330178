/** The containers of a spec by their parts, in either API version. */

/** A container with its place in the spec. */
export interface Located<Container> {
  readonly container: Container;
  /** `containers[0]` or `services[1]`. */
  readonly path: string;
}

/** The containers of a MiniCluster as its rules look at them. */
export interface LocatedContainers<One> {
  /** The containers of the Job's pods, in the order of the spec. */
  readonly containers: readonly One[];
  /** The container that runs Flux; undefined where there isn't exactly one. */
  readonly runner?: One;
  /** The other containers of the pods. */
  readonly sidecars: readonly One[];
  /** The containers of the extra pod. */
  readonly services: readonly One[];
}

/** Those of the containers that a rule of both API versions looks at, with as much of each as it needs. */
export type Containers<Container, Part extends keyof LocatedContainers<unknown>> = Pick<
  LocatedContainers<Located<Container>>,
  Part
>;

/**
 * Reads the lists of a spec the way the operator does: a single container runs Flux, whatever it says.
 * @param locate makes what is known of a container, from its place and its index in the list
 */
export function locateContainers<
  Container extends { readonly runFlux?: boolean },
  One extends Located<Container>,
>(
  spec: { readonly containers: readonly Container[]; readonly services?: readonly Container[] },
  locate: (container: Container, path: string, index: number) => One,
): LocatedContainers<One> {
  const all = (list: readonly Container[], name: string): One[] =>
    list.map((container, index) => locate(container, `${name}[${index}]`, index));
  const containers = all(spec.containers, 'containers');
  const runners =
    containers.length === 1 ? containers : containers.filter(({ container }) => container.runFlux);
  return {
    containers,
    runner: runners.length === 1 ? runners[0] : undefined,
    sidecars: containers.filter((one) => !runners.includes(one)),
    services: all(spec.services ?? [], 'services'),
  };
}

/** Every container of the MiniCluster, those of the services pod last. */
export function allContainers<One>({
  containers,
  services,
}: Pick<LocatedContainers<One>, 'containers' | 'services'>): readonly One[] {
  return services.length > 0 ? [...containers, ...services] : containers;
}
