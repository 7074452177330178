/**
 * The arguments of the Pulumi components: the model's inputs, field for field, with `pulumi.Input` around each. They are
 * written out since the schemas for other languages are inferred from interfaces only: mapped types are lost there.
 */
import { join } from 'node:path';
import * as ts from 'typescript';

/** What a component takes: an interface of the model, and what its arguments are called. */
interface Root {
  readonly file: string;
  readonly spec: string;
  readonly args: string;
}

const root = (folder: string, spec: string, args: string, file = 'spec'): Root => ({
  file: `src/model/${folder}/${file}.ts`,
  spec,
  args,
});

/**
 * Names that would stand twice in the schema for other languages: the components for AWS have types of these names.
 * None ends in `Args`, which the SDKs of other languages add to inputs.
 */
const NAMES: Readonly<Record<string, string>> = {
  Download: 'DistributedDownload',
  FluxMirror: 'DistributedMirror',
  FluxVersions: 'DistributedVersions',
  InstallerMirror: 'DistributedInstaller',
  PackageLocks: 'DistributedLocks',
};

/** Roots say `SpecArgs`: a component adds arguments of its own to them. */
const ROOTS: readonly Root[] = [
  root('minicluster', 'MiniClusterInput', 'MiniClusterSpecArgs', 'input'),
  root('job', 'MiniClusterJobInput', 'MiniClusterJobSpecArgs', 'input'),
  root('applications', 'MultiApplicationClusterInput', 'MultiApplicationClusterSpecArgs'),
  root('flux-operator', 'FluxOperatorSpec', 'FluxOperatorSpecArgs'),
  root('flux-operator', 'FluxOperatorMetadata', 'FluxOperatorNaming'),
  root('distribute', 'FluxDistributeSpec', 'FluxDistributeOptions'),
  root('content', 'ContentDistributionSpec', 'ContentDistributionSpecArgs'),
  root('storage', 'SharedVolumeSpec', 'SharedVolumeSpecArgs'),
  { file: 'src/model/cluster-wait.ts', spec: 'ClusterWaitSpec', args: 'ClusterWaitArgs' },
];

/** The files with all arguments, and with what holds them against the model, from the sources of a repository. */
export function pulumiArgs(
  repository: string,
  note: string,
): { readonly args: string; readonly checks: string } {
  const writer = new ArgsWriter(repository);
  const interfaces = writer.interfaces();
  return {
    args: [
      `// ${note}`,
      "import * as pulumi from '@pulumi/pulumi';",
      '',
      ...writer.enumImports(),
      '',
      ...interfaces,
    ].join('\n'),
    checks: [
      `// ${note}`,
      "import * as pulumi from '@pulumi/pulumi';",
      '',
      ...writer.modelImports(),
      "import { Same } from '../same';",
      "import * as args from './args';",
      '',
      ...writer.checks(),
    ].join('\n'),
  };
}

/** An interface of the model that is written as arguments. */
interface Written {
  readonly declaration: ts.InterfaceDeclaration;
  readonly args: string;
  readonly lines: readonly string[];
}

class ArgsWriter {
  private readonly checker: ts.TypeChecker;
  private readonly program: ts.Program;
  private readonly written = new Map<ts.Symbol, Written>();
  private readonly named = new Map<string, ts.Symbol>();
  private readonly enums = new Map<string, ts.Symbol>();

  public constructor(private readonly repository: string) {
    this.program = ts.createProgram([...new Set(ROOTS.map(({ file }) => join(repository, file)))], {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Node16,
      strict: true,
      types: [],
      noEmit: true,
    });
    this.checker = this.program.getTypeChecker();
    for (const { file, spec, args } of ROOTS)
      this.named.set(args, this.exportOf(join(repository, file), spec));
    for (const [args, symbol] of [...this.named]) this.write(symbol, args);
  }

  /** The interfaces, by name. */
  public interfaces(): string[] {
    return this.inOrder().flatMap(({ lines }) => lines);
  }

  /** The enums that they hold. */
  public enumImports(): string[] {
    return this.imports([...this.enums.values()]);
  }

  /** The interfaces that they are held against. */
  public modelImports(): string[] {
    return this.imports([...this.written.keys()]);
  }

  private imports(symbols: readonly ts.Symbol[]): string[] {
    const names = new Map<string, string[]>();
    for (const symbol of symbols) {
      const file = this.moduleOf(symbol);
      names.set(file, [...(names.get(file) ?? []), symbol.name].sort());
    }
    return [...names]
      .sort(([first], [second]) => (first < second ? -1 : 1))
      .map(([file, imported]) => `import { ${imported.join(', ')} } from '${file}';`);
  }

