import { Int32, Int64, PodSecurityContext, Quantity, ResourceRequirements, SecurityContext } from './kubernetes';
export interface MiniClusterSpec {
  readonly archive?: Archive;
  readonly backoffLimit?: Int32;
  readonly cleanup?: boolean;
  readonly containers: readonly Container[];
  readonly deadlineSeconds?: Int64;
  readonly flux?: FluxOptions;
  readonly interactive?: boolean;
  readonly jobLabels?: Record<string, string>;
  readonly logging?: Logging;
  readonly maxSize?: Int32;
  readonly minSize?: Int32;
  readonly network?: Network;
  readonly pod?: PodOptions;
  readonly services?: readonly Container[];
  readonly shareProcessNamespace?: boolean;
  readonly size?: Int32;
  readonly tasks?: Int32;
}

export interface Archive {
  readonly path?: string;
}

export interface Container {
  readonly batch?: boolean;
  readonly batchRaw?: boolean;
  readonly command?: string;
  readonly commands?: Commands;
  readonly environment?: Record<string, string>;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSecret?: string;
  readonly launcher?: boolean;
  readonly lifeCycle?: LifeCycle;
  readonly logs?: string;
  readonly name?: string;
  readonly noWrapEntrypoint?: boolean;
  readonly ports?: readonly Int32[];
  readonly pullAlways?: boolean;
  readonly resources?: ResourceRequirements;
  readonly runFlux?: boolean;
  readonly secrets?: Record<string, SecretKey>;
  readonly securityContext?: SecurityContext;
  readonly volumes?: Record<string, ContainerVolume>;
  readonly workingDir?: string;
}

export interface Commands {
  readonly brokerPre?: string;
  readonly init?: string;
  readonly post?: string;
  readonly pre?: string;
  readonly prefix?: string;
  readonly script?: string;
  readonly servicePre?: string;
  readonly workerPre?: string;
}

export interface LifeCycle {
  readonly postStartExec?: string;
  readonly preStopExec?: string;
}

export interface SecretKey {
  readonly key: string;
  readonly name: string;
}

export interface ContainerVolume {
  readonly claimName?: string;
  readonly configMapName?: string;
  readonly csiDriver?: string;
  readonly csiDriverAttributes?: Record<string, string>;
  readonly emptyDir?: boolean;
  readonly emptyDirMedium?: string;
  readonly emptyDirSizeLimit?: string;
  readonly hostPath?: string;
  readonly items?: Record<string, string>;
  readonly path?: string;
  readonly readOnly?: boolean;
  readonly secretName?: string;
}

export interface FluxOptions {
  readonly arch?: string;
  readonly brokerConfig?: string;
  readonly bursting?: Bursting;
  readonly completeWorkers?: boolean;
  readonly connectTimeout?: string;
  readonly container?: FluxContainer;
  readonly curveCert?: string;
  readonly disableSocket?: boolean;
  readonly environment?: Record<string, string>;
  readonly logLevel?: Int32;
  readonly minimalService?: boolean;
  readonly mungeSecret?: string;
  readonly noWaitSocket?: boolean;
  readonly optionFlags?: string;
  readonly scheduler?: Scheduler;
  readonly submitCommand?: string;
  readonly topology?: string;
  readonly wrap?: string;
}

export interface Bursting {
  readonly clusters?: readonly BurstedCluster[];
  readonly hostlist?: string;
  readonly leadBroker?: LeadBroker;
}

export interface BurstedCluster {
  readonly name?: string;
  readonly size?: Int32;
}

export interface LeadBroker {
  readonly address: string;
  readonly name: string;
  readonly port?: Int32;
  readonly size: Int32;
}

export interface FluxContainer {
  readonly disable?: boolean;
  readonly image?: string;
  readonly imagePullSecret?: string;
  readonly mountPath?: string;
  readonly name?: string;
  readonly pullAlways?: boolean;
  readonly pythonPath?: string;
  readonly resources?: ResourceRequirements;
  readonly securityContext?: SecurityContext;
  readonly workingDir?: string;
}

export interface Scheduler {
  readonly queuePolicy?: string;
  readonly simple?: boolean;
}

export interface Logging {
  readonly debug?: boolean;
  readonly quiet?: boolean;
  readonly strict?: boolean;
  readonly timed?: boolean;
  readonly zeromq?: boolean;
}

export interface Network {
  readonly disableAffinity?: boolean;
  readonly headlessName?: string;
}

export interface PodOptions {
  readonly annotations?: Record<string, string>;
  readonly automountServiceAccountToken?: boolean;
  readonly dnsPolicy?: string;
  readonly hostIPC?: boolean;
  readonly hostPID?: boolean;
  readonly labels?: Record<string, string>;
  readonly nodeAffinity?: Record<string, readonly string[]>;
  readonly nodeSelector?: Record<string, string>;
  readonly resources?: Record<string, Quantity>;
  readonly restartPolicy?: string;
  readonly runtimeClassName?: string;
  readonly schedulerName?: string;
  readonly securityContext?: PodSecurityContext;
  readonly serviceAccountName?: string;
  readonly tolerations?: readonly Toleration[];
}

export interface Toleration {
  readonly effect?: string;
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
}
