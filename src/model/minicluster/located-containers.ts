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

/** Which container runs Flux: a single one, whatever it says, else the only one that is marked. */
export function indexOfRunner(containers: readonly { readonly runFlux?: boolean }[]): number | undefined {
  if (containers.length === 1) return 0;
  const first = containers.findIndex(({ runFlux }) => runFlux);
  const isOnly = !containers.some(({ runFlux }, index) => runFlux && index !== first);
  return first >= 0 && isOnly ? first : undefined;
}

/**
 * Reads the lists of a spec the way the operator does.
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
  const index = indexOfRunner(spec.containers);
  return {
    containers,
    runner: index === undefined ? undefined : containers[index],
    sidecars: containers.filter(
      ({ container }, at) => at !== index && !(index === undefined && container.runFlux),
    ),
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
