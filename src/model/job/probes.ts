/** Probes that ask Flux. */
import { JobCluster } from './job-cluster';
import { SCRIPTS } from './script-files';

/** How long the broker of a pod may take to join: images are there by then, other pods may not be. */
const STARTUP = { periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 300 };

/** A broker that is started again in place answers within a second or two. */
const LIVENESS = { periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 3 };

/** The probes of the Flux container, where they are asked for. */
export function probesOf({ options }: JobCluster): object {
  if (!options.probes) return {};
  const exec = (question: string): object => ({
    exec: { command: ['/bin/bash', `${SCRIPTS}/probe.sh`, question] },
  });
  return {
    startupProbe: { ...exec('started'), ...STARTUP },
    livenessProbe: { ...exec('alive'), ...LIVENESS },
  };
}
