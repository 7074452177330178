/** Runs a Pulumi program in this process, against mocks in place of an engine, and returns what it registered. */
import * as pulumi from '@pulumi/pulumi';
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
} from '@pulumi/pulumi/proto/resource_pb';

import { AwsAccount, callOf, outputsOf } from './aws-account';
import { UNKNOWN, secretOf, unwrap } from './pulumi-wire';
import { withUnhandled } from './unhandled';

export { UNKNOWN };

/** What was registered. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Has it a provider, other than components? */
  readonly custom: boolean;
  /** With secrets as what they are, and UNKNOWN for what a preview does not know. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths of inputs that are secrets: `value`, `rules[0].cidr`. */
  readonly secretPaths: readonly string[];
  /** Label of the parent, empty if there is none. */
  readonly parent: string;
  /** Labels of all that must be there before, whether by `dependsOn` or by an input. */
  readonly dependsOn: readonly string[];
  /** Labels of what an input needs, by its name. */
  readonly inputsNeed: Readonly<Record<string, readonly string[]>>;
  /** Name of the provider, empty for the default one. */
  readonly provider: string;
  readonly options: RegisteredOptions;
  /** Of a component. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Paths of outputs of a component that are secrets. */
  readonly secretOutputPaths: readonly string[];
}

/** Options that the engine gets. */
export interface RegisteredOptions {
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly customTimeouts: { readonly create: string; readonly update: string; readonly delete: string };
}

