/** Name of the operator's lease: LeaderElectionID in upstream's main.go. */
export const LEASE = '14dde902.flux-framework.org';

/** Something that the operator may do, and the code of upstream that does it. */
export interface Right {
  /** API group of the resource; empty for Kubernetes' core. */
  readonly apiGroup: string;
  /** Resource, or subresource as `miniclusters/status`. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /**
   * The only object that the right is for.
   * @default - all objects of the resource
   */
  readonly resourceName?: string;
  /** File and function of flux-operator at 0d75cef8 that needs it, and what for. */
  readonly why: string;
}

const READ = ['list', 'watch'];
const OWNED = 'controllers/flux/minicluster_controller.go SetupWithManager: Owns';

/**
 * What the operator needs in every namespace. Its reads go through the cache of controller-runtime, which lists
 * and watches and never gets; the manager ends if one of the kinds that it watches can't be listed.
 */
export const CLUSTER_RIGHTS: readonly Right[] = [
  {
    apiGroup: 'flux-framework.org',
    resource: 'miniclusters',
    verbs: READ,
    why: 'controllers/flux/minicluster_controller.go SetupWithManager: For; Reconcile reads the MiniCluster',
  },
  {
    apiGroup: 'flux-framework.org',
    resource: 'miniclusters',
    verbs: ['patch'],
    why: 'controllers/flux/scale.go disallowScale: a size above the maximum is put back',
  },
  {
    apiGroup: 'flux-framework.org',
    resource: 'miniclusters',
    verbs: ['delete'],
    why: 'controllers/flux/minicluster.go cleanupPodsStorage: `cleanup: true` deletes the finished MiniCluster',
  },
  {
    apiGroup: 'flux-framework.org',
    resource: 'miniclusters/status',
    verbs: ['update'],
    why: 'controllers/flux/scale.go addScaleSelector and allowScale, controllers/flux/minicluster.go ensureMiniCluster: selector, sizes, conditions',
  },
  {
    apiGroup: 'batch',
    resource: 'jobs',
    verbs: READ,
    why: `${OWNED}; controllers/flux/minicluster.go getExistingJob`,
  },
  {
    apiGroup: 'batch',
    resource: 'jobs',
    verbs: ['create'],
    why: 'controllers/flux/minicluster.go getMiniCluster: the Job of the brokers',
  },
  {
    apiGroup: 'batch',
    resource: 'jobs',
    verbs: ['patch'],
    why: 'controllers/flux/scale.go allowScale: parallelism and completions',
  },
  {
    apiGroup: '',
    resource: 'configmaps',
    verbs: READ,
    why: `${OWNED}; controllers/flux/configmap.go getConfigMap`,
  },
  {
    apiGroup: '',
    resource: 'configmaps',
    verbs: ['create'],
    why: 'controllers/flux/configmap.go getConfigMap: the entrypoints, with the CURVE certificate',
  },
  {
    apiGroup: '',
    resource: 'services',
    verbs: READ,
    why: `${OWNED}; controllers/flux/service.go exposeServices and exposeService`,
  },
  {
    apiGroup: '',
    resource: 'services',
    verbs: ['create'],
    why: 'controllers/flux/service.go createHeadlessService, createBrokerService and exposeService',
  },
  {
    apiGroup: '',
    resource: 'pods',
    verbs: READ,
    why: `${OWNED}; controllers/flux/extra.go getMiniClusterPods, controllers/flux/pods.go getExistingPod, controllers/flux/labels.go addBrokerLabel`,
  },
  {
    apiGroup: '',
    resource: 'pods',
    verbs: ['create'],
    why: 'controllers/flux/pods.go ensureServicePod: the pod of `services`',
  },
  {
    apiGroup: '',
    resource: 'pods',
    verbs: ['patch'],
    why: 'controllers/flux/labels.go addBrokerLabel: the label job-index',
  },
  {
    apiGroup: '',
    resource: 'secrets',
    verbs: READ,
    why: `${OWNED}; none is ever made or read, but the manager waits for the list`,
  },
  {
    apiGroup: 'networking.k8s.io',
    resource: 'ingresses',
    verbs: READ,
    why: `${OWNED}; none is ever made or read, but the manager waits for the list`,
  },
];

/** What it needs besides where the API server runs the plugin OwnerReferencesPermissionEnforcement. */
export const OWNER_REFERENCE_RIGHTS: readonly Right[] = [
  {
    apiGroup: 'flux-framework.org',
    resource: 'miniclusters/finalizers',
    verbs: ['update'],
    why: 'controllers/flux/*.go SetControllerReference: the objects of a MiniCluster block its deletion',
  },
];

/** What leader election needs, in the operator's own namespace. RBAC can't limit `create` to a name. */
export const LEADER_ELECTION_RIGHTS: readonly Right[] = [
  {
    apiGroup: 'coordination.k8s.io',
    resource: 'leases',
    verbs: ['create'],
    why: 'main.go NewManager with LeaderElection: the lease',
  },
  {
    apiGroup: 'coordination.k8s.io',
    resource: 'leases',
    verbs: ['get', 'update'],
    resourceName: LEASE,
    why: 'main.go NewManager with LeaderElection: take it, renew it',
  },
  {
    apiGroup: '',
    resource: 'events',
    verbs: ['create'],
    why: 'main.go NewManager with LeaderElection: an event on the lease tells who leads',
  },
];
