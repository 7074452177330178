/** Sections of the pages of constructs that say what stands in the code: tables of options and of rules. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

import { CLUSTER_WAIT_RULES } from '../../src/model/cluster-wait';
import { ConstructRule } from '../../src/model/construct-rule';
import { CONTENT_DISTRIBUTION_RULES } from '../../src/model/content';
import { FLUX_DISTRIBUTE_RULES } from '../../src/model/distribute';
import { FLUX_PAIRS } from '../../src/model/packages/versions';
import { FLUX_OPERATOR_RULES } from '../../src/model/flux-operator';
import { SHARED_VOLUME_RULES } from '../../src/model/storage';
import { USERNETES_RULES } from '../../src/model/usernetes';
import { USERNETES_IMAGE_RULES } from '../../src/model/usernetes/image-rules';

/** A page, and what its sections hold. */
interface Page {
  readonly path: string;
  readonly sections: Readonly<Record<string, (root: string) => string>>;
}

/** An interface whose fields are options, and the sentence before its table. */
interface Options {
  readonly file: string;
  readonly name: string;
  readonly before?: string;
}

const DISTRIBUTE = 'src/model/distribute';
const CONTENT = 'src/model/content';
const USERNETES = 'src/model/usernetes';

const INSTALL: Options = {
  file: `${USERNETES}/spec.ts`,
  name: 'UsernetesInstallSpec',
  before: 'What is installed:',
};

const PAGES: readonly Page[] = [
  { path: 'docs/flux-operator.md', sections: { Rules: () => rulesTable(FLUX_OPERATOR_RULES) } },
  { path: 'docs/shared-volume.md', sections: { Rules: () => rulesTable(SHARED_VOLUME_RULES) } },
  { path: 'docs/pulumi.md', sections: { Rules: () => rulesTable(CLUSTER_WAIT_RULES) } },
  {
    path: 'docs/flux-distribute.md',
    sections: {
      Versions: pairsTable,
      Options: optionTables(
        { file: `${DISTRIBUTE}/build-spec.ts`, name: 'FluxBuildSpec', before: 'Which Flux:' },
        { file: `${DISTRIBUTE}/spec.ts`, name: 'FluxDistributeSpec', before: 'How it runs:' },
      ),
      Rules: () => rulesTable(FLUX_DISTRIBUTE_RULES),
    },
  },
  {
    path: 'docs/content-distribution.md',
    sections: {
      Options: optionTables(
        { file: `${CONTENT}/spec.ts`, name: 'ContentDistributionSpec' },
        { file: `${CONTENT}/spec.ts`, name: 'ContentFile', before: 'Each of the `files`:' },
        { file: `${CONTENT}/spec.ts`, name: 'Containerd', before: 'And `containerd`:' },
      ),
      Rules: () => rulesTable(CONTENT_DISTRIBUTION_RULES),
    },
  },
  {
    path: 'docs/usernetes-cluster.md',
    sections: {
      Options: optionTables(
        { file: `${USERNETES}/spec.ts`, name: 'UsernetesClusterSpec' },
        INSTALL,
        { file: `${USERNETES}/spec.ts`, name: 'UsernetesNetworkSpec', before: 'The `network`:' },
        { file: `${USERNETES}/spec.ts`, name: 'IngressSpec', before: 'Each of `ingress`:' },
        { file: `${USERNETES}/spec.ts`, name: 'NodeImageSpec', before: 'The `image`:' },
        { file: `${USERNETES}/spec.ts`, name: 'NodeVolumeSpec', before: 'The `volume`:' },
        { file: `${USERNETES}/spec.ts`, name: 'CapacitySpec', before: 'The `capacity`:' },
        { file: `${USERNETES}/spec.ts`, name: 'SecretSpec', before: 'The `certificate`:' },
        { file: `${USERNETES}/spec.ts`, name: 'WaitSpec', before: 'The `wait`:' },
        { file: `${USERNETES}/spec.ts`, name: 'PricesSpec', before: 'The `prices`:' },
      ),
      Outputs: outputsTable('src/aws/usernetes-cluster.ts', 'UsernetesCluster'),
      Rules: () => rulesTable(USERNETES_RULES),
    },
  },
  {
    path: 'docs/usernetes-image.md',
    sections: {
      Options: optionTables({ file: `${USERNETES}/image-spec.ts`, name: 'UsernetesImageSpec' }, INSTALL),
      Rules: () => rulesTable(USERNETES_IMAGE_RULES),
    },
  },
];

