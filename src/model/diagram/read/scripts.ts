/** What brokers run, out of the files that our renderers put into ConfigMaps. */
import { SCRIPTS } from '../../job/script-files';
import { Tree } from '../../tree';
import { Objects } from './objects';
import { textMapOf } from './tolerant';
import { volumesOf } from './volumes';
import { listed } from '../draw/words';

/** The texts of all ConfigMaps that a container mounts, by their keys. */
export function filesOf(
  objects: Objects,
  namespace: string,
  pod: Tree,
  container: string,
): Readonly<Record<string, string>> {
  const references = volumesOf(pod)
    .filter(({ mounts }) => mounts.some((mount) => mount.container === container))
    .flatMap(({ references: all }) => all.filter(({ kind }) => kind === 'ConfigMap'));
  const texts = references.map(({ name }) =>
    textMapOf(objects.find('ConfigMap', namespace, name)?.body.data),
  );
  return Object.assign({}, ...texts) as Readonly<Record<string, string>>;
}

const SCRIPT = new RegExp(`^(?:\\S*/)?(?:ba)?sh ${SCRIPTS}/(\\S+)$`);

/** A command as people wrote it: one that only starts a script of ours stands for the first line of that script. */
export function writtenCommand(command: string, files: Readonly<Record<string, string>>): string {
  const [, key = ''] = SCRIPT.exec(command) ?? [];
  const script = files[key];
  return script === undefined ? command : firstLine(script);
}

/** A batch script that stages first, as src/model/staging/batch.ts writes it: the paths, and the text that people wrote. */
const STAGED_PATHS = /^staged_paths=\(\n([^]*?)^\)$/m;
const STAGED_PATH = /^ {2}'[^']*' '([^']*)' /gm;
const STAGED_TEXT = /^IFS= read -rd '' staging_text <<'(END_*)'\n([^]*?)^\1$/m;

/** The first line that does something, and what is staged before. */
export function firstLine(script: string): string {
  const [, paths] = STAGED_PATHS.exec(script) ?? [];
  const [, , text] = STAGED_TEXT.exec(script) ?? [];
  if (paths === undefined || text === undefined) return firstCommand(script);
  const names = Array.from(paths.matchAll(STAGED_PATH), ([, name = '']) => name);
  return `stages ${listed(names, 2)}, then ${firstCommand(text)}`;
}

/** Comments, and options of the shell. */
const IDLE = /^\s*(?:#|set [-+])/;

function firstCommand(script: string): string {
  const lines = script.split('\n').filter((line) => line.trim() !== '');
  const first = lines.find((line) => !IDLE.test(line)) ?? lines[0] ?? '';
  return lines.at(-1) === first ? first : `${first} …`;
}

/** What a broker does once it is up, in the words of the run modes; undefined for words that are none. */
export function workLine(mode: string, command: string): string | undefined {
  switch (mode) {
    case 'interactive':
      return 'waits for people to submit jobs';
    case 'submit':
      return `the lead submits: ${command}`;
    case 'launcher':
      return `beside the lead: ${command}`;
    case 'batch':
      return `the lead submits a batch script: ${command}`;
    default:
      return undefined;
  }
}
