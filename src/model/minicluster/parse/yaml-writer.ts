import type * as Yaml from 'yaml';
import { WRITTEN_FOR_KUBECTL } from './kubectl-yaml';

/** Characters that a YAML text can only hold as escapes: kubectl refuses them, or takes them for line ends. */
const ESCAPED = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** Texts that a block of lines would change: white space alone, or a tab where the indentation is looked for. */
const NO_BLOCK = /^\s+$|^\n*\t/;

/** As a plain key it would merge. */
const MERGE = '<<';

/** An object as a YAML document that kubectl reads as it is, without the line of dashes. */
export function writeYaml(object: unknown): string {
  const yaml = loadYaml();
  const document = new yaml.Document(object, { ...WRITTEN_FOR_KUBECTL, aliasDuplicateObjects: false });
  yaml.visit(document, {
    Scalar: (_, node) => {
      const { value } = node;
      if (
        typeof value === 'string' &&
        (value === MERGE || NO_BLOCK.test(value) || value.search(ESCAPED) >= 0)
      ) {
        node.type = yaml.Scalar.QUOTE_DOUBLE;
      }
    },
  });
  const text = document.toString({ lineWidth: 0 });
  return text.replace(ESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Loaded when it is needed: whoever only writes specs in TypeScript needs no parser. */
export function loadYaml(): typeof Yaml {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it always
  return require('yaml') as typeof Yaml;
}
