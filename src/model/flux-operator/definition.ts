/** The CustomResourceDefinition of a MiniCluster, as `npm run generate` produces it from the types. */
export { default as crd } from '../minicluster/api/generated/v1alpha2.crd.json';