/** The pages with their sections made anew; all else stays as it was written. */
export function constructPages(root: string): readonly { readonly path: string; readonly text: string }[] {
  return PAGES.map(({ path, sections }) => {
    const parts = readFileSync(join(root, path), 'utf8').split(/^(?=## )/m);
    const text = parts.map((part) => {
      const [, title = ''] = /^## (.*)\n/.exec(part) ?? [];
      const section = sections[title];
      return section ? `## ${title}\n\n${section(root)}\n\n` : part;
    });
    return { path, text: `${text.join('').trimEnd()}\n` };
  });
}

/** The versions of flux-sched that go with each flux-core. */
function pairsTable(): string {
  const scheds = new Map<string, string[]>();
  for (const { fluxCore, fluxSched } of FLUX_PAIRS)
    scheds.set(fluxCore, [...(scheds.get(fluxCore) ?? []), fluxSched]);
  const rows = [...scheds].map(([fluxCore, all]) => [fluxCore, all.join(', ')]);
  return `On conda-forge, for amd64 and arm64:\n\n${table(['flux-core', 'flux-sched'], rows)}`;
}

function rulesTable(rules: readonly ConstructRule[]): string {
  const rows = rules.map(({ code, title, consequence, remedy }) => [code, title, consequence, remedy]);
  return `Each is an error.\n\n${table(['Code', 'The field', 'What would have happened', 'Write'], rows)}`;
}

function optionTables(...all: readonly Options[]): (root: string) => string {
  return (root) =>
    all
      .map(({ file, name, before }) => {
        const rows = table(['Option', 'Default', 'Meaning'], optionsOf(join(root, file), name));
        return before === undefined ? rows : `${before}\n\n${rows}`;
      })
      .join('\n\n');
}

/** Name and meaning of each field of a class. */
function outputsTable(file: string, name: string): (root: string) => string {
  return (root) => {
    const source = sourceOf(join(root, file));
    const found = source.statements
      .filter(ts.isClassDeclaration)
      .find((declaration) => declaration.name?.text === name);
    const rows = (found?.members ?? [])
      .filter((member) => ts.isPropertyDeclaration(member))
      .map((field) => [`\`${field.name?.getText(source) ?? ''}\``, oneLine(commentOf(field))]);
    return table(['Output', 'Meaning'], rows);
  };
}

function sourceOf(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
}

function commentOf(node: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return comments.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join(' ');
}

/** Name, default and meaning of each field, from its doc comment. */
function optionsOf(path: string, name: string): readonly string[][] {
  const source = sourceOf(path);
  const found = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find((declaration) => declaration.name.text === name);
  return (found?.members ?? []).map((member) => {
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default');
    const value = ts.getTextOfJSDocComment(tag?.comment) ?? 'required';
    return [
      `\`${member.name?.getText(source) ?? ''}\``,
      defaultOf(oneLine(value)),
      oneLine(commentOf(member)),
    ];
  });
}

/** A value is code, words are words. */
function defaultOf(text: string): string {
  if (text.startsWith('- ')) return text.slice(2);
  return text.replace(/^(?:'[^']*'|\[[^\]]*\]|[\w.]+)(?=,|$)/, (value) =>
    value === 'required' ? value : `\`${value}\``,
  );
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim();
}

/** As prettier writes it: columns as wide as their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
