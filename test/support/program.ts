/** Runs a program of a page or a stack: each run is its first, with modules that tests share with it. */
import * as ssm from '@pulumi/aws/ssm';
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as cdk8s from 'cdk8s';
import * as ts from 'typescript';

import * as model from '../../src';
import * as aws from '../../src/aws';
import * as constructs from '../../src/cdk8s';

const MODULES: Readonly<Record<string, unknown>> = {
  '@pulumi/aws/ssm': ssm,
  '@pulumi/kubernetes': kubernetes,
  '@pulumi/pulumi': pulumi,
  cdk8s,
  'flux-framework-constructs': model,
  'flux-framework-constructs/aws': aws,
  'flux-framework-constructs/cdk8s': constructs,
};

/** What a program left. */
export interface Ran {
  readonly printed: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
}

/** Runs the text of a program in TypeScript. */
export function runProgram(code: string): Ran {
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
    if (!Object.hasOwn(MODULES, name)) throw new Error(`the program needs a module that tests lack: ${name}`);
    return MODULES[name];
  };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is of this repository
  new Function('require', 'exports', 'console', outputText)(load, exports, console);
  return { printed, exports };
}
