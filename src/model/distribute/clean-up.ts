import { Manifest, Metadata } from '../manifest';
import { Problem, hasErrors, subjectOf, throwErrors } from '../problems';
import { problemOf, problemsOfFields } from '../construct-rule';
import { hashOf } from '../hash';
import { checkFluxDistribute } from './check';
import { directoriesOf, labelsOf } from './identity';
import {
  NODE_ENVIRONMENT,
  SCRIPTS_MOUNT,
  nodeFolders,
  onItsNode,
  program,
  scheduling,
  scriptsVolume,
} from '../node-pod';
import { FLAG, NUMBER, TREE, isIntegerIn } from '../field-types';
import { Fields, unfit } from '../fields';
import { isTree } from '../tree';
import { RULES } from './rules';
import { settingsOf } from './settings';
import { programConfigMaps } from '../script-config-map';
import { FluxDistributeSpec, NodeCleanUp } from './spec';

/** What cleans nodes once a FluxDistribute is gone. */
export interface NodeCleanUpSpec {
  /**
   * The FluxDistribute as it was: its folders, nodes and image count.
   * @default - one without options
   */
  readonly of?: FluxDistributeSpec;
  /** How many nodes there are to clean: each gets one pod. */
  readonly nodes: number;
  /**
   * Is the state of the queue removed too?
   * @default false
   */
  readonly withState?: boolean;
}

const MOST_NODES = 5000;

/** Pods that are done stay for so long, so that those that come after them land on other nodes. */
const LEAST_HOLD_SECONDS = 30;
const PODS_PER_SECOND = 10;
const DEADLINE = 1800;

/** A rendered clean-up, and what is wrong with its input. */
export interface RenderedCleanUp {
  /** In the order in which they are to be applied; empty where there are errors. */
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/**
 * Renders a Job that removes from nodes what a FluxDistribute of this name has left: brokers that still run, what was
 * installed, and the state if that is wanted. For clusters in which the DaemonSet is gone already; one that still runs is
 * deleted first. Each node says in the log of its pod what was done.
 *
 * @param metadata of the FluxDistribute
 * @throws InvalidSpecError with all problems, if there are any
 */
export function fluxDistributeCleanUp(metadata: Metadata, spec: NodeCleanUpSpec): Manifest[] {
  const { manifests, problems } = renderCleanUp(metadata, spec);
  throwErrors(subjectOf('FluxDistributeCleanUp', metadata), problems);
  return [...manifests];
}

/** Renders and tells the problems in one go, for callers that name it in their own way. */
export function renderCleanUp(metadata: Metadata, spec: NodeCleanUpSpec): RenderedCleanUp {
  const problems = checkCleanUp(metadata, spec);
  if (hasErrors(problems)) return { manifests: [], problems };
  const named = { ...metadata, name: `${metadata.name}-clean-up`, labels: labelsOf(metadata) };
  const configMaps = programConfigMaps(named, settingsOf(metadata, spec.of ?? {}), 'clean-up.py');
  return { manifests: [...configMaps, job(metadata, named, spec, configMaps)], problems };
}

const FIELDS: Fields<NodeCleanUpSpec> = { of: TREE, nodes: NUMBER, withState: FLAG };

function checkCleanUp(metadata: Metadata, spec: NodeCleanUpSpec): Problem[] {
  const problems = problemsOfFields(unfit('', spec, FIELDS), RULES);
  if (!isTree(spec)) return problems;
  const { nodes } = spec as Partial<NodeCleanUpSpec>;
  if ((nodes === undefined || Number.isInteger(nodes)) && !isIntegerIn(nodes, 1, MOST_NODES))
    problems.push(problemOf(RULES.nodes, 'nodes', nodes));
  const { of = {} } = spec;
  if (isTree(of)) problems.push(...checkFluxDistribute(metadata, of));
  return problems;
}

function job(
  metadata: Metadata,
  named: Metadata,
  spec: NodeCleanUpSpec,
  configMaps: readonly Manifest[],
): Manifest {
  const { of = {}, nodes, withState = false } = spec;
  const labels = { ...labelsOf(metadata), 'app.kubernetes.io/component': 'clean-up' };
  const folders = nodeFolders(directoriesOf(metadata, of));
  const hold = Math.max(LEAST_HOLD_SECONDS, Math.ceil(nodes / PODS_PER_SECOND));
  const template = {
    metadata: { labels },
    spec: {
      ...withAntiAffinity(scheduling(of), labels),
      ...onItsNode(of),
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      containers: [
        {
          ...program('clean-up', 'clean-up.py', of),
          env: [
            ...NODE_ENVIRONMENT,
            { name: 'CLEAN_UP', value: withState ? NodeCleanUp.EVERYTHING : NodeCleanUp.INSTALLATION },
            { name: 'CLEAN_UP_HOLD', value: String(hold) },
          ],
          resources: { requests: { cpu: '10m', memory: '64Mi' } },
          volumeMounts: [SCRIPTS_MOUNT, ...folders.mounts],
        },
      ],
      volumes: [scriptsVolume(configMaps), ...folders.volumes],
    },
  };
  const body = {
    completionMode: 'Indexed',
    completions: nodes,
    parallelism: nodes,
    backoffLimit: nodes,
    activeDeadlineSeconds: DEADLINE + hold,
    template,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...named, name: `${named.name}-${hashOf(body)}`, labels },
    spec: body,
  };
}

/** One pod a node. */
function withAntiAffinity(choice: object, matchLabels: Record<string, string>): object {
  const { affinity } = choice as { affinity?: object };
  return {
    ...choice,
    affinity: {
      ...affinity,
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels } },
        ],
      },
    },
  };
}
