/** What the set-up hands to tests: an environment is all that passes between them. */
import type { Server } from './api';

/** Where tests find what they need. */
export interface Settings extends Server {
  /** The folder with the rendered files. */
  readonly rendered: string;
}

const NAME = 'E2E_KUBERNETES';

export const SETTINGS = {
  write(settings: Settings): void {
    process.env[NAME] = JSON.stringify(settings);
  },

  /** @throws Error where no set-up ran before */
  read(): Settings {
    const text = process.env[NAME];
    if (text === undefined) throw new Error('these tests need their set-up: run npm run test:e2e');
    return JSON.parse(text) as Settings;
  },
};
