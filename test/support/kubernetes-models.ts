/** Checks of Kubernetes' built-in kinds by the package kubernetes-models, which tolerates unknown fields. */
import type { ErrorObject } from 'ajv';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { phrases, type Validator } from './closed-schema';

type Model = new (object: unknown) => { validate(): void };

const FOLDER = join(__dirname, '../../node_modules/kubernetes-models');

/** What kubernetes-models has to say about an object; undefined if it knows no such kind. */
export function kubernetesValidator(apiVersion: string, kind: string): Validator | undefined {
  const name = `${apiVersion}/${kind}`;
  if (!existsSync(join(FOLDER, `${name}.js`))) return undefined;
  // Each kind is a module of its own, so that only those are read that somebody renders.
  const Kind = jest.requireActual<Record<string, Model>>(`kubernetes-models/${name}`)[kind]!;
  return (object) => {
    try {
      new Kind(object).validate();
      return [];
    } catch (error) {
      const { errors } = error as { errors?: readonly ErrorObject[] };
      if (!errors) throw error;
      return phrases(errors);
    }
  };
}
