import { Metadata } from '../../manifest';
import { Problem } from '../../problems';
import { MiniClusterInput, Silence } from '../input';
import { OperatorVersion } from '../operator-version';
import { MiniClusterV1Alpha1Input } from '../v1alpha1/input';

/** What a text leaves open. */
export interface ParseOptions {
  /**
   * Release of the operator that a v1alpha2 MiniCluster is meant for.
   * @default OperatorVersion.MAIN
   */
  readonly operatorVersion?: OperatorVersion;
  /**
   * Rules that do not apply here.
   * @default - none
   */
  readonly silence?: readonly Silence[];
}

/** A problem, and where in the text it is. Its path starts at the object: `spec.containers[0].command`. */
export interface Finding extends Problem {
  /** Line, from 1; absent where no text was read. */
  readonly line?: number;
  /** Column, from 1; absent where no text was read. */
  readonly column?: number;
  /** Is it about the resource as it is written, and gone when the library renders it? */
  readonly mendable: boolean;
}

/** A MiniCluster that was written as YAML or as plain data. */
export interface ParsedMiniCluster {
  /** Name, namespace, labels and annotations; the name is empty where there is none. */
  readonly metadata: Metadata;
  /** What `miniCluster()` takes, of a v1alpha2 MiniCluster whose fields have the right types. */
  readonly input?: MiniClusterInput;
  /** What `miniClusterV1Alpha1()` takes, of a v1alpha1 MiniCluster whose fields have the right types. */
  readonly inputV1Alpha1?: MiniClusterV1Alpha1Input;
  /** All that is wrong with the resource as it is written, in the order of the rules. */
  readonly findings: readonly Finding[];
  /** Finds the place of a problem that something else tells of the input, such as `checkMiniCluster`. */
  readonly locate: (problem: Problem) => Finding;
}

/** One object of a document. */
export interface ParsedObject {
  /** The data as it was read. */
  readonly value: unknown;
  /** Set if the object is a MiniCluster. */
  readonly miniCluster?: ParsedMiniCluster;
}

/** One document of a text, of any kind. */
export interface ParsedDocument {
  /** The document as it is written, comments included. */
  readonly text: string;
  /** Its object, or the objects of its list; none where it is empty or can't be read. */
  readonly objects: readonly ParsedObject[];
  /** Why it can't be read; what concerns a MiniCluster is told there. */
  readonly findings: readonly Finding[];
}
