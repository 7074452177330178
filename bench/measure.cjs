// One measurement in a process of its own: node measure.cjs WHAT [COUNT], in a project that has the package
// installed. Writes as JSON: milliseconds, peak memory in MiB, and a hash of what was rendered.
const { createHash } = require('node:crypto');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { performance } = require('node:perf_hooks');

const load = createRequire(join(process.cwd(), 'bench.js'));
const [what, count = '0'] = process.argv.slice(2);
const KIND = { apiVersion: 'flux-framework.org/v1alpha2', kind: 'MiniCluster' };

/** A runner and three sidecars, with nothing that the library would mend or move to a script. */
function spec(index) {
  const container = (role, more) => ({
    image: `ghcr.io/example/${role}:1.${index % 7}.0`,
    environment: { OMP_NUM_THREADS: '4', OMP_PROC_BIND: 'spread', RUN: `run-${index}`, UCX_TLS: 'tcp,self' },
    resources: {
      limits: { cpu: '4', memory: '16Gi', 'nvidia.com/gpu': '1' },
      requests: { cpu: '2', memory: '8Gi', 'nvidia.com/gpu': '1' },
    },
    // Names that differ from object to object belong into values: V8 is slow with thousands of shapes.
    volumes: {
      [`${role}-data`]: { claimName: `data-${index}`, path: `/data/${role}` },
      [`${role}-scratch`]: { hostPath: '/mnt/scratch', path: `/scratch/${role}` },
    },
    ...more,
  });
  const sidecar = (role, port) =>
    container(role, {
      // A sidecar with ports gets a Service of its name, which the namespace can have only once.
      name: `${role}-${index}`,
      command: `/opt/${role}/bin/serve --port ${port}`,
      ports: [port],
    });
  return {
    size: 4 + (index % 60),
    tasks: 16,
    logging: { quiet: true },
    flux: { optionFlags: '-o cpu-affinity=per-task', logLevel: 6, noWaitSocket: true },
    containers: [
      container('solver', {
        runFlux: true,
        workingDir: '/opt/solver',
        command: `solver -v x 8 -v y 8 -v z 8 -in in.${index}.txt`,
        commands: { pre: 'ulimit -l unlimited', post: 'sync' },
      }),
      sidecar('metrics', 9100),
      sidecar('cache', 6379),
      sidecar('gateway', 8443),
    ],
  };
}

/** The same without an operator; sidecars get no Services of their own names, which would be other objects. */
function jobSpec(index) {
  const { containers, ...rest } = spec(index);
  return {
    ...rest,
    certificate: { secretName: `certificate-${index}` },
    flux: { ...rest.flux, container: { image: 'ghcr.io/example/view:1.0.0' } },
    containers: containers.map((container) => ({ ...container, volumes: ownVolumes(container.volumes) })),
  };
}

/** The engine mounts volumes where they are said to be: hostPath as in the spec, without a warning about it. */
function ownVolumes(volumes) {
  return Object.fromEntries(Object.entries(volumes).filter(([, { hostPath }]) => hostPath === undefined));
}

const indices = Array.from({ length: Number(count) }, (_, index) => index);
const metadata = (index) => ({ name: `cluster-${index}` });

/** What is measured: each loads what it needs, and gives the part that is timed. */
const MEASURED = {
  constructs: () => synth(load('flux-framework-constructs/cdk8s').MiniCluster, spec),
  plain: () => synth(load('cdk8s').ApiObject, (index) => ({ ...KIND, spec: spec(index) })),
  jobs: () => synth(load('flux-framework-constructs/cdk8s').MiniClusterJob, jobSpec),
  'plain jobs': () => {
    const { ApiObject } = load('cdk8s');
    const { miniClusterJob } = load('flux-framework-constructs');
    const rendered = indices.map((index) => miniClusterJob(metadata(index), jobSpec(index)));
    return write((chart) => {
      for (const [index, manifests] of rendered.entries()) {
        manifests.forEach((manifest, at) => new ApiObject(chart, `${index}-${at}`, manifest));
      }
    });
  },
  yaml: () => {
    const { stringify } = require('yaml');
    return (folder) => {
      const documents = indices.map((index) =>
        stringify({ ...KIND, metadata: metadata(index), spec: spec(index) }),
      );
      writeFileSync(join(folder, 'bench.k8s.yaml'), documents.join('---\n'));
    };
  },
  'import of ours': () => () => load('flux-framework-constructs/cdk8s'),
  'import of others': () => () => [load('cdk8s'), load('cdk8s-plus-28')],
};

function synth(Construct, propsOf) {
  return write((chart) => {
    for (const index of indices) {
      new Construct(chart, `cluster-${index}`, { metadata: metadata(index), ...propsOf(index) });
    }
  });
}

/** Synthesizes a chart with what is added to it. */
function write(add) {
  const { App, Chart } = load('cdk8s');
  return (folder) => {
    const app = new App({ outdir: folder });
    add(new Chart(app, 'bench'));
    app.synth();
  };
}

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
try {
  const timed = MEASURED[what]();
  const start = performance.now();
  timed(folder);
  const milliseconds = performance.now() - start;
  // Linux and macOS differ in the unit of what the system tells; Node gives KiB on both.
  const mebibytes = process.resourceUsage().maxRSS / 1024;
  const rendered = indices.length > 0 ? readFileSync(join(folder, 'bench.k8s.yaml'), 'utf8') : '';
  const hash = createHash('sha256').update(rendered).digest('hex');
  const documents = rendered.split(/^---$/m).length;
  process.stdout.write(JSON.stringify({ milliseconds, mebibytes, hash, documents }));
} finally {
  rmSync(folder, { recursive: true });
}
