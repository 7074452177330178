/**
 * Reads an upstream CustomResourceDefinition and writes what it says about each field, without its
 * texts, as a fixture that our own types are compared with:
 *
 *   npx tsx scripts/upstream-fields.ts CRD.yaml 'flux-operator 0.2.1' > test/fixtures/upstream-v1alpha2-0.2.1.json
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

import { crdFields, onlyVersion, type Crd } from './crd-fields';

const [file, source = 'flux-operator'] = process.argv.slice(2);
if (!file) throw new Error("usage: upstream-fields.ts CRD.yaml ['where it is from']");

const crd = parse(readFileSync(file, 'utf8')) as Crd;
const fields = Object.entries(crdFields(crd));
const lines = fields.map(([path, facts]) => `    ${JSON.stringify(path)}: ${JSON.stringify(facts)}`);

process.stdout.write(`{
  "source": ${JSON.stringify(source)},
  "version": ${JSON.stringify(onlyVersion(crd).name)},
  "fields": {
${lines.join(',\n')}
  }
}
`);
