// The program behind cdk8s.yaml: `npm run synth` renders one file a chart into dist/.
import { App } from 'cdk8s';
import { batchJob } from '../examples/batch-job';
import { helloWorld } from '../examples/hello-world';
import { lammpsEfaGpu } from '../examples/lammps-efa-gpu';
import { sidecarService } from '../examples/sidecar-service';
import { stagingV1Alpha1 } from '../examples/staging-v1alpha1';
import { stateV1Alpha1 } from '../examples/state-v1alpha1';

// Each in an app of its own: the two v1alpha1 walkthroughs are alternatives that share their name.
for (const addChart of [helloWorld, lammpsEfaGpu, sidecarService, batchJob, stagingV1Alpha1, stateV1Alpha1]) {
  const app = new App();
  addChart(app);
  app.synth();
}
