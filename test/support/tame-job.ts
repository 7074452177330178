import * as fc from 'fast-check';
import { FluxFrom, MiniClusterJobInput } from '../../src/model/job';
import { tameSpec } from './tame-spec';

/** Each key has a path of its own. */
const volumes = fc
  .dictionary(
    fc.constantFrom('a', 'b', 'data'),
    fc.constantFrom<object>(
      { claimName: 'b' },
      { configMapName: 'c', items: { k: 'v' } },
      { secretName: 's', readOnly: true },
      { emptyDir: true, emptyDirMedium: 'memory', emptyDirSizeLimit: '1Gi' },
      { csiDriver: 'example.org', csiDriverAttributes: { a: 'b' } },
    ),
    { maxKeys: 2, noNullPrototype: true },
  )
  .map((sources) =>
    Object.fromEntries(Object.entries(sources).map(([key, source]) => [key, { ...source, path: `/${key}` }])),
  );

const sidecar = fc.record(
  {
    image: fc.constant('redis:7'),
    name: fc.constantFrom('cache', 'proxy', 'logs'),
    command: fc.constantFrom('redis-server', 'a && b'),
    restartPolicy: fc.constant('Always'),
    ports: fc.uniqueArray(fc.integer({ min: 1024, max: 65_535 }), { maxLength: 2 }),
    volumes,
    environment: fc.constant({ A: '$(B)', B: '1' }),
  },
  { requiredKeys: ['image', 'name'], noNullPrototype: true },
);

const service = fc.record(
  {
    image: fc.constant('redis:7'),
    name: fc.constantFrom('x', 'y'),
    ports: fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 2 }),
    volumes,
  },
  { requiredKeys: ['image', 'name'], noNullPrototype: true },
);

const options = fc.record(
  {
    kubernetes: fc.constantFrom('1.28', '1.29', '1.31', '1.35'),
    fluxFrom: fc.constantFrom(...Object.values(FluxFrom)),
    certificate: fc.constant({ secretName: 'curve' }),
    backoffLimit: fc.nat(3),
    brokerRestarts: fc.nat(3),
    cores: fc.integer({ min: 1, max: 8 }),
    onePodPerNode: fc.boolean(),
    ttlSecondsAfterFinished: fc.nat(100),
    terminationGracePeriodSeconds: fc.integer({ min: 1, max: 90 }),
    suspend: fc.boolean(),
    queueName: fc.constant('team-a'),
    priorityClassName: fc.constant('high'),
    port: fc.integer({ min: 1, max: 65_535 }),
    networkInterface: fc.constantFrom('eth0', 'net1'),
    clusterDomain: fc.constant('cluster.local'),
    networkPolicy: fc.boolean(),
    probes: fc.boolean(),
    deadlineSeconds: fc.integer({ min: 1, max: 90 }),
    services: fc.uniqueArray(service, { selector: ({ name }) => name, maxLength: 2 }),
    network: fc.constant({ headlessName: 'overlay' }),
    shareProcessNamespace: fc.boolean(),
    pod: fc.record(
      {
        labels: fc.constant({ a: 'b' }),
        annotations: fc.constant({ a: 'b' }),
        restartPolicy: fc.constantFrom('Never', 'OnFailure'),
        nodeSelector: fc.constant({ a: 'b' }),
        nodeAffinity: fc.constant({ zone: ['a'] }),
        tolerations: fc.constant([{ key: 'a', operator: 'Exists' }]),
        securityContext: fc.constantFrom({}, { runAsUser: 1, fsGroup: 2, runAsNonRoot: true }),
        hostIPC: fc.boolean(),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** Inputs of small values that use most of what there is, so that many get past the rules. */
export const tameJob: fc.Arbitrary<MiniClusterJobInput> = fc
  .tuple(tameSpec, options, fc.uniqueArray(sidecar, { selector: ({ name }) => name, maxLength: 2 }), volumes)
  .map(([{ interactive, flux = {}, ...spec }, added, sidecars, own]) => {
    const [{ command, ...runner } = { image: '' }] = spec.containers;
    const first = { ...runner, ...(!interactive && { command }), volumes: own, runFlux: true };
    // An own broker configuration goes with few of the options, and has tests of its own.
    const withoutConfiguration = { ...flux, brokerConfig: undefined };
    const containers = [first, ...sidecars];
    return { ...spec, ...added, interactive, flux: withoutConfiguration, containers };
  });