/** A function of a provider that was called. */
export interface Called {
  readonly token: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** How to run a program. */
export interface DeployOptions {
  /** Run `pulumi preview`: outputs of resources are not known. */
  readonly preview?: boolean;
  /** What differs from the account that tests have. */
  readonly account?: AwsAccount;
  /** Have errors a trace? The SDK takes one for each promise, which is most of its time. */
  readonly traces?: boolean;
}

/** What a run left. */
export interface Deployment<Result> {
  /** By type, then name. */
  readonly resources: readonly Registered[];
  readonly calls: readonly Called[];
  /** What the program returned. */
  readonly result: Result;
}

/** How a resource is named here: `Instance hpc-0`. */
export function labelOf({ type, name }: Pick<Registered, 'type' | 'name'>): string {
  return `${type.split(':').at(-1) ?? type} ${name}`;
}

/**
 * @throws the first error of the program, in whatever promise or `apply` it is; with what was registered until then,
 * if `Failed` is caught
 */
export async function deploy<Result>(
  program: () => Result | Promise<Result>,
  { preview = false, account = {}, traces = false }: DeployOptions = {},
): Promise<Deployment<Result>> {
  const recorder = new Recorder(account, preview);
  const { stackTraceLimit } = Error;
  if (!traces) Error.stackTraceLimit = 0;
  try {
    const result = await withUnhandled(async () => {
      await pulumi.runtime.setMocks(recorder, 'project', 'stack', preview, 'organization');
      recorder.listen();
      try {
        return await program();
      } finally {
        await pulumi.runtime.disconnect();
      }
    });
    return { resources: recorder.resources(), calls: recorder.calls, result };
  } catch (error) {
    throw new Failed(error, recorder.resources());
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A program that failed. */
export class Failed extends Error {
  public constructor(
    /** What it failed with. */
    public readonly error: unknown,
    /** What was registered nevertheless. */
    public readonly resources: readonly Registered[],
  ) {
    super(error instanceof Object && 'message' in error ? String(error.message) : String(error), {
      cause: error,
    });
  }
}

/** The error with which a program fails. */
export async function failureOf(program: () => unknown, options?: DeployOptions): Promise<Failed> {
  const outcome = await deploy(program, options).catch((error: unknown) => error);
  if (outcome instanceof Failed) return outcome;
  throw new Error('the program did not fail');
}

/** The value of an output, of which nothing is unknown. */
export async function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return await (output as unknown as { promise(): Promise<T> }).promise();
}

/** The one of a type and, where there are several, name. */
export function one(resources: readonly Registered[], type: string, name?: string): Registered {
  const found = resources.filter((each) => each.type === type && (name === undefined || each.name === name));
  if (found.length !== 1)
    throw new Error(`there are ${found.length} of ${type} ${name ?? ''}: ${found.map(labelOf).join(', ')}`);
  return found[0]!;
}

/** All of a type. */
export function all(resources: readonly Registered[], type: string): readonly Registered[] {
  return resources.filter((each) => each.type === type);
}

type Answer = (error: unknown, response: unknown) => void;

/** The monitor of the mocks, as far as it is not public. */
interface Monitor {
  registerResource: (request: RegisterResourceRequest, answer: Answer) => Promise<void>;
  registerResourceOutputs: (request: RegisterResourceOutputsRequest, answer: Answer) => void;
  newUrn: (parent: string, type: string, name: string) => string;
}

/** Notes what passes the monitor, and does what the engine would: names, duplicates, secret outputs. */
class Recorder implements pulumi.runtime.Mocks {
  public readonly calls: Called[] = [];
  private readonly registered = new Map<string, Registered>();
  private secretOutputs: readonly string[] = [];
  private ignoredChanges: readonly string[] = [];

  public constructor(
    private readonly account: AwsAccount,
    private readonly isPreview: boolean,
  ) {}

  public resources(): readonly Registered[] {
    const key = ({ type, name }: Registered): string => `${type} ${name}`;
    const naturally = new Intl.Collator('en', { numeric: true });
    return [...this.registered.values()].sort((first, second) => naturally.compare(key(first), key(second)));
  }

  public listen(): void {
    const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
    const { registerResource, registerResourceOutputs } = monitor;
    monitor.newUrn = urnOf;
    monitor.registerResource = async (request, answer) => {
      const urn = urnOf(request.getParent(), request.getType(), request.getName());
      if (this.registered.has(urn)) {
        answer(new Error(`Duplicate resource URN '${urn}'`), undefined);
        return;
      }
      this.registered.set(urn, this.registeredOf(urn, request));
      this.secretOutputs = request.getAdditionalsecretoutputsList();
      this.ignoredChanges = request.getIgnorechangesList();
      await registerResource.call(monitor, request, answer);
    };
    monitor.registerResourceOutputs = (request, answer) => {
      const { value, secretPaths } = unwrap(request.getOutputs()?.toJavaScript() ?? {});
      const component = this.registered.get(request.getUrn());
      if (component)
        this.registered.set(request.getUrn(), {
          ...component,
          outputs: value as Record<string, unknown>,
          secretOutputPaths: secretPaths,
        });
      registerResourceOutputs.call(monitor, request, answer);
    };
  }

  public newResource({
    type,
    name,
    inputs,
    custom,
  }: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
    const given = {
      ...(inputs as Record<string, unknown>),
      ...this.heldIn(inputs as Record<string, unknown>),
    };
    if (custom !== true || this.isPreview) return { id: undefined, state: given };
    const { id, ...made } = outputsOf(this.account, type, name, given);
    const state: Record<string, unknown> = { ...made, ...given };
    for (const secret of new Set(this.secretOutputs))
      if (state[secret] !== undefined) state[secret] = secretOf(state[secret]);
    return { id, state };
  }

  /** Inputs of an earlier deployment, in place of those that the program has now. */
  private heldIn({ name }: Readonly<Record<string, unknown>>): { readonly insecureValue?: string } {
    const insecureValue = this.account.held?.[String(name)];
    return insecureValue !== undefined && this.ignoredChanges.includes('insecureValue')
      ? { insecureValue }
      : {};
  }

  public call({ token, inputs }: pulumi.runtime.MockCallArgs): pulumi.runtime.MockCallResult {
    const given = inputs as Record<string, unknown>;
    this.calls.push({ token, inputs: given });
    try {
      return callOf(this.account, token, given);
    } catch (error) {
      throw callFailed(token, (error as Error).message);
    }
  }

  private registeredOf(urn: string, request: RegisterResourceRequest): Registered {
    const { value, secretPaths } = unwrap(request.getObject()?.toJavaScript() ?? {});
    const timeouts = request.getCustomtimeouts();
    const needs = request.getPropertydependenciesMap().toArray() as unknown as readonly (readonly [
      string,
      readonly [readonly string[]],
    ])[];
    return {
      type: request.getType(),
      name: request.getName(),
      urn,
      custom: request.getCustom(),
      inputs: value as Record<string, unknown>,
      secretPaths,
      parent: this.labelAt(request.getParent()),
      dependsOn: this.labelsAt(request.getDependenciesList()),
      inputsNeed: Object.fromEntries(
        needs.map(([input, [urns]]): [string, string[]] => [input, this.labelsAt(urns)]),
      ),
      provider: request.getProvider().split('::').at(-2) ?? '',
      options: {
        protect: request.getProtect() ?? false,
        retainOnDelete: request.getRetainondelete() ?? false,
        deleteBeforeReplace: request.getDeletebeforereplace(),
        ignoreChanges: request.getIgnorechangesList(),
        replaceOnChanges: request.getReplaceonchangesList(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        customTimeouts: {
          create: timeouts?.getCreate() ?? '',
          update: timeouts?.getUpdate() ?? '',
          delete: timeouts?.getDelete() ?? '',
        },
      },
      secretOutputPaths: [],
    };
  }

  private labelsAt(urns: readonly string[]): string[] {
    return urns.map((urn) => this.labelAt(urn)).sort();
  }

  private labelAt(urn: string): string {
    const found = this.registered.get(urn);
    return found ? labelOf(found) : urn;
  }
}

/** The error that the engine makes of one of a provider. */
function callFailed(token: string, message: string): Error {
  const details = `invocation of ${token} returned an error: invoking ${token}: 1 error occurred:\n\t* ${message}\n\n`;
  return Object.assign(new Error(details), { details });
}

/** As the engine names a resource: with the types of all its parents. The mocks' own names lack those but the last. */
function urnOf(parent: string, type: string, name: string): string {
  const above = parent === '' ? '' : `${parent.split('::')[2] ?? ''}$`;
  return ['urn:pulumi:stack', 'project', `${above}${type}`, name].join('::');
}
