/**
 * Has Terraform's AWS provider, which Pulumi's is made from, check what clusters and images of every kind register: names
 * and values of arguments, and which of them exclude each other. Nothing is asked at AWS, and no network is needed:
 *
 *     TERRAFORM_PLUGINS=FOLDER npx tsx scripts/validate-with-terraform.ts
 *
 * FOLDER is a mirror as `terraform providers mirror` makes it, with hashicorp/aws; TERRAFORM is the program, if it is not
 * on the PATH. Exits with 1 if the provider finds anything.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { UsernetesCluster } from '../src/aws/usernetes-cluster';
import { UsernetesImage } from '../src/aws/usernetes-image';
import { REGION } from '../test/support/aws-account';
import { deploy } from '../test/support/pulumi-deploy';
import { ResourceSchemas, terraformOf } from '../test/support/terraform-json';
import { CLUSTERS } from '../test/support/usernetes-clusters';
import { IMAGES } from '../test/support/usernetes-images';

/** Of a later provider than the newest that can be had without Terraform's registry. */
const LATER = /^Instance .*: primaryNetworkInterface$/;

const PROVIDER = 'registry.terraform.io/hashicorp/aws';

interface Diagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
  readonly snippet?: { readonly context?: string };
}

async function main(): Promise<number> {
  const plugins = process.env.TERRAFORM_PLUGINS;
  if (plugins === undefined)
    throw new Error('TERRAFORM_PLUGINS must name a folder with the provider hashicorp/aws');
  const folder = mkdtempSync(join(tmpdir(), 'terraform-'));
  try {
    return await validateIn(folder, plugins);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function validateIn(folder: string, plugins: string): Promise<number> {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const configuration = write(
    'mirror.tfrc',
    `provider_installation { filesystem_mirror { path = "${plugins}" } }`,
  );
  const env = { ...process.env, TF_CLI_CONFIG_FILE: configuration };
  const program = process.env.TERRAFORM ?? 'terraform';
  const terraform = (...args: readonly string[]): string =>
    execFileSync(program, args, { cwd: folder, env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const diagnostics = (...args: readonly string[]): string =>
    spawnSync(program, args, { cwd: folder, env, encoding: 'utf8', maxBuffer: 2 ** 28 }).stdout;

  write('provider.tf.json', JSON.stringify(OFFLINE_PROVIDER));
  write('asset.txt', '');
  terraform('init', '-no-color');
  const described = JSON.parse(terraform('providers', 'schema', '-json')) as {
    provider_schemas: Record<string, { resource_schemas: ResourceSchemas }>;
  };
  const schemas = described.provider_schemas[PROVIDER]!.resource_schemas;

  let wrong = 0;
  const tell = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  for (const [name, program] of programs()) {
    const { resources } = await deploy(program);
    const { resource, unknownArguments } = terraformOf(resources, schemas);
    const misnamed = unknownArguments.filter((argument) => !LATER.test(argument));
    for (const argument of new Set(misnamed)) tell(`${name}: the provider has no ${argument}`);
    write('cluster.tf.json', JSON.stringify({ resource }));
    const validated = JSON.parse(diagnostics('validate', '-json')) as { diagnostics: readonly Diagnostic[] };
    // A plan checks what depends on several arguments, too.
    const planned = validated.diagnostics.length === 0 ? planOf(diagnostics) : [];
    const found = [...validated.diagnostics, ...planned];
    for (const { severity, summary, detail = '', address, snippet } of found)
      tell(`${name}: ${severity}: ${address ?? snippet?.context ?? ''}: ${summary}: ${detail}`);
    tell(
      `${name}: ${resources.length} resources, ${unknownArguments.length - misnamed.length} arguments of a later provider, ${found.length} found`,
    );
    wrong += misnamed.length + found.length;
  }
  return wrong === 0 ? 0 : 1;
}

/** What is deployed, by its name. */
function programs(): readonly (readonly [string, () => unknown])[] {
  const clusters = Object.entries(CLUSTERS).map(
    ([name, args]) => [name, () => new UsernetesCluster(name, args)] as const,
  );
  const images = Object.entries(IMAGES).map(
    ([name, args]) => [name, () => new UsernetesImage(name, args)] as const,
  );
  return [...clusters, ...images];
}

function planOf(diagnostics: (...args: readonly string[]) => string): readonly Diagnostic[] {
  const lines = diagnostics('plan', '-json', '-refresh=false', '-input=false', '-lock=false')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly type: string; readonly diagnostic?: Diagnostic });
  const found = lines.flatMap(({ diagnostic }) => diagnostic ?? []);
  if (found.length === 0 && !lines.some(({ type }) => type === 'change_summary'))
    throw new Error('terraform plan ended without a plan');
  return found;
}

const OFFLINE_PROVIDER = {
  terraform: { required_providers: { aws: { source: 'hashicorp/aws' } } },
  provider: {
    aws: {
      region: REGION,
      access_key: 'none',
      secret_key: 'none',
      skip_credentials_validation: true,
      skip_requesting_account_id: true,
      skip_metadata_api_check: 'true',
    },
  },
};

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
