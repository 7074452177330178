/**
 * Deploys what the model renders: at once where all arguments are known, else when they are.
 *
 * The components repeat some lines around this (`super`, outputs, `initialize`, `manifests`): for other languages Pulumi finds
 * only classes that extend its ComponentResource themselves, and takes every field for an output.
 */
import * as pulumi from '@pulumi/pulumi';

import { Metadata } from '../model/manifest';
import { Severity, describe } from '../model/problems';
import { stopAtProblems } from './invalid-args';
import { OPEN, Secrecy } from './kubernetes-object';
import { withoutHints } from './await-annotations';
import { deployObject } from './deploy-object';
import { DeployedObject, DeployedObjects, ObjectIdentity, giveUp, identityOf, setObjects } from './deployed';
import { knownPart } from './known';
import { ObjectMetadata } from './object-metadata';
import { Rendered } from './rendered';
import { withReferences } from './references';

/** What is deployed for a component. */
export interface Plan<Args> {
  readonly component: pulumi.ComponentResource;
  /** What messages call the component: `MiniCluster`. */
  readonly kind: string;
  /** Name of the component. */
  readonly name: string;
  readonly args: Args;
  /** The manifests, in the order in which they are applied; with what the provider shall wait for. */
  readonly render: (named: Metadata, spec: SpecOf<Args>, metadata: Partial<Metadata> | undefined) => Rendered;
}

/** Arguments that name their objects. */
export interface NamingArgs {
  readonly metadata?: pulumi.Input<ObjectMetadata>;
}

/** The arguments but for those that name the objects, once they are known. */
export type SpecOf<Args> = Omit<pulumi.Unwrap<Args>, 'metadata'>;

/** Where the arguments come from. */
interface Origin {
  readonly secrecy: Secrecy;
  /** Has the resources that they come from behind it. */
  readonly origins?: pulumi.Output<readonly pulumi.Resource[]>;
}

/**
 * Codes about the shape of a field alone. They are right whatever the arguments are that aren't known yet; others may
 * be about what these say.
 */
const SHAPE = /^(?:MC10[0134-9]|MJ001|MA00[12]|(?:CD|FD|FO|SV)00[12]|PU00[12])$/;

/**
 * Renders and deploys; each object after the one before. Where an argument is a secret, all objects are secrets in the
 * state, since nobody can tell where it went.
 *
 * @returns what names the main object
 * @throws InputPropertiesError with every problem, if all arguments are known; else with what is wrong whatever the others
 * are, and the outputs fail with the rest
 */
export function deployManifests<Args extends NamingArgs>(plan: Plan<Args>): ObjectIdentity {
  try {
    const objects = objectsOf(plan);
    setObjects(plan.component, objects);
    return identityOf(objects);
  } catch (error) {
    giveUp(plan.component);
    throw error;
  }
}

function objectsOf<Args extends NamingArgs>(plan: Plan<Args>): DeployedObjects {
  const args = withReferences(subjectOf(plan), plan.args);
  const { value, unknown } = knownPart<pulumi.Unwrap<Args>>(args);
  if (unknown.length === 0) return pulumi.output(deploy(plan, value, { secrecy: OPEN }));

  const { problems } = rendered(plan, value);
  stopAtProblems(
    subjectOf(plan),
    problems.filter(({ code, path }) => SHAPE.test(code) && !unknown.some((one) => isWithin(path, one))),
  );
  const given = pulumi.output(args);
  // What the arguments come from is there by then; it must also stay until the objects are gone.
  const origins = pulumi.unsecret(given.apply((): pulumi.Resource[] => []));
  const metadata = pulumi.output(args.metadata);
  return given.apply(async (known) =>
    deploy(plan, known, {
      secrecy: {
        content: await pulumi.isSecret(given),
        metadata: await pulumi.isSecret(metadata),
      },
      origins,
    }),
  );
}

function deploy<Args extends NamingArgs>(
  plan: Plan<Args>,
  args: pulumi.Unwrap<Args>,
  origin: Origin,
): readonly DeployedObject[] {
  const { manifests: all, problems, wait } = rendered(plan, args);
  const manifests = all.map((manifest, index) =>
    index < all.length - 1 ? withoutHints(manifest) : manifest,
  );
  stopAtProblems(subjectOf(plan), problems);
  const warn = (message: string): void => void pulumi.log.warn(message, plan.component);
  for (const problem of problems)
    if (problem.severity === Severity.WARNING) warn(`${subjectOf(plan)}: ${describe(problem)}`);
  if (origin.secrecy.content) warn(secretWarning(subjectOf(plan)));
  const objects: DeployedObject[] = [];
  manifests.forEach((manifest, index) => {
    const one = deployObject(manifest, {
      parent: plan.component,
      owner: plan.name,
      all: manifests,
      isNeeded: index < manifests.length - 1,
      isOurs: true,
      // The provider takes them in order, each when the one before is there.
      needs: objects.slice(),
      ...(wait && { wait }),
      ...origin,
    });
    objects.push(one);
  });
  return objects;
}

function rendered<Args extends NamingArgs>(plan: Plan<Args>, args: pulumi.Unwrap<Args>): Rendered {
  const { metadata, ...spec } = { ...args } as { readonly metadata?: Partial<Metadata> } & object;
  return plan.render({ ...metadata, name: metadata?.name ?? plan.name }, spec as SpecOf<Args>, metadata);
}

function subjectOf({ name, kind }: Pick<Plan<unknown>, 'name' | 'kind'>): string {
  return `[${name}] ${kind}`;
}

function secretWarning(subject: string): string {
  return (
    `${subject}: an argument is a secret. It is none in Kubernetes, where everybody reads it who may read the objects. ` +
    'Put it into a Secret, and give its name; until then all objects of this component are secrets in the state.'
  );
}

/** Is one path within the other, either way round? */
function isWithin(path: string, other: string): boolean {
  const [shorter, longer] = path.length < other.length ? [path, other] : [other, path];
  return longer === shorter || (longer.startsWith(shorter) && /[.[]/.test(longer.charAt(shorter.length)));
}
