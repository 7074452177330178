// The components of the package, as a Pulumi plugin has them: it finds the classes that its entry point exports by name.
// Cdk8sChart is left out: a chart is an object of TypeScript.
export { UsernetesCluster, UsernetesImage } from 'flux-framework-constructs/aws';
export {
  ContentDistribution,
  CurveCertificate,
  FluxDistribute,
  FluxOperator,
  MiniCluster,
  MiniClusterJob,
  MultiApplicationCluster,
  SharedVolume,
} from 'flux-framework-constructs/pulumi';
