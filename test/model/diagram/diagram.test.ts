/** What diagrams show of manifests. */
import * as fc from 'fast-check';
import { DiagramBoxKind, MachineSharing, diagram, multiApplicationCluster } from '../../../src';
import { Manifest } from '../../../src/model/manifest';
import { EXAMPLE_NAMES, allBoxes, arrowTexts, boxNamed, manifestsOf } from '../../support/diagrams';
import { manifestsIn } from '../../support/manifests';

/** A v1alpha2 MiniCluster with these lines in its spec. */
function miniCluster(...spec: string[]): Manifest[] {
  const head = [
    'apiVersion: flux-framework.org/v1alpha2',
    'kind: MiniCluster',
    'metadata: { name: lmp }',
    'spec:',
  ];
  return manifestsIn([...head, ...spec.map((line) => `  ${line}`)].join('\n'));
}

const ONE_CONTAINER = 'containers: [{ image: ubuntu, command: lmp -in a }]';

describe('a MiniCluster', () => {
  test('is its pods with view container, broker, port and socket, as the operator makes them', () => {
    const drawn = diagram(miniCluster('size: 4', ONE_CONTAINER));
    expect(drawn.title).toBe('MiniCluster lmp');
    expect(boxNamed(drawn, 'In each of 4 pods, lmp-0 to lmp-3').boxes.map(({ title }) => title)).toEqual([
      'Container flux-view',
      'Container lmp',
      'Volumes of the pod',
    ]);
    expect(boxNamed(drawn, 'Container lmp')).toMatchObject({
      kind: DiagramBoxKind.BROKER,
      lines: [
        'ubuntu',
        'Flux broker, port 8050',
        'socket /mnt/flux/config/run/flux/local',
        'the lead submits: lmp -in a',
      ],
    });
    expect(arrowTexts(drawn)).toContain('Service lmp connects In each of 4 pods, lmp-0 to lmp-3');
    expect(boxNamed(drawn, 'Service lmp')).toMatchObject({
      isApart: true,
      lines: ['headless: a name for each pod', 'made by the Flux Operator'],
    });
  });

  test('with few brokers shows each rank and its parent', () => {
    const drawn = diagram(miniCluster('size: 4', ONE_CONTAINER, 'flux: { topology: "kary:2" }'));
    expect(arrowTexts(drawn).filter((text) => text.startsWith('rank'))).toEqual([
      'rank 0, the lead broker is-parent-of rank 1',
      'rank 0, the lead broker is-parent-of rank 2',
      'rank 1 is-parent-of rank 3',
    ]);
  });

  test('with 256 brokers shows the levels of the tree, not 256 boxes', () => {
    const drawn = diagram(miniCluster('size: 256', ONE_CONTAINER, 'flux: { topology: "kary:16" }'));
    const { boxes } = boxNamed(drawn, 'Overlay network of the brokers');
    expect(boxes.map(({ title, lines }) => [title, ...lines])).toEqual([
      ['rank 0, the lead broker', 'lmp-0'],
      ['ranks 1–16', '16 brokers, lmp-1 to lmp-16'],
      ['ranks 17–255', '239 brokers, lmp-17 to lmp-255'],
    ]);
    expect(arrowTexts(drawn)).toEqual(
      expect.arrayContaining([
        'rank 0, the lead broker is-parent-of ranks 1–16 16 children',
        'ranks 1–16 is-parent-of ranks 17–255 up to 16 each',
      ]),
    );
    expect(allBoxes(drawn).length).toBeLessThan(15);
  });

  test('of a binomial tree names ranks that are not next to one another', () => {
    const drawn = diagram(miniCluster('size: 16', ONE_CONTAINER, 'flux: { topology: binomial }'));
    expect(boxNamed(drawn, 'ranks 1, 2, 4, 8').lines).toEqual(['4 brokers, lmp-1, lmp-2, lmp-4 and 1 more']);
  });

  test('with more brokers than are worked out tells their number all the same', () => {
    const drawn = diagram(miniCluster('size: 70000', 'maxSize: 100000', ONE_CONTAINER));
    const { lines, boxes } = boxNamed(drawn, 'Overlay network of the brokers');
    expect(lines).toContain('too many brokers to draw their tree');
    expect(boxes.map((box) => [box.title, ...box.lines])).toEqual([
      ['rank 0, the lead broker', 'lmp-0'],
      ['ranks 1–69999', '69999 brokers, lmp-1 to lmp-69999'],
      ['ranks 70000–99999', '30000 brokers, lmp-70000 to lmp-99999', 'may join later'],
    ]);
  });

  test('with a lead elsewhere and more brokers than are worked out names the first and last of each place', () => {
    const lead = 'leadBroker: { address: lead.example.org, name: burst, size: 3 }';
    const clusters = 'clusters: [{ name: far, size: 70000 }]';
    const drawn = diagram(
      miniCluster('size: 2', `flux: { bursting: { ${lead}, ${clusters} } }`, ONE_CONTAINER),
    );
    const { boxes } = boxNamed(drawn, 'Overlay network of the brokers');
    expect(boxes.map((box) => [box.title, ...box.lines])).toEqual([
      ['rank 0, the lead broker', 'lead.example.org', 'in another cluster'],
      ['ranks 1–70002', '70002 brokers, burst-1 to far-69999', 'in another cluster'],
    ]);
  });

  test('of a batch script that stages says what is staged, and what runs then', () => {
    expect(boxNamed(diagram(manifestsOf('staging')), 'Container flux-sample').lines.join('\n')).toContain(
      'the lead submits a batch script: stages mpi.sif, then flux submit',
    );
  });

  test('shows the ranks that may join later as such', () => {
    const drawn = diagram(miniCluster('size: 2', 'maxSize: 8', ONE_CONTAINER));
    expect(boxNamed(drawn, 'rank 1').isApart).toBe(false);
    expect(boxNamed(drawn, 'ranks 2–7')).toMatchObject({
      isApart: true,
      lines: ['6 brokers, lmp-2 to lmp-7', 'may join later'],
    });
  });

  test('shows brokers of other clusters that it bursts to', () => {
    const drawn = diagram(manifestsOf('bursting-lead'));
    expect(boxNamed(drawn, 'ranks 2–5').lines).toEqual([
      '4 brokers, burst-0-0 to burst-0-3',
      'in another cluster',
    ]);
  });

  test('with a topology that its name does not tell has no tree made up', () => {
    const drawn = diagram(miniCluster('size: 3', ONE_CONTAINER, 'flux: { topology: custom }'));
    const network = boxNamed(drawn, 'Overlay network of the brokers');
    expect(network.lines).toContain('topology custom: parents as broker.toml has them');
    expect(arrowTexts(drawn).filter((text) => text.startsWith('rank'))).toEqual([]);
  });

  test('of v1alpha1 has no view, the socket of the image and the volumes that the operator makes', () => {
    const drawn = diagram(manifestsOf('staging-v1alpha1'));
    expect(allBoxes(drawn).map(({ title }) => title)).not.toContain('Container flux-view');
    expect(boxNamed(drawn, 'Container flux-sample').lines).toContain('socket /run/flux/local');
    expect(boxNamed(drawn, 'PersistentVolumeClaim data-claim').lines).toContain('made by the Flux Operator');
    expect(arrowTexts(drawn)).toContain(
      'Container flux-sample needs PersistentVolumeClaim data-claim /tmp/fluxout',
    );
  });

  test('shows a command that was written into a script as it was meant', () => {
    expect(boxNamed(diagram(manifestsOf('topology')), 'Container tree').lines.join('\n')).toContain(
      'beside the lead: flux submit --cc=1000-2999',
    );
  });

  test('takes the first source of a volume that the operator takes', () => {
    const volumes =
      'volumes: { v: { path: /v, claimName: c, secretName: s }, m: { emptyDir: true, emptyDirMedium: memory } }';
    const drawn = diagram(miniCluster(`containers: [{ image: ubuntu, ${volumes} }]`));
    expect(arrowTexts(drawn)).toContain('Container lmp needs Secret s /v');
    expect(boxNamed(drawn, 'Volumes of the pod').lines).toContain('m, memory: /dev/shm in lmp');
  });
});

