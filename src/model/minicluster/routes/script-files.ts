import { posix } from 'node:path';
import { readAsset } from '../../assets';
import { Manifest, Metadata } from '../../manifest';

/** Where the scripts are mounted in the pods. */
const MOUNT = '/flux-scripts';

/** Where copies stand that must be executable: files of a ConfigMap come with mode 0644. */
const EXECUTABLE = '/tmp/flux-scripts';

/** The volume that carries the scripts, in the fields that both API versions know. */
export interface ScriptVolume {
  readonly configMapName: string;
  readonly path: string;
  readonly readOnly: boolean;
}

/** Texts of one MiniCluster that travel as files of a ConfigMap instead of within another script. */
export class ScriptFiles {
  private readonly files = new Map<string, string>();
  private firstUser?: number;

  public constructor(private readonly metadata: Metadata) {}

  /** The ConfigMap, and the volume: the operator demands that both have one name (trap T25). */
  public get name(): string {
    return `${this.metadata.name}-scripts`;
  }

  /**
   * Takes a text, unchanged.
   * @param container index of the container that needs it
   * @returns the path of the file in the pod
   */
  public add(container: number, key: string, text: string): string {
    this.files.set(key, text);
    this.firstUser = Math.min(container, this.firstUser ?? container);
    return `${MOUNT}/${key}`;
  }

  /** Takes one of the library's own scripts along, by its path below assets/, and gives its path in the pod. */
  public addAsset(container: number, asset: string): string {
    return this.add(container, posix.basename(asset), readAsset(asset));
  }

  /**
   * Takes a text that must be a program.
   * @returns the path of the program, and the line that makes it, to be run before anything else in the container
   */
  public addProgram(container: number, key: string, text: string): { path: string; install: string } {
    const source = this.add(container, key, text);
    const install = `/bin/bash ${this.addAsset(container, 'minicluster/make-executable.sh')} ${source}`;
    return { path: `${EXECUTABLE}/${key}`, install };
  }

  /**
   * The container that mounts the files: the first that needs them, since every later one gets its mounts
   * too, and a second mount of the same path is refused (trap T29). Undefined where there are no files.
   */
  public get mountedBy(): number | undefined {
    return this.firstUser;
  }

  public get volume(): ScriptVolume {
    return { configMapName: this.name, path: MOUNT, readOnly: true };
  }

  /** How many bytes the ConfigMap holds. */
  public get bytes(): number {
    let sum = 0;
    for (const [key, text] of this.files) sum += Buffer.byteLength(key) + Buffer.byteLength(text);
    return sum;
  }

  /** The ConfigMap, or nothing where there are no files. */
  public manifests(): Manifest[] {
    if (this.files.size === 0) return [];
    const data = Object.fromEntries([...this.files].sort(([a], [b]) => (a < b ? -1 : 1)));
    return [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...this.metadata, name: this.name }, data }];
  }
}
