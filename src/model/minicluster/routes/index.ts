import { COMMAND_ROUTES } from './commands';
import { CONTAINER_ROUTES, MOUNT_SCRIPTS } from './containers';
import { FLUX_OPTION_ROUTES } from './flux-options';
import { HOOK_ROUTES } from './hooks';
import { Draft, Route } from './route';
import { STAGING_ROUTES } from './staging';
import { STATE_ROUTES } from './state';

/** In the order in which they are taken: hooks come after those that add to them. */
const ROUTES: readonly Route[] = [
  ...CONTAINER_ROUTES,
  ...STAGING_ROUTES,
  ...COMMAND_ROUTES,
  ...FLUX_OPTION_ROUTES,
  ...STATE_ROUTES,
  ...HOOK_ROUTES,
  MOUNT_SCRIPTS,
];

/** Codes of the rules that a route makes hold. */
export const ROUTED_CODES: ReadonlySet<string> = new Set(ROUTES.flatMap(({ codes }) => codes));

/** Takes every route but those of silenced rules. */
export function applyRoutes(draft: Draft, silenced: ReadonlySet<string>): void {
  for (const { codes, apply } of ROUTES) {
    if (silenced.size === 0 || !codes.some((code) => silenced.has(code))) apply(draft);
  }
}
