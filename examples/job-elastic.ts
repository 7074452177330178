// A queue that can grow from two to eight pods. All eight have a rank from the start; those without a pod are down in
// `flux resource list`, and join when they come. Completions and parallelism of a Job change together or not at all:
//
//   kubectl patch job queue --namespace flux --patch '{"spec":{"completions":8,"parallelism":8}}'
//
// Only the size may differ when this file is applied again, so applying it with another SIZE does the same. Fewer pods
// are those with the lowest indexes, whatever runs on the others: drain them first.
import { App, Chart } from 'cdk8s';
import { MiniClusterJob } from 'flux-framework-constructs/cdk8s';

const SIZE = 2;
const SMALLEST = 2;
const LARGEST = 8;

export function jobElastic(app: App): Chart {
  const chart = new Chart(app, 'job-elastic', { namespace: 'flux' });
  new MiniClusterJob(chart, 'queue', {
    metadata: { name: 'queue' },
    size: SIZE,
    // Jobs run once so many brokers are there. Without it that number is SIZE, which would be part of the pods, and those
    // of a Job can't change.
    minSize: SMALLEST,
    maxSize: LARGEST,
    interactive: true,
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-noble' } },
    containers: [{ image: 'ubuntu:24.04', resources: { requests: { cpu: '4' }, limits: { cpu: '4' } } }],
  });
  return chart;
}
