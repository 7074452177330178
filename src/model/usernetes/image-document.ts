/** What Image Builder does on the instance that becomes the image, and on one that starts from it. */
import { createHash } from 'node:crypto';

import { readAsset } from '../assets';
import { problemOf } from '../construct-rule';
import { shellQuote } from '../flux/quoting';
import { Problem } from '../problems';
import { fluxSourcesOf } from './flux-sources';
import { IMAGE_RULES } from './image-rules';
import { FluxBuild, UsernetesImageSpec } from './image-spec';
import { BundleObject, installConfig } from './node-config';
import { DEFAULT_ENGINE, USERNETES_COMMIT } from './defaults';
import { UsernetesMode } from './spec';

/** Characters of a component's document that CreateComponent takes (its parameter `data`). */
export const LARGEST_DOCUMENT = 16_000;

/** A component's document, in the format of the AWS Task Orchestrator and Executor. */
export interface ImageDocument {
  readonly name: string;
  readonly description: string;
  readonly schemaVersion: string;
  readonly phases: readonly DocumentPhase[];
}

/** `build` and `validate` run on the instance that becomes the image, `test` on one that started from it. */
export interface DocumentPhase {
  readonly name: string;
  readonly steps: readonly DocumentStep[];
}

/** One step: a download from S3, or a script. */
export interface DocumentStep {
  readonly name: string;
  readonly action: string;
  readonly timeoutSeconds: number;
  readonly maxAttempts?: number;
  readonly inputs: object;
}

/** Where the scripts are put on the build instance. */
const BUNDLE = '/var/tmp/flux-usernetes-bundle.json';
const SCRIPTS = '/opt/flux-usernetes';
/** Seconds. */
const LIMITS = { download: 300, unpack: 900, compile: 5400, install: 5400, check: 900 };

/** The document for an image of a spec that fits. */
export function imageDocument(spec: UsernetesImageSpec, bundle: BundleObject): ImageDocument {
  const { bucket, key } = bundle;
  const checks = { ENGINE: spec.engine ?? DEFAULT_ENGINE, COMMIT: spec.usernetesCommit ?? USERNETES_COMMIT };
  const check = (name: string, what: string): DocumentStep =>
    bash(name, LIMITS.check, checks, `exec ${SCRIPTS}/image/check-image.sh ${what}`);
  return {
    name: 'flux-usernetes',
    description: 'Flux, a rootless container engine and usernetes for the nodes of a UsernetesCluster',
    schemaVersion: '1.0',
    phases: [
      {
        name: 'build',
        steps: [
          {
            name: 'FetchScripts',
            action: 'S3Download',
            timeoutSeconds: LIMITS.download,
            maxAttempts: 5,
            inputs: [{ source: `s3://${bucket}/${key}`, destination: BUNDLE }],
          },
          unpackStep(spec, bundle),
          ...compileSteps(spec),
          bash('Install', LIMITS.install, { FLUX_USERNETES_IMAGE: '1' }, `exec ${SCRIPTS}/boot.sh install`),
          bash('CleanUp', LIMITS.check, {}, `exec ${SCRIPTS}/image/clean-image.sh`),
        ],
      },
      {
        name: 'validate',
        steps: [check('CheckPrograms', 'programs'), check('CheckLeftovers', 'leftovers')],
      },
      { name: 'test', steps: [check('CheckIdentity', 'fresh'), check('CheckPrograms', 'programs')] },
    ],
  };
}

/** The only script that comes with the document: it checks all others. */
function unpackStep(spec: UsernetesImageSpec, { sha256 }: BundleObject): DocumentStep {
  const settings = JSON.stringify(imageConfig(spec), null, 1);
  const variables = { BUNDLE, BUNDLE_SHA256: sha256, SETTINGS: settings };
  return bash('Unpack', LIMITS.unpack, variables, readAsset('usernetes/image/unpack.sh'));
}

/** cluster.json while the image is made: what the steps of the boot that install something read of it. */
function imageConfig(spec: UsernetesImageSpec): object {
  return {
    cluster: 'image',
    mode: UsernetesMode.BATCH,
    maxNodes: 1,
    firstAddress: '127.0.0.1',
    ...installConfig(spec),
    efa: spec.efa ?? true,
    // The build has limits of its own; the instance that it runs on may be small.
    limits: { step: 3600, ready: 3600, job: 3600 },
  };
}

function compileSteps({ flux, versions }: UsernetesImageSpec): readonly DocumentStep[] {
  const sources = flux === FluxBuild.COMPILED_WITH_SECURITY ? fluxSourcesOf(versions) : undefined;
  if (!sources) return [];
  const variables = {
    FLUX_SECURITY_URL: sources.security.url,
    FLUX_SECURITY_SHA256: sources.security.sha256,
    FLUX_CORE_URL: sources.core.url,
    FLUX_CORE_SHA256: sources.core.sha256,
    FLUX_SCHED_URL: sources.sched.url,
    FLUX_SCHED_SHA256: sources.sched.sha256,
  };
  return [bash('CompileFlux', LIMITS.compile, variables, `exec ${SCRIPTS}/image/compile-flux.sh`)];
}

/** A script with its variables. A fault of any of its commands is one of the step. */
function bash(
  name: string,
  timeoutSeconds: number,
  variables: Readonly<Record<string, string>>,
  script: string,
): DocumentStep {
  const exports = Object.entries(variables).map(([key, value]) => `export ${key}=${shellQuote(value)}`);
  const text = ['set -euo pipefail', ...exports, script.replace(/^#!.*\n/, '')].join('\n');
  return { name, action: 'ExecuteBash', timeoutSeconds, inputs: { commands: [text] } };
}

/** The document as Image Builder takes it. */
export function documentText(document: ImageDocument): string {
  return yamlWriter().stringify(document, { lineWidth: 0 });
}

/** A problem if Image Builder would not take it. */
export function checkDocument(text: string): Problem[] {
  if (text.length <= LARGEST_DOCUMENT) return [];
  return [problemOf(IMAGE_RULES.document, 'mirror', undefined)];
}

/** The third number of a version of Image Builder must be below this. */
const LARGEST_NUMBER = 2 ** 30;

/**
 * A version that follows from the content: components and recipes can't be changed, so that other content must be
 * another version, and the same content must be the same one.
 */
export function versionOf(...content: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest();
  return `1.0.${digest.readUInt32BE(0) % LARGEST_NUMBER}`;
}

interface YamlWriter {
  readonly stringify: (value: unknown, options: object) => string;
}

/** Loaded on first use: imports count at every start of a program. */
function yamlWriter(): YamlWriter {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('yaml') as YamlWriter;
}
