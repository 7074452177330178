/** Colours of the pictures, as CSS has them. */
import { DiagramBoxKind, DiagramTheme } from '../types';

/** A kind of box. */
interface BoxColours {
  readonly fill: string;
  readonly border: string;
}

/** All colours of a picture. Texts can be read on every fill of the same theme. */
export interface Palette {
  readonly background: string;
  readonly text: string;
  /** Of all lines but the first. */
  readonly detail: string;
  readonly arrow: string;
  readonly boxes: Readonly<Record<DiagramBoxKind, BoxColours>>;
}

const LIGHT: Palette = {
  background: '#ffffff',
  text: '#1f2328',
  detail: '#424a53',
  arrow: '#57606a',
  boxes: {
    [DiagramBoxKind.CLUSTER]: { fill: '#f6f8fa', border: '#8c959f' },
    [DiagramBoxKind.PODS]: { fill: '#eaf3ff', border: '#7fb2ee' },
    [DiagramBoxKind.NODES]: { fill: '#f1eefc', border: '#a795dd' },
    [DiagramBoxKind.NETWORK]: { fill: '#fff6e5', border: '#dfb15b' },
    [DiagramBoxKind.BROKER]: { fill: '#ffe2ae', border: '#bf8310' },
    [DiagramBoxKind.CONTAINER]: { fill: '#ffffff', border: '#4a86c8' },
    [DiagramBoxKind.SERVICE]: { fill: '#e2f5ea', border: '#4c9a6a' },
    [DiagramBoxKind.VOLUME]: { fill: '#efe9e1', border: '#947b5a' },
    [DiagramBoxKind.FOLDERS]: { fill: '#f4f1ea', border: '#b5a184' },
    [DiagramBoxKind.CONFIGURATION]: { fill: '#f3f4f6', border: '#8c959f' },
    [DiagramBoxKind.SECRET]: { fill: '#fde6ec', border: '#c9627f' },
    [DiagramBoxKind.RIGHTS]: { fill: '#fdeee4', border: '#c98252' },
    [DiagramBoxKind.OBJECT]: { fill: '#ffffff', border: '#8c959f' },
  },
};

const DARK: Palette = {
  background: '#0d1117',
  text: '#f0f6fc',
  detail: '#c3ccd6',
  arrow: '#9198a1',
  boxes: {
    [DiagramBoxKind.CLUSTER]: { fill: '#161b22', border: '#6e7681' },
    [DiagramBoxKind.PODS]: { fill: '#12233a', border: '#3f74b5' },
    [DiagramBoxKind.NODES]: { fill: '#211b38', border: '#7560b8' },
    [DiagramBoxKind.NETWORK]: { fill: '#2b2210', border: '#94712a' },
    [DiagramBoxKind.BROKER]: { fill: '#583e0c', border: '#d19a2c' },
    [DiagramBoxKind.CONTAINER]: { fill: '#1c2f49', border: '#5f9be0' },
    [DiagramBoxKind.SERVICE]: { fill: '#12301f', border: '#45945f' },
    [DiagramBoxKind.VOLUME]: { fill: '#332a1d', border: '#a88c66' },
    [DiagramBoxKind.FOLDERS]: { fill: '#262119', border: '#7d6a4d' },
    [DiagramBoxKind.CONFIGURATION]: { fill: '#21262d', border: '#6e7681' },
    [DiagramBoxKind.SECRET]: { fill: '#3d1a25', border: '#c9627f' },
    [DiagramBoxKind.RIGHTS]: { fill: '#3a2415', border: '#c98252' },
    [DiagramBoxKind.OBJECT]: { fill: '#161b22', border: '#6e7681' },
  },
};

/** The colours of a theme. */
export function paletteOf(theme: DiagramTheme = DiagramTheme.LIGHT): Palette {
  return theme === DiagramTheme.DARK ? DARK : LIGHT;
}
