/**
 * What programs need that render with the model and deploy with Pulumi: the model's errors.
 * @module
 */
export { InvalidSpecError, type Problem, Severity } from '../model/problems';
