// The program behind cdk8s.yaml: `npm run synth` renders the examples into dist/, one file each, and each stack for cdk8s
// into a folder of its own, with a picture of what will run.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Chart } from 'cdk8s';
import { InvalidSpecError, type Manifest, diagram, mermaid } from 'flux-framework-constructs';
import { fluxOnNodes } from './flux-on-nodes';
import { queueOnKubernetes } from './queue-on-kubernetes';
import { InvalidSettingError } from './settings';

const EXAMPLES = join(__dirname, '../examples');
const STACKS = { 'queue-on-kubernetes': queueOnKubernetes, 'flux-on-nodes': fluxOnNodes };

/** The function of an example, which adds its chart to an app; constants may be exported beside it. */
async function readExample(file: string): Promise<(app: App) => Chart> {
  const exported = (await import(join(EXAMPLES, file))) as Record<string, unknown>;
  const [addChart] = Object.values(exported).filter((value) => typeof value === 'function');
  if (!addChart) throw new Error(`examples/${file} exports no function: write one that takes the app`);
  return addChart as (app: App) => Chart;
}

/** Each in an app of its own: the two v1alpha1 walkthroughs are alternatives that share their name. */
async function synthExamples(): Promise<void> {
  for (const file of readdirSync(EXAMPLES).filter((name) => name.endsWith('.ts'))) {
    const addChart = await readExample(file);
    const app = new App();
    addChart(app);
    app.synth();
  }
}

/** Charts that need one another: their files are numbered in the order in which they are to be applied. */
function synthStack(name: string, addCharts: (app: App) => void): void {
  const app = new App({ outdir: join(new App().outdir, name) });
  addCharts(app);
  app.synth();
  const manifests = app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
  writeFileSync(join(app.outdir, 'diagram.mmd'), mermaid(diagram(manifests)));
}

async function synth(): Promise<void> {
  await synthExamples();
  for (const [name, addCharts] of Object.entries(STACKS)) synthStack(name, addCharts);
}

synth().catch((error: unknown) => {
  // Their messages say it all; of anything else people need to see where it happened.
  const isTold = error instanceof InvalidSpecError || error instanceof InvalidSettingError;
  console.error(isTold ? error.message : error);
  process.exitCode = 1;
});