describe('without the operator', () => {
  test('a MiniClusterJob has its brokers, its certificate and who makes that', () => {
    const drawn = diagram(manifestsOf('job-staging'));
    expect(boxNamed(drawn, 'Container flux-sample').lines).toEqual(
      expect.arrayContaining([
        'Flux broker, port 8050',
        'socket /mnt/flux/config/run/flux/local',
        'the lead submits: singularity exec /data/mpi.sif /opt/mpitest',
      ]),
    );
    expect(arrowTexts(drawn)).toEqual(
      expect.arrayContaining([
        'Container flux-sample needs PersistentVolumeClaim staging-output /tmp/fluxout',
        'Container flux-sample needs Secret flux-sample-curve /flux-certificate',
        'Job flux-sample-curve-493aefe7 makes Secret flux-sample-curve fills in the certificate',
        'Service flux-sample connects In each of 4 pods, flux-sample-0 to flux-sample-3',
      ]),
    );
    expect(boxNamed(drawn, 'ServiceAccount flux-sample-curve').lines).toEqual([
      'may get, patch: secrets flux-sample-curve',
    ]);
  });

  test('several applications have a broker each, with ports and sockets, and get their jobs from the queue', () => {
    const drawn = diagram(manifestsOf('multi-application'));
    const brokers = allBoxes(drawn).filter(
      ({ kind, title }) => kind === DiagramBoxKind.BROKER && /^Container/.test(title),
    );
    expect(brokers.map(({ lines }) => lines[1])).toEqual(
      [8050, 8051, 8052, 8053].map((port) => `Flux broker, port ${port}`),
    );
    expect(brokers.map(({ lines }) => lines[3])).toEqual([
      'waits for people to submit jobs',
      ...Array.from({ length: 3 }, () => 'runs the jobs that the queue hands over'),
    ]);
    expect(arrowTexts(drawn).filter((text) => text.includes('jobs'))).toEqual([
      'Container queue connects Container lammps jobs, by local-1',
      'Container queue connects Container ior jobs, by local-2',
      'Container queue connects Container chatterbug jobs, by local-3',
    ]);
  });
});

