// A MiniCluster on the user-space Kubernetes of another stack. The API server listens on rank 0 only, so the tunnel that
// the other stack's output `tunnelCommand` opens must be up while Pulumi runs; a preview needs it, too.
//
//   pulumi --cwd stacks/usernetes-workloads config set cluster organization/usernetes/dev
import * as ssm from '@pulumi/aws/ssm';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { miniClusterJob } from 'flux-framework-constructs';

const config = new pulumi.Config();
const cluster = new pulumi.StackReference(config.get('cluster') ?? 'organization/usernetes/dev');

const name = cluster.requireOutput('kubeconfigParameter').apply((parameter: string) => {
  if (parameter !== '') return parameter;
  throw new pulumi.RunError(
    'the cluster of the other stack is one for batch jobs: it has no Kubernetes of its own',
  );
});
const kubeconfig = pulumi.secret(
  ssm.getParameterOutput({ name }).value.apply((text) => {
    if (text !== '-') return text;
    throw new pulumi.RunError('Kubernetes of the other stack has not been up yet: run pulumi up there first');
  }),
);
const provider = new k8s.Provider('usernetes', { kubeconfig });
const onCluster = { provider };

const namespace = new k8s.core.v1.Namespace('flux', { metadata: { name: 'flux' } }, onCluster);

const manifests = miniClusterJob(
  { name: 'hello', namespace: 'flux' },
  {
    size: config.getNumber('size') ?? 2,
    interactive: true,
    flux: {
      container: {
        image: config.get('fluxImage') ?? 'ghcr.io/converged-computing/flux-view-ubuntu:tag-noble',
      },
    },
    containers: [
      {
        image: config.get('image') ?? 'ubuntu:24.04',
        resources: { requests: { cpu: '1' }, limits: { cpu: '1' } },
      },
    ],
  },
);

// Brokers run until they are deleted: Pulumi must not wait for their Job to complete.
const dontWait = { 'pulumi.com/skipAwait': 'true' };

export const objects = manifests.map(
  ({ metadata, ...manifest }) =>
    new k8s.apiextensions.CustomResource(
      `${manifest.kind}-${metadata.name}`.toLowerCase(),
      { ...manifest, metadata: { ...metadata, annotations: { ...metadata.annotations, ...dontWait } } },
      { ...onCluster, dependsOn: [namespace] },
    ).urn,
);