  /** Types that stop the compiler where arguments and model have drifted apart. */
  public checks(): string[] {
    const all = this.inOrder();
    const pairs = all.map(({ declaration, args }) => [args, declaration.name.text]);
    return [
      '/** Each field of the arguments, once it is known, feeds the model: else this does not compile. */',
      'export type ArgsFeedTheModel = [',
      ...pairs.map(([args, spec]) => `  Same<pulumi.Unwrap<args.${args}>, ${spec}>,`),
      '];',
      '',
      '/** No field of the model is missing in the arguments: else this does not compile. */',
      'export type NoFieldIsMissing = [',
      ...pairs.map(([args, spec]) => `  Same<Exclude<keyof ${spec}, keyof args.${args}>, never>,`),
      '];',
      '',
    ];
  }

  private inOrder(): readonly Written[] {
    return [...this.written.values()].sort((first, second) => (first.args < second.args ? -1 : 1));
  }

  private exportOf(file: string, name: string): ts.Symbol {
    const source = this.program.getSourceFile(file);
    const module = source && this.checker.getSymbolAtLocation(source);
    const found =
      module && this.checker.getExportsOfModule(module).find((exported) => exported.name === name);
    if (!found) throw new Error(`${file} exports no ${name}`);
    return found;
  }

  private moduleOf(symbol: ts.Symbol): string {
    const path = symbol.declarations![0]!.getSourceFile().fileName;
    return `../../${path.slice(join(this.repository, 'src').length + 1).replace(/\.ts$/, '')}`;
  }

  /** The name of an interface's arguments, which are written if they aren't yet. */
  private argsOf(symbol: ts.Symbol): string {
    const known = this.written.get(symbol)?.args ?? [...this.named].find(([, one]) => one === symbol)?.[0];
    if (known !== undefined) return known;
    const args = NAMES[symbol.name] ?? symbol.name.replace(/(?:Input|Spec|Args)$/, '');
    const other = this.named.get(args);
    if (other) throw new Error(`${symbol.name} and ${other.name} would both be called ${args}`);
    this.named.set(args, symbol);
    this.write(symbol, args);
    return args;
  }

  private write(symbol: ts.Symbol, args: string): void {
    if (this.written.has(symbol)) return;
    const declaration = symbol.declarations?.find(ts.isInterfaceDeclaration);
    if (!declaration) throw new Error(`${symbol.name} is not an interface`);
    const type = this.checker.getDeclaredTypeOfSymbol(symbol);
    const lines = [
      ...commentOf(declaration, ''),
      `export interface ${args} {`,
      ...this.checker.getPropertiesOfType(type).flatMap((property) => this.fieldOf(property)),
      '}',
      '',
    ];
    this.written.set(symbol, { declaration, args, lines });
  }

  private fieldOf(property: ts.Symbol): string[] {
    const declaration = property.declarations?.find(ts.isPropertySignature);
    if (!declaration?.type) throw new Error(`${property.name} is not a field`);
    const mark = declaration.questionToken ? '?' : '';
    return [
      ...commentOf(declaration, '  '),
      `  readonly ${property.name}${mark}: ${this.inputOf(declaration.type)};`,
    ];
  }

  private inputOf(node: ts.TypeNode): string {
    return `pulumi.Input<${this.plainOf(node)}>`;
  }

  private plainOf(node: ts.TypeNode): string {
    if (ts.isTypeOperatorNode(node)) return this.plainOf(node.type);
    if (ts.isArrayTypeNode(node)) return `${this.inputOf(node.elementType)}[]`;
    if (!ts.isTypeReferenceNode(node)) return node.getText();
    if (node.typeName.getText() === 'Record')
      return `Record<string, ${this.inputOf(node.typeArguments![1]!)}>`;
    const type = this.checker.getTypeFromTypeNode(node);
    if (type.flags & ts.TypeFlags.Number) return 'number';
    if (type.flags & ts.TypeFlags.String) return 'string';
    const symbol = type.symbol;
    if (symbol.flags & ts.SymbolFlags.Enum) {
      this.enums.set(symbol.name, symbol);
      return symbol.name;
    }
    return this.argsOf(symbol);
  }
}

/** The doc comment as it stands, indented, with names in place of links: those lead to the model's fields. */
function commentOf(node: ts.Node, indent: string): string[] {
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .flatMap((comment) => comment.getText().split('\n'))
    .map((line) => line.trim().replace(/\{@link +([^}]+?) *\}/g, '`$1`'))
    .map((line) => `${indent}${line.startsWith('*') ? ' ' : ''}${line}`);
}
