export type Int32 = number;
export type Int64 = number;
export type WholeNumber = number;
export type Quantity = string;
export interface ResourceRequirements {
  readonly limits?: Record<string, Quantity>;
  readonly requests?: Record<string, Quantity>;
}

export interface SecurityContext {
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: Capabilities;
  readonly privileged?: boolean;
  readonly procMount?: string;
  readonly readOnlyRootFilesystem?: boolean;
  readonly runAsGroup?: Int64;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: Int64;
  readonly seLinuxOptions?: SeLinuxOptions;
  readonly seccompProfile?: SeccompProfile;
  readonly windowsOptions?: WindowsOptions;
}

export interface Capabilities {
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
}

export interface SeLinuxOptions {
  readonly level?: string;
  readonly role?: string;
  readonly type?: string;
  readonly user?: string;
}

export interface SeccompProfile {
  readonly localhostProfile?: string;
  readonly type: string;
}

export interface WindowsOptions {
  readonly gmsaCredentialSpec?: string;
  readonly gmsaCredentialSpecName?: string;
  readonly hostProcess?: boolean;
  readonly runAsUserName?: string;
}

export interface PodSecurityContext {
  readonly fsGroup?: Int64;
  readonly fsGroupChangePolicy?: string;
  readonly runAsGroup?: Int64;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: Int64;
  readonly seLinuxOptions?: SeLinuxOptions;
  readonly seccompProfile?: SeccompProfile;
  readonly supplementalGroups?: readonly Int64[];
  readonly sysctls?: readonly Sysctl[];
  readonly windowsOptions?: WindowsOptions;
}

export interface Sysctl {
  readonly name: string;
  readonly value: string;
}
