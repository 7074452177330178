import { Chart, Testing } from 'cdk8s';
import { Manifest } from '../../src/model/manifest';
import { checked } from './checked';

/** The manifests of a chart, each of them checked. */
export function synth(chart: Chart): readonly Manifest[] {
  return checked(Testing.synth(chart) as Manifest[]);
}
