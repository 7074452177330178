// Properties of the constructs that are measured, by their class: a function of the index of one of many. Names that
// differ from object to object belong into values: V8 is slow with thousands of shapes.

/** A container as people write it, with a few variables, resources and volumes. */
function container(role, index, more) {
  return {
    image: `ghcr.io/example/${role}:1.${index % 7}.0`,
    environment: { OMP_NUM_THREADS: '4', OMP_PROC_BIND: 'spread', RUN: `run-${index}`, UCX_TLS: 'tcp,self' },
    resources: {
      limits: { cpu: '4', memory: '16Gi', 'nvidia.com/gpu': '1' },
      requests: { cpu: '2', memory: '8Gi', 'nvidia.com/gpu': '1' },
    },
    volumes: {
      [`${role}-data`]: { claimName: `data-${index}`, path: `/data/${role}` },
      [`${role}-scratch`]: { hostPath: '/mnt/scratch', path: `/scratch/${role}` },
    },
    ...more,
  };
}

/** A sidecar with ports gets a Service of its name, which the namespace can have only once. */
function sidecar(role, port, index) {
  const command = `/opt/${role}/bin/serve --port ${port}`;
  return container(role, index, { name: `${role}-${index}`, command, ports: [port] });
}

/** A runner and three sidecars. */
function miniCluster(index) {
  return {
    size: 4 + (index % 60),
    tasks: 16,
    logging: { quiet: true },
    flux: { optionFlags: '-o cpu-affinity=per-task', logLevel: 6, noWaitSocket: true },
    containers: [
      container('solver', index, {
        runFlux: true,
        workingDir: '/opt/solver',
        command: `solver -v x 8 -v y 8 -v z 8 -in in.${index}.txt`,
        commands: { pre: 'ulimit -l unlimited', post: 'sync' },
      }),
      sidecar('metrics', 9100, index),
      sidecar('cache', 6379, index),
      sidecar('gateway', 8443, index),
    ],
  };
}

/** Without the folders of nodes, which a MiniClusterJob warns of. */
function claims(volumes) {
  return Object.fromEntries(Object.entries(volumes).filter(([, { hostPath }]) => hostPath === undefined));
}

const VIEW = { image: 'ghcr.io/example/view:1.0.0' };
const secret = (index) => ({ secretName: `certificate-${index}` });

module.exports = {
  MiniCluster: miniCluster,
  MiniClusterV1Alpha1: (index) => ({
    size: 4 + (index % 60),
    tasks: 16,
    network: { headlessName: `bench-${index}` },
    // As those who mind their warnings have it.
    flux: { curveCertSecret: `certificate-${index}` },
    logging: { quiet: true },
    containers: [
      {
        image: `ghcr.io/example/solver:1.${index % 7}.0`,
        runFlux: true,
        workingDir: '/opt/solver',
        command: `solver -v x 8 -v y 8 -v z 8 -in in.${index}.txt`,
        environment: { OMP_NUM_THREADS: '4', RUN: `run-${index}` },
      },
    ],
  }),
  MiniClusterJob: (index) => {
    const spec = miniCluster(index);
    const containers = spec.containers.map((one) => ({ ...one, volumes: claims(one.volumes) }));
    return { ...spec, containers, certificate: secret(index), flux: { ...spec.flux, container: VIEW } };
  },
  MultiApplicationCluster: (index) => ({
    size: 4 + (index % 60),
    certificate: secret(index),
    flux: { container: VIEW },
    queue: { resources: { requests: { cpu: '10', memory: '16Gi' } } },
    applications: ['lammps', 'ior', 'chatterbug'].map((name) => ({
      name,
      image: `ghcr.io/example/${name}:1.${index % 7}.0`,
      workingDir: `/opt/${name}`,
    })),
  }),
  // Each has nodes of its own.
  FluxDistribute: (index) => ({
    nodeSelector: { pool: `pool-${index}` },
    versions: { fluxCore: '0.85.0', fluxSched: '0.51.0' },
  }),
  ContentDistribution: (index) => ({
    through: { name: 'flux' },
    images: [`ghcr.io/example/solver:1.${index}.0`, `ghcr.io/example/data:1.${index}.0`],
  }),
  SharedVolume: (index) => ({
    capacity: '100Gi',
    nfs: { server: `10.0.0.${index % 250}`, path: `/export/${index}` },
  }),
  FluxOperator: () => ({
    images: { amd64: `ghcr.io/flux-framework/flux-operator@sha256:${'a'.repeat(64)}` },
  }),
};
