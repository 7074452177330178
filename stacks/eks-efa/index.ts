// A MiniCluster on an EKS cluster that exists, on nodes with EFA, whose device plugin has to run there. Settings have a
// line each in docs/stacks.md; the one that must be set is the name: `pulumi config set cluster NAME`.
import * as eks from '@pulumi/aws/eks';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { diagram as diagramOf, mermaid } from 'flux-framework-constructs';
import { CurveCertificate, FluxOperator, MiniCluster } from 'flux-framework-constructs/pulumi';
import { kubeconfigOf } from './kubeconfig';

const config = new pulumi.Config();
const region = new pulumi.Config('aws').require('region');
const cluster = config.require('cluster');
const nodes = config.getNumber('nodes') ?? 2;
const tasksPerNode = config.getNumber('tasksPerNode') ?? 36;
const cards = config.getNumber('efaCards') ?? 1;
if (!Number.isInteger(cards) || cards < 1)
  throw new pulumi.RunError(
    `efaCards must be a whole number of at least 1, got ${cards}: by these each pod has a node of its own`,
  );
const operatorImage = config.get('operatorImage');

const kubeconfig = eks.getClusterOutput({ name: cluster }).apply((found) => kubeconfigOf(found, region));
const provider = new k8s.Provider('eks', { kubeconfig });

const namespace = 'hpc';
const metadata = { namespace };
const space = new k8s.core.v1.Namespace(namespace, { metadata: { name: namespace } }, { provider });
const there = { providers: [provider] };

// Without an image it is assumed to be installed.
const operator = operatorImage
  ? [new FluxOperator('operator', { images: { amd64: operatorImage } }, there)]
  : [];
const key = new CurveCertificate('lammps-key', { metadata }, { ...there, dependsOn: [space] });

// Requests of devices and huge pages must be equal to their limits.
const devices = {
  'vpc.amazonaws.com/efa': String(cards),
  'hugepages-2Mi': config.get('hugePages') ?? '5120Mi',
  memory: config.get('memory') ?? '32Gi',
};

const lammps = new MiniCluster(
  'lammps',
  {
    metadata,
    size: nodes,
    tasks: nodes * tasksPerNode,
    reportFailure: true,
    certificate: key,
    flux: {
      container: {
        image: config.get('fluxImage') ?? 'ghcr.io/converged-computing/flux-view-ubuntu:tag-jammy',
      },
      optionFlags: '-o cpu-affinity=per-task',
    },
    // One pod a node: each asks for all the cards of its node.
    pod: {
      nodeSelector: { 'node.kubernetes.io/instance-type': config.get('instanceType') ?? 'c5n.18xlarge' },
    },
    containers: [
      {
        // One of your own needs libfabric with the provider efa, or runs over TCP.
        image: config.get('image') ?? 'ghcr.io/converged-computing/lammps-reax:ubuntu2204',
        command: config.get('command') ?? 'lmp -v x 8 -v y 8 -v z 8 -in in.reaxff.hns -nocite',
        workingDir: config.get('workingDir') ?? '/opt/lammps/examples/reaxff/HNS',
        environment: { FI_PROVIDER: 'efa' },
        resources: { limits: devices, requests: devices },
        securityContext: { capabilities: { add: ['IPC_LOCK'] } },
        volumes: { 'shared-memory': { emptyDir: true, emptyDirMedium: 'memory', emptyDirSizeLimit: '16Gi' } },
      },
    ],
  },
  { ...there, dependsOn: [space, ...operator] },
);

export const clusterName = lammps.name;
/** What the command printed, which only the lead broker's pod knows. The operator's Job is called like the MiniCluster. */
export const logsCommand = pulumi.interpolate`kubectl logs --namespace ${namespace} --follow --selector batch.kubernetes.io/job-name=${lammps.name},batch.kubernetes.io/job-completion-index=0`;
/** What will run, as Mermaid text: `pulumi stack output diagram`. */
export const diagram = pulumi
  .all([lammps.manifests, ...operator.map((one) => one.manifests)])
  .apply((manifests) => mermaid(diagramOf(manifests.flat())));
