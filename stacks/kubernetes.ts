// The program behind cdk8s.yaml: `npm run synth` renders one file a chart into dist/.
import { App } from 'cdk8s';
import { batchJob } from '../examples/batch-job';
import { burstingLead } from '../examples/bursting-lead';
import { burstingWorkers } from '../examples/bursting-workers';
import { csiVolume } from '../examples/csi-volume';
import { customScheduler } from '../examples/custom-scheduler';
import { elastic } from '../examples/elastic';
import { fluxOperator } from '../examples/flux-operator';
import { helloWorld } from '../examples/hello-world';
import { lammpsEfaGpu } from '../examples/lammps-efa-gpu';
import { memoryVolume } from '../examples/memory-volume';
import { minimalService } from '../examples/minimal-service';
import { secrets } from '../examples/secrets';
import { sidecarService } from '../examples/sidecar-service';
import { stagingV1Alpha1 } from '../examples/staging-v1alpha1';
import { stateV1Alpha1 } from '../examples/state-v1alpha1';
import { topology } from '../examples/topology';

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
  stagingV1Alpha1,
  stateV1Alpha1,
];

// Each in an app of its own: the two v1alpha1 walkthroughs are alternatives that share their name.
for (const addChart of EXAMPLES) {
  const app = new App();
  addChart(app);
  app.synth();
}
