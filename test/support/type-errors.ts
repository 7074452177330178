/** What the compiler says of programs that are texts, compiled as files of this project. */
import { join } from 'node:path';
import * as ts from 'typescript';

import { ROOT } from './package';

/** All errors of the programs, each with its program's name. */
export function typeErrors(programs: ReadonlyMap<string, string>): string[] {
  const names = Array.from(programs.keys());
  // A program without an export is a module nevertheless: its names are its own.
  const files = new Map(
    Array.from(programs.values(), (code, index) => [
      join(ROOT, `program-${index}.ts`),
      `${code}\nexport {};\n`,
    ]),
  );
  const options = projectOptions();
  const program = ts.createProgram(Array.from(files.keys()), options, hostWith(files, options));
  const paths = Array.from(files.keys());
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const name = names[paths.indexOf(file?.fileName ?? '')] ?? 'the project';
    return `${name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

function projectOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  return ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options;
}

/** The file system, with some more files in it. */
function hostWith(files: ReadonlyMap<string, string>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const fileExists = host.fileExists.bind(host);
  const readFile = host.readFile.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const text = files.get(path);
    return text === undefined
      ? getSourceFile(path, ...rest)
      : ts.createSourceFile(path, text, ts.ScriptTarget.ES2022);
  };
  return host;
}
