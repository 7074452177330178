/** Runs a program of a page or a stack: each run is its first, with modules that tests share with it. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import * as eks from '@pulumi/aws/eks';
import * as ssm from '@pulumi/aws/ssm';
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as cdk8s from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import * as ts from 'typescript';

import * as model from '../../src';
import * as aws from '../../src/aws';
import * as constructs from '../../src/cdk8s';
import * as components from '../../src/pulumi';

const MODULES: Readonly<Record<string, unknown>> = {
  '@pulumi/aws/eks': eks,
  '@pulumi/aws/ssm': ssm,
  '@pulumi/kubernetes': kubernetes,
  '@pulumi/pulumi': pulumi,
  cdk8s,
  'node:fs': fs,
  'cdk8s-plus-28': kplus,
  'flux-framework-constructs': model,
  'flux-framework-constructs/aws': aws,
  'flux-framework-constructs/cdk8s': constructs,
  'flux-framework-constructs/pulumi': components,
};

/** What a program left. */
export interface Ran {
  readonly printed: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
}

/**
 * Runs the text of a program in TypeScript.
 * @param folder where the files are that it imports by `./`
 */
export function runProgram(code: string, folder?: string): Ran {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  const printed: string[] = [];
  const exports: Record<string, unknown> = {};
  const console = { log: (text: string) => printed.push(text), error: () => undefined };
  const load = (name: string): unknown => {
    if (folder !== undefined && name.startsWith('./'))
      return runProgram(fs.readFileSync(join(folder, `${name}.ts`), 'utf8'), folder).exports;
    if (!Object.hasOwn(MODULES, name)) throw new Error(`the program needs a module that tests lack: ${name}`);
    return MODULES[name];
  };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is of this repository
  new Function('require', 'exports', 'console', outputText)(load, exports, console);
  return { printed, exports };
}
