/** The wait for all nodes, as a template of CloudFormation. */
import { hashOf } from '../hash';
import { DEFAULT_TIMEOUT } from './defaults';

/** A wait that begins when its stack is created or updated. */
export interface WaitTemplate {
  readonly cluster: string;
  /** Where the parameters of the cluster lie: `/flux-usernetes/hpc`. */
  readonly parameters: string;
  /** Nodes that must be ready. */
  readonly nodes: number;
  /**
   * Seconds until they must be.
   * @default 2700
   */
  readonly timeout?: number;
  /** Names this wait among those before and after it; letters and digits. */
  readonly wave: string;
}

/** The name of a wait: another one for other instances, and whenever else a condition would have to change. */
export function waveOf(parts: readonly string[]): string {
  return hashOf(parts);
}

/**
 * A wait condition that every node signals, with the address for that as a parameter.
 *
 * A wait condition can't change, and one that reuses a handle sees the signals of the wait before: each wait has names of
 * its own (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html).
 */
export function waitTemplate({
  cluster,
  parameters,
  nodes,
  timeout = DEFAULT_TIMEOUT,
  wave,
}: WaitTemplate): string {
  const handle = { Ref: `Handle${wave}` };
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Waits until the nodes of the Flux cluster ${cluster} are ready`,
    Resources: {
      [`Handle${wave}`]: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
      Signal: {
        Type: 'AWS::SSM::Parameter',
        Properties: {
          Name: `${parameters}/signal`,
          Type: 'String',
          Description: `Where nodes of ${cluster} tell that they are ready`,
          // With the seconds, so that nodes tell what is missing before the time is up.
          Value: { 'Fn::Join': [' ', [String(timeout), handle]] },
        },
      },
      [`Ready${wave}`]: {
        Type: 'AWS::CloudFormation::WaitCondition',
        Properties: { Handle: handle, Count: nodes, Timeout: String(timeout) },
      },
    },
  };
  return JSON.stringify(template);
}
