/** Runs stacks by Pulumi's command line, with state in a folder of its own and providers of this suite. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type EngineEvent, LocalWorkspace, type Stack } from '@pulumi/pulumi/automation';

import { type Clouds } from './clouds';
import { serve } from './provider';

/** What the engine did, by kind of step: labels such as `Instance hpc-2`. */
export type Steps = Readonly<Record<string, readonly string[]>>;

/** Packages that stacks use, each served by the same clouds. */
const PACKAGES = ['aws', 'kubernetes', 'random'];
const STACK = 'e2e';

/** The engine with nothing in its state. */
export class Engine {
  private readonly ends: (() => void)[] = [];

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  public static async start(clouds: Clouds): Promise<Engine> {
    const folder = mkdtempSync(join(tmpdir(), 'e2e-pulumi-'));
    const { port, stop } = await serve(clouds);
    const engine = new Engine(folder, port);
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
        pulumiHome: join(this.folder, 'home'),
        envVars: {
          PULUMI_BACKEND_URL: `file://${this.folder}`,
          PULUMI_CONFIG_PASSPHRASE: 'of no use to anybody',
          PULUMI_SKIP_UPDATE_CHECK: 'true',
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
          PULUMI_DEBUG_PROVIDERS: PACKAGES.map((name) => `${name}:${this.port}`).join(','),
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

  /** `pulumi up` */
  public async up(): Promise<Steps> {
    return this.noting((onEvent) => this.stack.up({ onEvent }));
  }

  /** `pulumi destroy` */
  public async destroy(): Promise<Steps> {
    return this.noting((onEvent) => this.stack.destroy({ onEvent }));
  }

  /** The state as `pulumi stack export` writes it. */
  public async state(): Promise<{ readonly text: string; readonly resources: readonly unknown[] }> {
    const { deployment } = await this.stack.exportStack();
    const { resources = [] } = deployment as { readonly resources?: readonly unknown[] };
    return { text: JSON.stringify(deployment), resources };
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
