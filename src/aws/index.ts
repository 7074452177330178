/**
 * What programs need that check inputs with the model and deploy to AWS: the model's errors.
 * @module
 */
export { InvalidSpecError, type Problem, Severity } from '../model/problems';
