import { MEASURED_FONT, dot } from './dot';
import { escapeXml } from './printable';
import { paletteOf } from './theme';
import { Diagram, DiagramTheme } from '../types';

/** What of @viz-js/viz is used; its own types need those of browsers. */
interface Graphviz {
  readonly renderString: (dot: string, options: object) => string;
}

let loaded: Promise<Graphviz> | undefined;

function graphviz(): Promise<Graphviz> {
  // Loaded on use: more than a megabyte of WebAssembly, which only pictures need. It is a dependency all the same, so
  // that `npx minicluster diagram -o x.svg` works without a second installation.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  loaded ??= (require('@viz-js/viz') as { readonly instance: () => Promise<Graphviz> }).instance();
  // What fails now, for want of memory perhaps, may go well the next time.
  loaded.catch(() => {
    loaded = undefined;
  });
  return loaded;
}

/** The picture, with fonts that everybody has. */
export async function svgOf(diagram: Diagram, theme?: DiagramTheme): Promise<string> {
  const layout = await graphviz();
  const picture = layout.renderString(dot(diagram, paletteOf(theme)), { format: 'svg' });
  return polished(picture, diagram.title);
}

/** What readers of the picture see instead of the measured font, all of them narrower. */
const SHOWN_FONTS = 'Helvetica,Arial,sans-serif';

/** Without the names of boxes, which browsers show beside the pointer, and with a title for those who don't see it. */
function polished(picture: string, title: string): string {
  return picture
    .slice(picture.indexOf('<svg'))
    .replace(/<!--[^]*?-->\n?/g, '')
    .replace(/<title>[^<]*<\/title>\n?/g, '')
    .replaceAll(`font-family="${MEASURED_FONT}"`, `font-family="${SHOWN_FONTS}"`)
    .replace(
      /(<svg [^>]*)>\n?/,
      (_, start: string) => `${start} role="img">\n<title>${escapeXml(title)}</title>\n`,
    );
}
