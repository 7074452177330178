import { defined } from '../defined';
import { BROKER_PORT } from '../flux/ports';
import { Manifest, Metadata } from '../manifest';
import { countOfCores } from './cores';
import { directoriesOf, labelsOf, namesOf, selectorOf } from './identity';
import {
  NODE_ENVIRONMENT,
  SCRIPTS,
  SCRIPTS_MOUNT,
  nodeFolders,
  onItsNode,
  program,
  scheduling,
  scriptsVolume,
} from '../node-pod';
import { STATE_VOLUME, drainSecondsOf } from './settings';
import { FluxDistributeSpec } from './spec';

/** Where the Secret with the certificate is mounted. */
const CERTIFICATE = '/flux-distribute/certificate';

/** Seconds that a pod has to stop its broker after its jobs, to save the state, and to clean up. */
const STOP_SECONDS = 90;

/** Seconds after which a supervisor that shows no sign of life is started again, and after which a broker counts as down. */
const ALIVE_SECONDS = 300;
const READY_SECONDS = 60;

/** The Secret with the certificate, and its key. */
export interface CertificateSecret {
  readonly secretName: string;
  readonly key: string;
}

/**
 * The DaemonSet of the supervisors.
 * @param configMaps with program and settings, called after what is in them, so that another content rolls the pods
 */
export function daemonSet(
  metadata: Metadata,
  spec: FluxDistributeSpec,
  configMaps: readonly Manifest[],
  certificate: CertificateSecret,
): Manifest {
  const matchLabels = selectorOf(metadata);
  const { type = 'RollingUpdate', maxUnavailable = '10%' } = spec.updateStrategy ?? {};
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...metadata, labels: labelsOf(metadata) },
    spec: {
      selector: { matchLabels },
      updateStrategy: defined({
        type,
        rollingUpdate: type === 'RollingUpdate' ? { maxUnavailable: amount(maxUnavailable) } : undefined,
      }),
      template: {
        metadata: {
          labels: labelsOf(metadata),
          annotations: {
            'kubectl.kubernetes.io/default-container': 'supervisor',
            // Pods of a DaemonSet are killed with an empty node otherwise: this one has jobs and a state to look after.
            'cluster-autoscaler.kubernetes.io/enable-ds-eviction': 'true',
          },
        },
        spec: podOf(metadata, spec, configMaps, certificate),
      },
    },
  };
}

/** A number is one in the API, a percentage is a text. */
function amount(text: string): number | string {
  return text.endsWith('%') ? text : Number(text);
}

function podOf(
  metadata: Metadata,
  spec: FluxDistributeSpec,
  configMaps: readonly Manifest[],
  { secretName, key }: CertificateSecret,
): object {
  const folders = nodeFolders(directoriesOf(metadata, spec));
  const volume = spec.stateVolume;
  return defined({
    ...scheduling(spec),
    ...onItsNode(spec),
    serviceAccountName: namesOf(metadata).name,
    automountServiceAccountToken: true,
    // The port is the node's: the scheduler keeps two that want the same one from one node.
    hostNetwork: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
    priorityClassName: spec.priorityClassName,
    terminationGracePeriodSeconds: drainSecondsOf(spec) + STOP_SECONDS,
    containers: [
      {
        ...program('supervisor', 'supervise.py', spec),
        env: NODE_ENVIRONMENT,
        ports: [portOf(spec)],
        resources: resourcesOf(spec),
        readinessProbe: { ...freshness(metadata, spec, 'ready', READY_SECONDS), periodSeconds: 10 },
        livenessProbe: { ...freshness(metadata, spec, 'alive', ALIVE_SECONDS), periodSeconds: 60 },
        volumeMounts: [
          SCRIPTS_MOUNT,
          { name: 'certificate', mountPath: CERTIFICATE, readOnly: true },
          ...folders.mounts,
          ...(volume
            ? [{ name: 'state-volume', mountPath: STATE_VOLUME, subPath: `flux-distribute-${metadata.name}` }]
            : []),
        ],
      },
    ],
    volumes: [
      scriptsVolume(configMaps),
      {
        name: 'certificate',
        secret: { secretName, items: [{ key, path: 'curve.cert' }], defaultMode: 0o400 },
      },
      ...folders.volumes,
      ...(volume ? [{ name: 'state-volume', persistentVolumeClaim: { claimName: volume.name } }] : []),
    ],
  });
}

function portOf({ port = BROKER_PORT }: FluxDistributeSpec): object {
  return { name: 'flux', containerPort: port, hostPort: port, protocol: 'TCP' };
}

/** What Flux books is requested too, so that Kubernetes gives away no more than the rest. */
function resourcesOf({ resources, cores, threadsPerCore = 1 }: FluxDistributeSpec): object {
  const cpu = cores === undefined ? '100m' : String(countOfCores(cores) * threadsPerCore);
  if (!resources) return { requests: { cpu, memory: '256Mi' } };
  const { limits, requests } = structuredClone(resources);
  // A limit without a request is a request too.
  return limits?.cpu === undefined
    ? { requests: { cpu, ...requests }, ...(limits && { limits }) }
    : { limits, requests };
}

/** Has the supervisor touched this file lately? */
function freshness(metadata: Metadata, spec: FluxDistributeSpec, file: string, seconds: number): object {
  const path = `${directoriesOf(metadata, spec).run}/${file}`;
  return {
    exec: { command: [`${SCRIPTS}/is-fresh`, path, String(seconds)] },
    initialDelaySeconds: 10,
    timeoutSeconds: 10,
  };
}
