/** Diagrams of clusters on EC2. */
import { usernetesDiagram } from '../../../src';
import { NetworkAccess, UsernetesMode } from '../../../src/aws';
import { allBoxes, arrowTexts, boxNamed } from '../../support/diagrams';

const SPEC = { clusterName: 'hpc', nodes: 4, instanceType: 'm7g.xlarge' };

test('a system instance has one Kubernetes with its control plane on rank 0', () => {
  const drawn = usernetesDiagram(SPEC);
  expect(drawn.title).toBe('UsernetesCluster hpc');
  expect(boxNamed(drawn, 'Control plane, on rank 0').lines).toEqual([
    'u7s-hpc-0',
    'API server, port 6443',
    'etcd, port 2379',
  ]);
  expect(boxNamed(drawn, 'UsernetesCluster hpc').lines).toContain('a new VPC, 10.0.0.0/16');
  expect(boxNamed(drawn, '3 workers').lines).toEqual(['u7s-hpc-1 to u7s-hpc-3']);
  expect(arrowTexts(drawn)).toEqual(
    expect.arrayContaining([
      '3 workers connects Control plane, on rank 0',
      'Control plane, on rank 0 makes Parameters of SSM kubeconfig',
      'Session Manager connects rank 0, the lead broker',
      'On each of 4 instances m7g.xlarge connects NAT gateway HTTPS, HTTP',
    ]),
  );
});

test('in batch mode there is a Kubernetes for each job, and no kubeconfig', () => {
  const drawn = usernetesDiagram({ ...SPEC, mode: UsernetesMode.BATCH });
  expect(boxNamed(drawn, 'A Kubernetes for each job that asks for one').isApart).toBe(true);
  expect(arrowTexts(drawn).join('\n')).not.toContain('kubeconfig');
  expect(boxNamed(drawn, 'Parameters of SSM').lines.join('\n')).not.toContain('kubeconfig');
});

test('a single node has no workers', () => {
  const drawn = usernetesDiagram({ ...SPEC, nodes: 1 });
  expect(allBoxes(drawn).filter(({ title }) => title.includes('worker'))).toEqual([]);
});

test('256 nodes are a few boxes, with those that may come later apart', () => {
  const drawn = usernetesDiagram({ ...SPEC, nodes: 200, maxNodes: 256 });
  expect(boxNamed(drawn, 'ranks 1–199').lines).toEqual(['199 brokers, hpc-1 to hpc-199']);
  expect(boxNamed(drawn, 'ranks 200–255')).toMatchObject({ isApart: true });
  expect(allBoxes(drawn).length).toBeLessThan(20);
});

test('what may come in, how nodes get out and what they wait for is as the spec says', () => {
  const drawn = usernetesDiagram({
    ...SPEC,
    ingress: [{ cidr: '203.0.113.0/24', port: 8000, toPort: 8010 }],
    network: { access: NetworkAccess.ENDPOINTS },
    wait: { enabled: false },
  });
  expect(boxNamed(drawn, 'May come in').lines).toEqual(['203.0.113.0/24 to 8000–8010/tcp']);
  const titles = allBoxes(drawn).map(({ title }) => title);
  expect(titles).toContain('Endpoints only');
  expect(titles.join('\n')).not.toMatch(/Wait|NAT/);
});
