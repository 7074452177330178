/** What brokers run, out of the files that our renderers put into ConfigMaps. */
import { Tree } from '../../tree';
import { Objects } from './objects';
import { textMapOf } from './tolerant';
import { volumesOf } from './volumes';

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

const SCRIPT = /^(?:\S*\/)?(?:ba)?sh \/flux-scripts\/(\S+)$/;

/** A command as people wrote it: one that only starts a script of ours stands for the first line of that script. */
export function writtenCommand(command: string, files: Readonly<Record<string, string>>): string {
  const [, key = ''] = SCRIPT.exec(command) ?? [];
  const script = files[key];
  return script === undefined ? command : firstLine(script);
}

/** The first line that does something. */
export function firstLine(script: string): string {
  const lines = script.split('\n').filter((line) => line.trim() !== '');
  const first = lines.find((line) => !line.trimStart().startsWith('#')) ?? lines[0] ?? '';
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
