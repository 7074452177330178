/** What EC2 gives to each instance at its start. */
import { gzipSync } from 'node:zlib';
import { problemOf } from '../construct-rule';
import { Problem } from '../problems';
import { bootstrapScript } from './boot-bundle';
import { RULES } from './rules';

/** Bytes that EC2 takes, before they are written in base64. */
export const LARGEST_USER_DATA = 16_384;

/** User data in its forms. */
export interface UserData {
  /** As cloud-init reads it. */
  readonly text: string;
  /** As EC2 takes it. */
  readonly base64: string;
  /** As EC2 counts them: after compression, before base64. */
  readonly bytes: number;
}

/** Scripts in this folder run at the end of every boot, the first one included: one that failed is tried again. */
const PER_BOOT = '/var/lib/cloud/scripts/per-boot/flux-usernetes';
const CLUSTER = '/etc/flux-usernetes/cluster.json';

/**
 * User data: a cloud-config that writes cluster.json and starts the script that fetches all others.
 *
 * It is compressed only if it must be: other releases of Node may compress to other bytes, and other user data replaces
 * every node.
 *
 * @param config what nodeConfig says
 */
export function userData(config: object): UserData {
  const text = cloudConfig(config);
  const plain = Buffer.from(text);
  const data = plain.length > LARGEST_USER_DATA ? compressed(plain) : plain;
  return { text, base64: data.toString('base64'), bytes: data.length };
}

/** A problem if EC2 would not take it. */
export function checkUserData({ bytes }: UserData): Problem[] {
  if (bytes <= LARGEST_USER_DATA) return [];
  const message = `makes user data of ${bytes} bytes, and EC2 takes ${LARGEST_USER_DATA}`;
  return [problemOf(RULES.userData, 'mirror', undefined, message)];
}

function cloudConfig(config: object): string {
  const document = {
    // The boot sets it, from the rank.
    preserve_hostname: true,
    package_update: false,
    package_upgrade: false,
    // The service of cloud-init writes this to the console, too.
    output: { all: '| tee -a /var/log/cloud-init-output.log' },
    write_files: [
      { path: CLUSTER, permissions: '0644', content: `${JSON.stringify(config, null, 1)}\n` },
      { path: PER_BOOT, permissions: '0755', content: bootstrapScript() },
    ],
  };
  return `#cloud-config\n${yamlWriter().stringify(document, { lineWidth: 0 })}`;
}

/** Byte of the header of gzip that names the system; 255 is an unknown one. */
const SYSTEM_BYTE = 9;
const UNKNOWN_SYSTEM = 255;

function compressed(plain: Buffer): Buffer {
  const data = gzipSync(plain, { level: 9 });
  data[SYSTEM_BYTE] = UNKNOWN_SYSTEM;
  return data;
}

interface YamlWriter {
  readonly stringify: (value: unknown, options: object) => string;
}

/** Loaded on first use: imports count at every synth, and few have such a cluster. */
function yamlWriter(): YamlWriter {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('yaml') as YamlWriter;
}
