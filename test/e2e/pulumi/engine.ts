/** Runs stacks by Pulumi's command line, with state in a folder of its own and providers of this suite. */
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type Deployment, type EngineEvent, LocalWorkspace, type Stack } from '@pulumi/pulumi/automation';

import { type Clouds } from './clouds';
import { serve } from './provider';

/** What the engine did, by kind of step: labels such as `Instance hpc-2`. */
export type Steps = Readonly<Record<string, readonly string[]>>;

/** Packages that stacks use, each served by the same clouds. */
const PACKAGES = ['aws', 'kubernetes', 'random'];
const STACK = 'e2e';

/** What the engine knows of a stack. */
export interface State {
  /** All texts in it, at any depth, also those in texts that are JSON. */
  readonly texts: readonly string[];
  readonly resources: readonly unknown[];
}

/** The engine with nothing in its state. */
export class Engine {
  private readonly ends: (() => void)[] = [];

  private constructor(
    private readonly folder: string,
    private readonly providers: Readonly<Record<string, number>>,
  ) {}

  /** @param others providers of further packages, by the ports that they listen on */
  public static async start(clouds: Clouds, others: Readonly<Record<string, number>> = {}): Promise<Engine> {
    const folder = mkdtempSync(join(tmpdir(), 'e2e-pulumi-'));
    const { port, stop } = await serve(clouds);
    const engine = new Engine(folder, {
      ...Object.fromEntries(PACKAGES.map((name) => [name, port])),
      ...others,
    });
    engine.ends.push(stop, () => rmSync(folder, { recursive: true, force: true }));
    return engine;
  }

  /** Ends the providers, and removes the state and all that was written beside the programs. */
  public stop(): void {
    this.ends.splice(0).forEach((end) => end());
  }

  /** @param project folder of a Pulumi.yaml */
  public async stack(project: string): Promise<EngineStack> {
    const settings = join(project, `Pulumi.${STACK}.yaml`);
    this.ends.push(() => rmSync(settings, { force: true }));
    const given = join(project, 'Pulumi.dev.yaml');
    if (existsSync(given)) copyFileSync(given, settings);
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: STACK, workDir: project },
      {
        envVars: {
          PULUMI_HOME: join(this.folder, 'home'),
          PULUMI_BACKEND_URL: `file://${this.folder}`,
          PULUMI_CONFIG_PASSPHRASE: 'of no use to anybody',
          PULUMI_SKIP_UPDATE_CHECK: 'true',
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
          PULUMI_DEBUG_PROVIDERS: Object.entries(this.providers)
            .map(([name, port]) => `${name}:${port}`)
            .join(','),
        },
      },
    );
    return new EngineStack(stack);
  }
}

/** A stack, and what each run of the engine did to it. */
export class EngineStack {
  public constructor(private readonly stack: Stack) {}

  public async set(key: string, value: string): Promise<void> {
    await this.stack.setConfig(key, { value });
  }

  /** `pulumi preview` */
  public async preview(): Promise<Steps> {
    return this.noting((onEvent) => this.stack.preview({ onEvent }));
  }

  /** `pulumi up` */
  public async up(): Promise<Steps> {
    return this.noting((onEvent) => this.stack.up({ onEvent }));
  }

  /** `pulumi destroy` */
  public async destroy(): Promise<Steps> {
    return this.noting((onEvent) => this.stack.destroy({ onEvent }));
  }

  /** The state as `pulumi stack export` writes it. */
  public async state(): Promise<State> {
    const { workDir, envVars } = this.stack.workspace;
    const { stdout } = await promisify(execFile)('pulumi', ['stack', 'export', '--stack', STACK], {
      cwd: workDir,
      env: { ...process.env, ...envVars },
      maxBuffer: Infinity,
    });
    return stateOf((JSON.parse(stdout) as Deployment).deployment);
  }

  /** The same with what it keeps secret, as `pulumi stack export --show-secrets` writes it. */
  public async stateWithSecrets(): Promise<State> {
    return stateOf((await this.stack.exportStack()).deployment);
  }

  private async noting(run: (onEvent: (event: EngineEvent) => void) => Promise<unknown>): Promise<Steps> {
    const steps: Record<string, string[]> = {};
    await run(({ resourcePreEvent }) => {
      if (!resourcePreEvent) return;
      const { op, urn, type } = resourcePreEvent.metadata;
      (steps[op] ??= []).push(`${type.split(':').at(-1) ?? type} ${urn.split('::').at(-1) ?? urn}`);
    });
    return Object.fromEntries(Object.entries(steps).map(([op, labels]) => [op, labels.sort()]));
  }
}

function stateOf(deployment: unknown): State {
  const { resources = [] } = deployment as { readonly resources?: readonly unknown[] };
  return { texts: textsIn(deployment), resources };
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value, ...textsIn(parsed(value))];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** What a text is the JSON of, if it is of anything that can hold a text. */
function parsed(text: string): unknown {
  try {
    return /^[[{"]/.test(text) ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
