/** The programs that work on nodes, as ConfigMaps that are called after what is in them. */
import { posix } from 'node:path';
import { readAsset } from './assets';
import { hashedConfigMap } from './hashed-config-map';
import { Manifest, Metadata } from './manifest';

const FOLDER = 'distribute';

/** What a program runs by name, or sends elsewhere. What these import, and itself, comes along. */
const RUN_BY_NAME: Readonly<Record<string, readonly string[]>> = {
  'supervise.py': [
    'distribute_connect.py',
    'distribute_keeper.py',
    'distribute_receive.py',
    'flux-connect.sh',
    'is-fresh.sh',
    '../state/drain.sh',
  ],
  'clean-up.py': ['distribute_keeper.py'],
  'content.py': ['content_node.py'],
};

const IMPORT = /^\s*(?:from|import) ((?:distribute|content)_\w+)/gm;

/** Programs that people and probes run have no ending. */
const COMMANDS = ['flux-connect.sh', 'is-fresh.sh'];

const known = new Map<string, Readonly<Record<string, string>>>();

/** The files of a program under the names by which they know one another. */
function scripts(program: string): Readonly<Record<string, string>> {
  const files = known.get(program) ?? filesOf([program, ...(RUN_BY_NAME[program] ?? [])]);
  known.set(program, files);
  return files;
}

function filesOf(names: readonly string[]): Readonly<Record<string, string>> {
  const files = new Map<string, string>();
  const add = (path: string): void => {
    const name = posix.basename(path);
    const key = COMMANDS.includes(name) ? name.replace(/\.sh$/, '') : name;
    if (files.has(key)) return;
    const text = readAsset(posix.join(FOLDER, path));
    files.set(key, text);
    for (const [, module = ''] of text.matchAll(IMPORT)) add(`${module}.py`);
  };
  names.forEach(add);
  return Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Bytes of programs in one ConfigMap: kubectl keeps an object in an annotation too, and those have 256 KiB. */
const MOST_BYTES = 150_000;

/** Settings and programs as immutable ConfigMaps, which are called after what is in them. */
export function programConfigMaps(
  metadata: Metadata,
  settings: object,
  program: string,
): readonly Manifest[] {
  const settingsFile = { 'settings.json': `${JSON.stringify(settings, undefined, 1)}\n` };
  const named = (suffix: string): Metadata => ({ ...metadata, name: `${metadata.name}-${suffix}` });
  return [
    hashedConfigMap(named('settings'), settingsFile),
    ...portions(scripts(program)).map((files) => hashedConfigMap(named('scripts'), files)),
  ];
}

function portions(files: Readonly<Record<string, string>>): readonly Readonly<Record<string, string>>[] {
  const all: Record<string, string>[] = [];
  let bytes = MOST_BYTES;
  for (const [name, text] of Object.entries(files)) {
    bytes += text.length;
    if (bytes > MOST_BYTES) {
      all.push({});
      bytes = text.length;
    }
    Object.assign(all.at(-1) ?? {}, { [name]: text });
  }
  return all;
}
