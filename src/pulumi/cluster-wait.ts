/** The wait for a Job of brokers, as the arguments of its component have it. */
import { ClusterWait, ClusterWaitSpec, checkClusterWait } from '../model/cluster-wait';
import { Metadata } from '../model/manifest';
import { Rendered } from './rendered';

/** How far a Job of brokers has to be. */
export interface JobWait {
  readonly until: ClusterWait;
  readonly seconds: number;
  /** Do the arguments say so? Else annotations of the Job may say otherwise. */
  readonly isGiven: boolean;
}

const SECONDS = 600;

/** What an input says of when its Job starts. */
interface Starting {
  readonly suspend?: boolean;
  readonly queueName?: string;
}

/**
 * A renderer that takes the arguments of the wait too.
 * @param isForSubmitters does the cluster run until somebody ends it?
 */
export function renderAwaited<Input extends Starting>(
  render: (metadata: Metadata, input: Input) => Rendered,
  isForSubmitters: (input: Input) => boolean,
): (metadata: Metadata, spec: Input & ClusterWaitSpec) => Rendered {
  return (metadata, { wait, waitSeconds, ...rest }) => {
    const input = rest as unknown as Input;
    const { manifests, problems } = render(metadata, input);
    const unfit = checkClusterWait({ wait, waitSeconds });
    if (unfit.length > 0) return { manifests: [], problems: [...problems, ...unfit] };
    const starts = input.suspend !== true && input.queueName === undefined;
    const usual = starts && isForSubmitters(input) ? ClusterWait.READY : ClusterWait.CREATED;
    const isGiven = wait !== undefined || waitSeconds !== undefined;
    return { manifests, problems, wait: { until: wait ?? usual, seconds: waitSeconds ?? SECONDS, isGiven } };
  };
}
