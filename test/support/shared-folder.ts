import { join } from 'node:path';

/** Material that lies beside the checkout where it is there at all; tests that need it are skipped elsewhere. */
export const SHARED = join(__dirname, '../../../shared');