test('applications with cores of their own take jobs from people, and their queue runs nothing', () => {
  const drawn = diagram(
    multiApplicationCluster(
      { name: 'apps', namespace: 'hpc' },
      { size: 2, sharing: MachineSharing.STATIC, applications: [{ name: 'ior', image: 'ior:1', cores: 2 }] },
    ),
  );
  expect(boxNamed(drawn, 'Container queue').lines).toContain(
    'runs nothing: each application plans its own jobs',
  );
  expect(boxNamed(drawn, 'Container ior').lines).toContain('waits for people to submit jobs');
  expect(arrowTexts(drawn).filter((text) => text.includes('jobs'))).toEqual([]);
});

describe('on the nodes', () => {
  test('a FluxDistribute has pods that run brokers outside of them, and a lead that is elected', () => {
    const drawn = diagram(manifestsOf('flux-distribute'));
    expect(drawn.title).toBe('FluxDistribute flux in namespace flux');
    expect(arrowTexts(drawn)).toEqual(
      expect.arrayContaining([
        'Container supervisor makes Flux broker, outside of any container installs, runs',
        'DaemonSet: a pod on each node that matches makes Lease flux elect the lead',
        'rank 0, the lead broker is-parent-of ranks 1 and up',
      ]),
    );
  });

  test('content comes before the pods that start from it', () => {
    const drawn = diagram(manifestsOf('content-distribution'));
    expect(boxNamed(drawn, 'Deployment lammps-image').lines).toContain(
      'image ghcr.io/converged-computing/lammps-reax:ubuntu2204',
    );
    expect(arrowTexts(drawn)).toEqual(
      expect.arrayContaining([
        'MiniCluster lammps needs Deployment lammps-image its image, on the nodes first',
        'Deployment lammps-image makes On each node that matches puts onto the nodes',
      ]),
    );
  });
});

