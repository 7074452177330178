/** What becomes of a thing in an upgrade. */
export enum UpgradeEffect {
  /** v1alpha2 needs it written, or the library can now do it: it was not in the spec before. */
  ADDED = 'added',
  /** It is there under another name, or it means something else now. */
  CHANGED = 'changed',
  /** v1alpha2 has nothing for it, or it never had an effect. */
  LOST = 'lost',
}

/** One thing that is not simply the same after an upgrade. */
export interface UpgradeNote {
  /** Where in the v1alpha1 spec, in the notation `containers[0].fluxUser.name`; also where nothing was written. */
  readonly path: string;
  /**
   * What was written there; never a password, token or key.
   * @default - nothing was written, or it may hold a secret, as commands and variables do
   */
  readonly value?: unknown;
  readonly effect: UpgradeEffect;
  /** What became of it, as a phrase that follows the path. */
  readonly message: string;
  /**
   * What to do about it, in the imperative.
   * @default - nothing is to be done
   */
  readonly fix?: string;
}

/** Texts and values in which people put passwords and tokens; their place is enough. */
const MAY_HOLD_SECRETS = /(?:^|\.)(?:command|commands|lifeCycle|environment|brokerConfig)(?:$|[.[])/;

/** Gathers the notes of one upgrade. */
export class Notes {
  private readonly notes: UpgradeNote[] = [];

  public added(path: string, message: string, fix?: string): void {
    this.push(UpgradeEffect.ADDED, path, undefined, message, fix);
  }

  public changed(path: string, value: unknown, message: string, fix?: string): void {
    this.push(UpgradeEffect.CHANGED, path, value, message, fix);
  }

  /** Says nothing where nothing was written. */
  public lost(path: string, value: unknown, message: string, fix?: string): void {
    if (value !== undefined) this.push(UpgradeEffect.LOST, path, value, message, fix);
  }

  /** As `lost`, for what must not be printed. */
  public lostSecret(path: string, value: unknown, message: string, fix?: string): void {
    if (value !== undefined) this.push(UpgradeEffect.LOST, path, undefined, message, fix);
  }

  /** Is this field, or an object around it, gone? */
  public isLost(path: string): boolean {
    return this.notes.some(
      (note) =>
        note.effect === UpgradeEffect.LOST &&
        (path === note.path || path.startsWith(`${note.path}.`) || path.startsWith(`${note.path}[`)),
    );
  }

  public all(): readonly UpgradeNote[] {
    return [...this.notes];
  }

  private push(
    effect: UpgradeEffect,
    path: string,
    value: unknown,
    message: string,
    fix: string | undefined,
  ): void {
    this.notes.push({
      path,
      ...(value === undefined || MAY_HOLD_SECRETS.test(path) ? {} : { value }),
      effect,
      message,
      ...(fix === undefined ? {} : { fix }),
    });
  }
}
