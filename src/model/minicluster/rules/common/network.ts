/** Traps T59 and T60: what the Services of the operator can't do. */
import { Severity } from '../../../problems';
import { Containers } from '../../located-containers';
import { CommonRule } from '../rule';

/** Above this many ranks the fixed fan-out of 256 gives a tree with inner nodes. */
const FLAT_RANKS = 257;

export const INNER_NODES: CommonRule<{
  readonly spec: { readonly flux?: { readonly minimalService?: boolean } };
  readonly maxSize: number;
}> = {
  traps: ['T59'],
  severity: Severity.ERROR,
  title: 'resolves rank 0 only, but the overlay network has inner nodes',
  consequence: 'Brokers whose parent is not rank 0 never find it: the cluster hangs.',
  remedy: `stay at ${FLAT_RANKS} pods, or leave minimalService out`,
  check: ({ spec, maxSize }, report) => {
    if (!spec.flux?.minimalService || maxSize <= FLAT_RANKS) return;
    report(
      'flux.minimalService',
      true,
      `resolves rank 0 only, but ${maxSize} pods make a tree with inner nodes`,
    );
  },
};

export const SEVERAL_PORTS: CommonRule<Containers<{ readonly ports?: readonly number[] }, 'sidecars'>> = {
  traps: ['T60'],
  severity: Severity.ERROR,
  title: 'has more than one port: the operator makes a Service whose ports have no names',
  consequence:
    'The API server refuses the Service, the operator stops there at every pass, and later steps never happen.',
  remedy: 'list one port, and make a Service of your own for the others',
  check: ({ sidecars }, report) => {
    for (const { container, path } of sidecars) {
      if ((container.ports?.length ?? 0) > 1) report(`${path}.ports`, container.ports);
    }
  },
};
