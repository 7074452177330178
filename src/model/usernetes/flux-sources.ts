/**
 * The tarballs of Flux's releases that an image with flux-security is compiled from.
 *
 * Checksums of flux-core and flux-sched are those of the recipes of conda-forge, whose builds check them
 * (github.com/conda-forge/flux-core-feedstock, flux-sched-feedstock), and, as far as it has the version, the same in
 * Spack's recipes (github.com/spack/spack-packages: flux_core, flux_sched). That of flux-security is from Spack's recipe
 * (github.com/spack/spack: flux-security).
 */
import { Download, FluxVersions } from '../packages/spec';
import { FluxPair, pairOf } from '../packages/versions';

/** What is compiled, in this order. */
export interface FluxSources {
  readonly security: Download;
  readonly core: Download;
  readonly sched: Download;
}

/** flux-core asks for 0.13.0 or later. */
export const FLUX_SECURITY = {
  version: '0.14.0',
  sha256: 'fae93bdaf94110a614d2806dfddf8b70bb43f73d89a7cb6856f26ab9055afc70',
} as const;

const CORE: Readonly<Record<string, string>> = {
  '0.85.0': 'b413ab4b5a7ff3dd037cc4976691e9bbb1d5ebe2f1ba7b011995903a1b27c056',
  '0.84.0': '6cf45d418ff021eb38300ca594501804e1ab74fc8aabc2fd103023e1284bc3bc',
  '0.83.1': 'f46afb0f4cf79ca27314b2a5cb8fd90172ecee710f10a07ea6c008a12d806541',
  '0.82.0': '26c4a324dd93a2cc395f158d5ddc44231dd256e9d9684b6fbc9838d5cd06ab65',
  '0.81.0': 'c560f457ee6d208b8b4d02abad6d284ec5ea21268bba4e8c3840abbc1bf79329',
  '0.80.0': 'd4e19e4454b6288be68dd53ad906065995ae3bb1f5453c55fef6f40122b081d3',
  '0.79.0': 'd5f077cba01ef972adf1986d968ee85c19c96783dbc5e42fc2c967e494c59839',
};
const SCHED: Readonly<Record<string, string>> = {
  '0.51.0': 'e4241ae45cd8f22ad2b45adb766567d52a5990d8145c1e70157b52b547bfd0d8',
  '0.50.0': 'f1f434f9a89cff676a56d24c46876393b8a1d4e341748467ed710ce33a103e77',
  '0.49.0': '02f701d728f20d8d97d8f42f7992da342d7380ba793853c3d30ce8c5bcd4bc39',
  '0.48.0': '8f8de89e445303e07b27912d4044862a8594d46b68d20dbb28b1e20bef198efe',
};

/** The tarballs of a pair of versions, or undefined if their checksums are not known. */
export function fluxSourcesOf(versions?: FluxVersions): FluxSources | undefined {
  const pair = pairOf(versions);
  return pair && sourcesOf(pair);
}

function sourcesOf({ fluxCore, fluxSched }: FluxPair): FluxSources | undefined {
  const core = CORE[fluxCore];
  const sched = SCHED[fluxSched];
  if (core === undefined || sched === undefined) return undefined;
  return {
    security: releaseOf('flux-security', FLUX_SECURITY.version, FLUX_SECURITY.sha256),
    core: releaseOf('flux-core', fluxCore, core),
    sched: releaseOf('flux-sched', fluxSched, sched),
  };
}

function releaseOf(name: string, version: string, sha256: string): Download {
  const url = `https://github.com/flux-framework/${name}/releases/download/v${version}/${name}-${version}.tar.gz`;
  return { url, sha256 };
}
