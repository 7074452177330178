/** The world outside of a command: what it reads and prints, so that tests can stand in for it. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** All of standard input. */
  readonly readInput: () => Promise<Buffer>;
  /** May there be colours on standard output? */
  readonly colours: boolean;
  /** Is standard output a screen? */
  readonly isTerminal: boolean;
}

/** Exit codes of all commands. */
export enum ExitCode {
  CLEAN = 0,
  /** A MiniCluster is wrong, or a text can't be read. */
  ERRORS = 1,
  /** The command line is wrong, or names a file that is not there. */
  BAD_USAGE = 2,
}

/** Told in one sentence, without a stack trace. */
export class UsageError extends Error {}

/** The process that we are. */
export function processIo(): Io {
  // Undefined for pipes and files, whatever its type says.
  const { isTTY: isTerminal = false } = process.stdout as { isTTY?: boolean };
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    readInput: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
    // https://no-color.org
    colours: isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
    isTerminal,
  };
}
