/** Texts that count on what the v1alpha1 entrypoint did: they stay, and a note says what is where now. */
import { CERTIFICATE_COPY } from '../certificate-files';
import { usesFilemap } from './filemap';
import { Upgrade } from './upgrade-context';

interface OldName {
  readonly pattern: RegExp;
  /** What is there now, by the spec. */
  readonly now: (upgrade: Upgrade) => string;
}

/** An absolute path that is no part of a longer one, such as the new place of the same file. */
function absolute(path: string): RegExp {
  return new RegExp(`(?<![\\w.}-])${path}(?![\\w-])`);
}

function moved(path: string, name: string, to: string): OldName {
  return { pattern: absolute(path), now: () => `${name} is ${to}` };
}

const OLD_NAMES: readonly OldName[] = [
  moved('(?:/var)?/run/flux/local', '/run/flux/local', '/mnt/flux/config/run/flux/local'),
  moved('(?:/var)?/run/flux(?!/local)', '/run/flux', '/mnt/flux/config/run/flux'),
  moved('/etc/flux/config', '/etc/flux/config', '/mnt/flux/config/etc/flux/config'),
  moved('/etc/flux/system', '/etc/flux/system', '/mnt/flux/config/etc/flux/system'),
  moved('/var/lib/flux', '/var/lib/flux', '/mnt/flux/config/var/lib/flux'),
  {
    pattern: /(?<![\w.}-])\/(?:mnt|etc)\/curve(?![\w-])/,
    now: ({ cluster }) => {
      const certificate = cluster.spec.flux?.curveCertSecret
        ? CERTIFICATE_COPY
        : '/mnt/flux/config/curve/curve.cert';
      return `the certificate is ${certificate}`;
    },
  },
  {
    pattern: /\$\{?as(?:Flux|Sudo)\b|\basFlux=|\bsudo\s+-u\b/,
    now: () => 'Flux and the hooks have one user, so sudo -u, asFlux and asSudo have to go',
  },
  { pattern: /\$\{?fluxroot\b/, now: () => 'the variable fluxroot is gone' },
  {
    pattern: /\bflux-imp\b|(?<![\w.}-])\/etc\/flux\/imp(?![\w-])/,
    now: () => 'flux-imp is not prepared by the entrypoint any more, and one user needs none',
  },
  {
    pattern: /\bFLUX_OPTION_FLAGS\b/,
    now: () => 'the variable FLUX_OPTION_FLAGS is gone',
  },
];

/** The fields whose texts are looked at. */
const LOOKED_AT = ['containers', 'services', 'flux', 'archive'] as const;

/** Notes every text that names what is elsewhere, or nowhere, in v1alpha2. */
export function noteOldNames(upgrade: Upgrade): void {
  for (const field of LOOKED_AT) {
    visitTexts(upgrade.cluster.spec[field], field, (text, path) => {
      // The certificate is nobody's text, and what is lost needs no new names.
      if (path !== 'flux.curveCert' && !upgrade.notes.isLost(path)) noteText(upgrade, text, path);
    });
  }
}

function noteText(upgrade: Upgrade, text: string, path: string): void {
  const { notes } = upgrade;
  const now = OLD_NAMES.filter(({ pattern }) => pattern.test(text)).map((name) => name.now(upgrade));
  if (now.length > 0)
    notes.changed(path, text, `names what is elsewhere or gone: ${now.join('; ')}`, 'write the new names');
  if (usesFilemap(text)) {
    notes.changed(
      path,
      text,
      'uses flux filemap: since Flux 0.59 get writes over no file unless told to, and since 0.60 the command is deprecated',
      'with such a Flux write flux archive create --mmap, extract --overwrite and remove',
    );
  }
}

function visitTexts(value: unknown, path: string, visit: (text: string, path: string) => void): void {
  if (typeof value === 'string') visit(value, path);
  else if (Array.isArray(value)) value.forEach((item, index) => visitTexts(item, `${path}[${index}]`, visit));
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) visitTexts(item, `${path}.${key}`, visit);
}
