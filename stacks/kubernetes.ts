// The program behind cdk8s.yaml: `npm run synth` renders the examples into dist/, one file each, and each stack into a
// folder of its own, with a picture of what will run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdk8s';
import { batchJob } from '../examples/batch-job';
import { burstingLead } from '../examples/bursting-lead';
import { burstingWorkers } from '../examples/bursting-workers';
import { contentDistribution } from '../examples/content-distribution';
import { csiVolume } from '../examples/csi-volume';
import { customScheduler } from '../examples/custom-scheduler';
import { elastic } from '../examples/elastic';
import { fluxDistribute } from '../examples/flux-distribute';
import { fluxOperator } from '../examples/flux-operator';
import { helloWorld } from '../examples/hello-world';
import { jobBatch } from '../examples/job-batch';
import { jobBurstingLead } from '../examples/job-bursting-lead';
import { jobBurstingWorkers } from '../examples/job-bursting-workers';
import { jobElastic } from '../examples/job-elastic';
import { jobImageVolume } from '../examples/job-image-volume';
import { jobInteractive } from '../examples/job-interactive';
import { jobKueue } from '../examples/job-kueue';
import { jobSidecar } from '../examples/job-sidecar';
import { jobStaging } from '../examples/job-staging';
import { jobState } from '../examples/job-state';
import { lammpsEfaGpu } from '../examples/lammps-efa-gpu';
import { memoryVolume } from '../examples/memory-volume';
import { minimalService } from '../examples/minimal-service';
import { multiApplication } from '../examples/multi-application';
import { oversubscribe } from '../examples/oversubscribe';
import { secrets } from '../examples/secrets';
import { sharedVolume } from '../examples/shared-volume';
import { sidecarService } from '../examples/sidecar-service';
import { staging } from '../examples/staging';
import { stagingV1Alpha1 } from '../examples/staging-v1alpha1';
import { state } from '../examples/state';
import { stateV1Alpha1 } from '../examples/state-v1alpha1';
import { topology } from '../examples/topology';
import { type Manifest, diagram, mermaid } from 'flux-framework-constructs';
import { fluxOnNodes } from './flux-on-nodes';
import { queueOnKubernetes } from './queue-on-kubernetes';

const EXAMPLES = [
  helloWorld,
  fluxOperator,
  lammpsEfaGpu,
  sidecarService,
  batchJob,
  elastic,
  burstingLead,
  burstingWorkers,
  customScheduler,
  topology,
  minimalService,
  memoryVolume,
  csiVolume,
  secrets,
  sharedVolume,
  oversubscribe,
  staging,
  state,
  jobInteractive,
  jobBatch,
  jobStaging,
  jobState,
  jobElastic,
  jobSidecar,
  jobBurstingLead,
  jobBurstingWorkers,
  jobImageVolume,
  jobKueue,
  multiApplication,
  fluxDistribute,
  contentDistribution,
  stagingV1Alpha1,
  stateV1Alpha1,
];

const STACKS = { 'queue-on-kubernetes': queueOnKubernetes, 'flux-on-nodes': fluxOnNodes };

// Each in an app of its own: the two v1alpha1 walkthroughs are alternatives that share their name.
for (const addChart of EXAMPLES) {
  const app = new App();
  addChart(app);
  app.synth();
}

const { outdir } = new App();
for (const [name, addCharts] of Object.entries(STACKS)) {
  // Charts that need one another: their files are numbered in the order in which they are to be applied.
  const app = new App({ outdir: join(outdir, name) });
  addCharts(app);
  app.synth();
  const manifests = app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
  mkdirSync(app.outdir, { recursive: true });
  writeFileSync(join(app.outdir, 'diagram.mmd'), mermaid(diagram(manifests)));
}
