import { Severity } from '../../problems';
import { inputRule } from '../input-rules';

/** What is said of a text before the MiniCluster in it is looked at. These can't be silenced. */
export const PARSE_RULES = {
  broken: inputRule(
    'MC300',
    'is no YAML',
    'Nothing of the document is applied.',
    'mend the place that is named',
  ),
  duplicateKey: inputRule(
    'MC301',
    'has a key twice',
    'One of the two values is lost without a word, or the API server refuses the object.',
    'keep one of the two',
  ),
  aliasBomb: inputRule(
    'MC302',
    'has aliases that unfold to too many values',
    'Such a text is small and fills the memory of whoever reads it.',
    'write the values out, or use fewer aliases of aliases',
  ),
  apiVersion: inputRule(
    'MC303',
    'is no API version of a MiniCluster that is known here',
    'The API server has no such kind.',
    'write flux-framework.org/v1alpha2, or flux-framework.org/v1alpha1 for an operator of the 0.1 releases',
  ),
  topLevel: inputRule(
    'MC304',
    'is not a field of a MiniCluster object',
    'The API server drops it without an error, or refuses the object where it checks strictly.',
    'move it below spec or metadata, or leave it out',
  ),
  metadata: {
    ...inputRule(
      'MC305',
      'is not carried over',
      'What is rendered anew has name, namespace, labels and annotations of the object and nothing else.',
      'leave it out, or add it to what is rendered',
    ),
    severity: Severity.WARNING,
  },
  printedTwice: inputRule(
    'MC307',
    'has the name of another object that is printed',
    'Both are applied to one place: the second replaces the first, and what needs the first breaks.',
    'give one of them another name, or render them apart',
  ),
  count: inputRule(
    'MC306',
    'must hold exactly one MiniCluster',
    'The library does not guess which one is meant.',
    'give one MiniCluster, or read the text with parseManifests',
  ),
} as const;
