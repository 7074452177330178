/**
 * A CURVE certificate that is made in the Kubernetes cluster, once: an empty Secret, and a Job with the right to fill
 * just that one. Pods that mount the key wait until it is there.
 */
import { readAsset } from '../assets';
import { defined } from '../defined';
import { hashOf } from '../hash';
import { hashedConfigMap } from '../hashed-config-map';
import { LONGEST_LABEL } from '../kubernetes-names';
import { Manifest, Metadata } from '../manifest';
import { binding, role, serviceAccount } from '../rbac';

/** Key of the certificate in the Secret. */
export const CERTIFICATE_KEY = 'curve.cert';

/** The Job that makes a certificate. */
export interface CertificateMaker {
  /** An image with Flux and Python, on the path or as a view below /opt/view; without Flux, Python makes the key. */
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly imagePullSecrets?: readonly string[];
  /**
   * User and groups of the pod, which the pods of the cluster have too.
   * @default - nobody, so that it may run where root may not
   */
  readonly podSecurityContext?: object;
  /** Annotations of the pod, such as those that keep a service mesh out. */
  readonly podAnnotations?: Record<string, string>;
  /** Where the pod may run, and by which means. */
  readonly scheduling?: object;
}

const SCRIPTS = '/flux-certificate-scripts';
const KEY_FOLDER = '/flux-certificate-key';

/** Tells the script which Secret to fill in. */
export const SECRET_VARIABLE = 'CERTIFICATE_SECRET';

/**
 * Tries after which a Job that can't do its work ends, and seconds of each, from when there is a node for it: it waits for
 * the API itself for a minute a try.
 */
const TRIES = 4;
const DEADLINE = 900;

/** The user of the pod: Flux makes a key for anybody, whatever user the image names. */
const NOBODY = 65534;
const NOBODY_CONTEXT = { runAsNonRoot: true, runAsUser: NOBODY, runAsGroup: NOBODY, fsGroup: NOBODY };

/**
 * The objects that make it, in the order in which they are to be applied.
 * @param metadata names the Secret; its namespace must be given
 */
export function certificateInCluster(metadata: Metadata, maker: CertificateMaker): Manifest[] {
  const { name, namespace } = metadata;
  const files = {
    'make-certificate.sh': readAsset('certificate/make-certificate.sh'),
    'put-secret.py': readAsset('certificate/put-secret.py'),
    'curve_key.py': readAsset('certificate/curve_key.py'),
  };
  const configMap = hashedConfigMap(metadata, files);
  const template = podTemplate(name, configMap.metadata.name, maker);
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque' },
    serviceAccount(metadata),
    role('Role', metadata, [
      { apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs: ['get', 'patch'] },
    ]),
    binding('Role', metadata, { kind: 'ServiceAccount', name, namespace }),
    configMap,
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      // The template of a Job can't be changed: another one is another Job, which finds the key and leaves it.
      metadata: { ...metadata, name: jobName(name, hashOf(template)) },
      spec: { backoffLimit: TRIES, template },
    },
  ];
}

/** The name of a Job is a label of its pods, and so has to be shorter than that of a Secret. */
function jobName(name: string, hash: string): string {
  return `${name.slice(0, LONGEST_LABEL - hash.length - 1)}-${hash}`;
}

function podTemplate(name: string, configMap: string, maker: CertificateMaker): object {
  const { image, imagePullPolicy, imagePullSecrets = [], scheduling } = maker;
  return {
    metadata: defined({ labels: { 'app.kubernetes.io/name': name }, annotations: maker.podAnnotations }),
    spec: {
      ...scheduling,
      serviceAccountName: name,
      automountServiceAccountToken: true,
      restartPolicy: 'Never',
      activeDeadlineSeconds: DEADLINE,
      securityContext: maker.podSecurityContext ?? NOBODY_CONTEXT,
      ...(imagePullSecrets.length > 0 && {
        imagePullSecrets: imagePullSecrets.map((secret) => ({ name: secret })),
      }),
      containers: [
        {
          name: 'certificate',
          image,
          imagePullPolicy,
          command: ['/bin/bash', `${SCRIPTS}/make-certificate.sh`],
          env: [
            { name: SECRET_VARIABLE, value: name },
            { name: 'CERTIFICATE_KEY', value: CERTIFICATE_KEY },
          ],
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          volumeMounts: [
            { name: 'scripts', mountPath: SCRIPTS, readOnly: true },
            { name: 'key', mountPath: KEY_FOLDER },
          ],
        },
      ],
      volumes: [
        { name: 'scripts', configMap: { name: configMap } },
        { name: 'key', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      ],
    },
  };
}
