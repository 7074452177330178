// Clusters of Flux on the user-space Kubernetes of another stack. The API server listens on rank 0 only, so the tunnel that
// the other stack's output `tunnelCommand` opens must be up while Pulumi runs; a preview needs it, too.
import * as ssm from '@pulumi/aws/ssm';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { diagram as diagramOf, mermaid } from 'flux-framework-constructs';
import { Cdk8sChart, CurveCertificate, MiniClusterJob } from 'flux-framework-constructs/pulumi';
import { reports } from './reports';

const config = new pulumi.Config();
const fluxImage = config.get('fluxImage') ?? 'ghcr.io/converged-computing/flux-view-ubuntu:tag-noble';
const stack = config.get('cluster') ?? 'organization/usernetes/dev';
const cluster = new pulumi.StackReference(stack);

const parameter = cluster.getOutput('kubeconfigParameter').apply((name: unknown) => {
  if (typeof name === 'string' && name !== '') return name;
  const reason = name === '' ? 'its cluster is one for batch jobs' : 'run pulumi up there first';
  throw new pulumi.RunError(`the stack ${stack} has no Kubernetes to run on: ${reason}`);
});
const kubeconfig = pulumi.secret(
  ssm.getParameterOutput({ name: parameter }).value.apply((text) => {
    if (text !== '-') return text;
    throw new pulumi.RunError('Kubernetes of the other stack has not been up yet: run pulumi up there first');
  }),
);
const provider = new k8s.Provider('usernetes', { kubeconfig });

const namespace = 'flux';
const metadata = { namespace };
const space = new k8s.core.v1.Namespace(namespace, { metadata: { name: namespace } }, { provider });
const there = { providers: [provider], dependsOn: [space] };

// The brokers of each share a key, which Pulumi makes: nothing in the cluster needs the right to.
const key = new CurveCertificate('queue-key', { metadata }, there);

/** A queue that people submit to. */
const queue = new MiniClusterJob(
  'queue',
  {
    metadata,
    size: config.getNumber('size') ?? 2,
    interactive: true,
    certificate: key,
    flux: { container: { image: fluxImage } },
    containers: [
      {
        image: config.get('image') ?? 'ubuntu:24.04',
        resources: { requests: { cpu: '1' }, limits: { cpu: '1' } },
      },
    ],
  },
  there,
);

const reportsKey = 'reports-key';
const keyOfReports = new CurveCertificate(reportsKey, { metadata }, there);
const chart = new Cdk8sChart(
  'reports',
  { chart: reports(namespace, fluxImage, reportsKey) },
  { ...there, dependsOn: [space, keyOfReports] },
);

export const queueName = queue.name;
/** A shell beside the lead broker, with the kubeconfig that the other stack's `kubeconfigCommand` writes. */
export const shellCommand = pulumi.interpolate`kubectl --kubeconfig kubeconfig --namespace ${namespace} exec -it $(kubectl --kubeconfig kubeconfig --namespace ${namespace} get pods --output name --selector batch.kubernetes.io/job-name=${queue.name},batch.kubernetes.io/job-completion-index=0) -- bash`;
/** What will run, as Mermaid text: `pulumi stack output diagram`. */
export const diagram = pulumi
  .all([queue.manifests, chart.manifests])
  .apply((manifests) => mermaid(diagramOf(manifests.flat())));
