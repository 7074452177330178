import { FluxContainer, FluxOptions } from '../api/flux-options';
import { CertificateSource } from '../input';
import { V1Alpha1Mode } from '../v1alpha1/cluster';
import { V1Alpha1Flux } from '../api/v1alpha1';
import { carriesSubmitCommand } from './command';
import { FluxSource, NothingLeft, Upgrade, isInteractive, orNothing } from './upgrade-context';
import { userId } from './user';

/** What is said about Flux in an input. */
export interface UpgradedFlux {
  readonly flux?: FluxOptions;
  readonly certificate?: CertificateSource;
}

export function upgradeFlux(upgrade: Upgrade): UpgradedFlux {
  const { cluster, notes } = upgrade;
  const {
    submitCommand,
    wrap,
    connectTimeout,
    optionFlags,
    minimalService,
    logLevel,
    brokerConfig,
    scheduler,
    bursting,
    curveCert,
    curveCertSecret,
    mungeSecret,
    installRoot,
    ...rest
  } = cluster.spec.flux ?? {};
  notes.lost('flux.installRoot', installRoot, ...installRootTexts(upgrade));
  if (!cluster.runner)
    notes.lost('flux.mungeSecret', mungeSecret, 'is for the Flux container, and there is none');
  if (wrap && cluster.maxSize > 1)
    notes.changed('flux.wrap', wrap, 'wraps the lead broker only: v1alpha1 wrapped the workers too');
  noteOptionFlags(upgrade, optionFlags);
  const flux = {
    ...(rest satisfies NothingLeft),
    submitCommand: keptSubmitCommand(upgrade, submitCommand),
    wrap,
    connectTimeout,
    optionFlags,
    minimalService,
    logLevel,
    brokerConfig,
    scheduler,
    bursting,
    curveCert: keptCertificate(upgrade, curveCert, curveCertSecret),
    container: fluxContainer(upgrade),
  };
  return {
    flux: orNothing(flux) ?? (cluster.spec.flux && {}),
    certificate: curveCertSecret ? { secretName: curveCertSecret } : undefined,
  };
}

function installRootTexts({ source }: Upgrade): [message: string, fix?: string] {
  return source === FluxSource.IMAGE
    ? ['is gone: Flux is taken from the PATH of the image', 'make sure that flux is on it']
    : ['is gone: the view has Flux at /mnt/flux/view'];
}

function fluxContainer({ cluster, source, notes }: Upgrade): FluxContainer | undefined {
  const { runner } = cluster;
  if (!runner) return source === FluxSource.IMAGE ? { disable: true } : undefined;
  const user = userId(runner.container);
  const securityContext = user === undefined ? undefined : { runAsUser: user };
  if (source === FluxSource.IMAGE) {
    // The init container runs all the same, and this image is pulled anyway (trap T78).
    return { disable: true, image: runner.container.image, securityContext };
  }
  notes.changed(
    `${runner.path}.image`,
    runner.container.image,
    'gets Flux from the view now, but the view is last on the PATH: a flux of the image still comes first',
    'use an image without Flux, of the system that the view is made for (flux.container.image)',
  );
  return securityContext && { securityContext };
}

function keptSubmitCommand(upgrade: Upgrade, submitCommand: string | undefined): string | undefined {
  const { cluster, notes } = upgrade;
  if (!submitCommand || cluster.mode === V1Alpha1Mode.SUBMIT) return submitCommand;
  if (carriesSubmitCommand(cluster)) {
    notes.changed('flux.submitCommand', submitCommand, 'stands in the lines of the batch text now');
    return undefined;
  }
  if (cluster.mode === V1Alpha1Mode.BATCH && !cluster.runner?.container.batchRaw) return submitCommand;
  notes.lost(
    'flux.submitCommand',
    submitCommand,
    'had no effect here: it is for commands that the operator submits',
  );
  return undefined;
}

function noteOptionFlags({ cluster, notes }: Upgrade, optionFlags: string | undefined): void {
  if (!optionFlags || !(cluster.mode === V1Alpha1Mode.LAUNCHER || isInteractive(cluster))) return;
  notes.changed(
    'flux.optionFlags',
    optionFlags,
    'has no effect here any more: the variable FLUX_OPTION_FLAGS is gone',
    'write it to environment of the container if a program reads it',
  );
}

function keptCertificate(
  { notes }: Upgrade,
  curveCert: V1Alpha1Flux['curveCert'],
  secret: string | undefined,
): string | undefined {
  if (!secret) return curveCert;
  notes.changed(
    'flux.curveCertSecret',
    secret,
    'is certificate.secretName now: it is mounted, and copied where only the user of Flux may read it',
  );
  notes.lostSecret(
    'flux.curveCert',
    curveCert || undefined,
    'had no effect beside curveCertSecret',
    'make a new certificate if it was used elsewhere',
  );
  return undefined;
}
