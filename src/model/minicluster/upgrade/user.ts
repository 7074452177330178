/** The user that runs Flux: sudo is gone, and the container has one user for everything. */
import { V1Alpha1Container } from '../api/v1alpha1';
import { Upgrade } from './upgrade-context';

/** The number that v1alpha1 took where 0 or none was given. */
const USUAL_UID = 1000;

/** The user of the Flux container; undefined for that of the image. */
export function userId({ fluxUser, commands }: V1Alpha1Container): number | undefined {
  if (commands?.runFluxAsRoot) return 0;
  // `||`: 0 was taken for none.
  return fluxUser?.uid === undefined ? undefined : fluxUser.uid || USUAL_UID;
}

/** Notes what became of the user of the Flux container. */
export function noteUser(
  { notes }: Upgrade,
  { fluxUser, commands, workingDir }: V1Alpha1Container,
  at: string,
): void {
  const { runFluxAsRoot } = commands ?? {};
  if (runFluxAsRoot) {
    notes.changed(`${at}.commands.runFluxAsRoot`, true, 'is securityContext.runAsUser: 0 now');
    notes.lost(`${at}.fluxUser`, fluxUser, 'has no effect beside runFluxAsRoot');
    return;
  }
  notes.lost(`${at}.commands.runFluxAsRoot`, runFluxAsRoot, 'is gone, and false changes nothing');
  notes.lost(
    `${at}.fluxUser.name`,
    fluxUser?.name,
    'is gone: no user is added to the container, and there is no /home of that name',
    'add the user to the image if programs look it up',
  );
  if (fluxUser?.uid === undefined) {
    notes.changed(
      `${at}.fluxUser.uid`,
      undefined,
      `is ${USUAL_UID} no longer where it is not given: Flux and its jobs run as the user of the image`,
      'set securityContext.runAsUser to run them as another; hooks then run as that user too',
    );
    return;
  }
  const wasZero = fluxUser.uid === 0 ? `, and ${USUAL_UID}, as v1alpha1 took 0 for that` : '';
  notes.changed(
    `${at}.fluxUser.uid`,
    fluxUser.uid,
    `is securityContext.runAsUser now, for the whole container${wasZero}: hooks ran as root and run as this user, who has no name and no home unless the image knows the number`,
    'do in the image what needs root, and add the user there if programs ask for its name',
  );
  if (workingDir) {
    notes.changed(
      `${at}.workingDir`,
      workingDir,
      'was given to the Flux user and made writable for everybody at each start; it stays as it is now',
      'make sure that this user may write there',
    );
  }
}