describe('other objects', () => {
  test('a Secret that is needed and not there is a box that says so', () => {
    const drawn = diagram(manifestsOf('topology'));
    expect(boxNamed(drawn, 'Secret tree-certificate')).toMatchObject({
      lines: ['must exist already'],
      isApart: true,
    });
  });

  test('several that are needed and not there share a box that says so, whoever needs them', () => {
    const variable = (name: string): string =>
      `{ name: ${name}, valueFrom: { secretKeyRef: { name: ${name}, key: k } } }`;
    const container = `{ name: c, image: i, env: [${variable('one')}, ${variable('two')}] }`;
    const drawn = diagram(
      manifestsIn(
        `{ apiVersion: apps/v1, kind: Deployment, metadata: { name: d }, spec: { template: { spec: { containers: [${container}] } } } }`,
      ),
    );
    expect(boxNamed(drawn, '2 × Secret')).toMatchObject({
      lines: ['one', 'two', 'each: must exist already'],
      isApart: true,
    });
  });

  test('a right is told with all of its verbs', () => {
    expect(boxNamed(diagram(manifestsOf('flux-distribute')), 'ServiceAccount flux').lines).toContain(
      'may get, list, watch, update, patch: configmaps flux-membership',
    );
  });

  test('an operator among them makes the Job of a MiniCluster', () => {
    const drawn = diagram([...manifestsOf('flux-operator'), ...manifestsOf('hello-world')]);
    expect(arrowTexts(drawn)).toContain('Deployment flux-operator-amd64 makes MiniCluster hello');
    expect(boxNamed(drawn, 'Deployment flux-operator-amd64').lines).toContain(
      'makes a Job of each MiniCluster',
    );
  });

  test('a claim is connected with its volume, and with every pod that mounts it', () => {
    expect(arrowTexts(diagram(manifestsOf('shared-volume')))).toEqual(
      expect.arrayContaining([
        'PersistentVolumeClaim data needs PersistentVolume flux.data',
        'Container write needs PersistentVolumeClaim data /data',
        'Container main needs PersistentVolumeClaim data /data',
      ]),
    );
  });

  test('an autoscaler and a Service of the lead broker point at what they are for', () => {
    expect(arrowTexts(diagram(manifestsOf('elastic')))).toContain(
      'HorizontalPodAutoscaler queue makes MiniCluster queue',
    );
    expect(arrowTexts(diagram(manifestsOf('bursting-lead')))).toContain(
      'Service lead-broker connects rank 0, the lead broker',
    );
  });

  test('a Service selects pods of its own namespace only', () => {
    const text = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: a }
spec: { selector: { app: web } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: one, namespace: a }
spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: c, image: i }] } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: two, namespace: b }
spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: c, image: i }] } } }`;
    expect(arrowTexts(diagram(manifestsIn(text)))).toEqual(['Service web connects Deployment one']);
  });

  test('one of an unknown kind is a plain box, and many of one kind share a box', () => {
    const widgets = Array.from({ length: 9 }, (_, index) => ({
      apiVersion: 'example.org/v1',
      kind: 'Widget',
      metadata: { name: `w${index}` },
    }));
    expect(boxNamed(diagram(widgets.slice(0, 1)), 'Widget w0').kind).toBe(DiagramBoxKind.OBJECT);
    const { boxes } = diagram(widgets);
    expect(boxes.map(({ title, lines }) => [title, ...lines])).toEqual([
      ['9 × Widget', 'w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'and 3 more'],
    ]);
  });

  test('a list counts as its items', () => {
    const items = manifestsOf('hello-world');
    const list = { apiVersion: 'v1', kind: 'List', metadata: { name: '' }, items } as Manifest;
    expect(diagram([list])).toEqual(diagram(items));
  });
});

describe('every diagram', () => {
  test.each(EXAMPLE_NAMES)(
    'of %s has boxes with ids of their own, and arrows between two of them',
    (name) => {
      const drawn = diagram(manifestsOf(name));
      const ids = allBoxes(drawn).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(drawn.arrows.length).toBeGreaterThan(2);
      for (const { from, to } of drawn.arrows) {
        expect(ids).toEqual(expect.arrayContaining([from, to]));
        expect(from).not.toBe(to);
      }
      expect(drawn.boxes.map(({ kind }) => kind)).toContain(DiagramBoxKind.CLUSTER);
    },
  );

  test('of the same manifests is the same', () => {
    for (const name of EXAMPLE_NAMES) expect(diagram(manifestsOf(name))).toEqual(diagram(manifestsOf(name)));
  });

  test('takes anything in place of manifests and of their fields', () => {
    const kinds = [
      'MiniCluster',
      'Job',
      'Service',
      'ConfigMap',
      'RoleBinding',
      'PersistentVolume',
      'List',
      'DaemonSet',
    ];
    const fields = [
      'spec',
      'containers',
      'volumes',
      'name',
      'size',
      'template',
      'flux',
      'bursting',
      'clusters',
      'items',
    ];
    const { anything } = fc.letrec((tie) => ({
      anything: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>(null, '', 0, -1, 1.5, 1e9, true, 'text', 'kary:0'),
        fc.array(tie('anything'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...fields), tie('anything'), { maxKeys: 4 }),
      ),
    }));
    const manifest = fc.record({
      apiVersion: fc.constantFrom('flux-framework.org/v1alpha2', 'flux-framework.org/v1alpha1', 'v1'),
      kind: fc.constantFrom(...kinds),
      metadata: anything,
      spec: anything,
      items: anything,
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(manifest, anything), { maxLength: 4 }), (manifests) => {
        const drawn = diagram(manifests as Manifest[]);
        const ids = new Set(allBoxes(drawn).map(({ id }) => id));
        for (const { from, to } of drawn.arrows) expect([ids.has(from), ids.has(to)]).toEqual([true, true]);
      }),
      { numRuns: 300 },
    );
  });
});
