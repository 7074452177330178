/** A picture of what will run, before it is drawn: boxes within boxes, and arrows between them. */

/** What a box stands for, which says how it looks. */
export enum DiagramBoxKind {
  /** A Flux instance with everything that is made for it. */
  CLUSTER = 'cluster',
  /** Pods of one kind, drawn once however many there are. */
  PODS = 'pods',
  /** Machines. */
  NODES = 'nodes',
  /** The overlay network of an instance: its brokers as a tree. */
  NETWORK = 'network',
  /** A container or program that is a broker, or brokers by their ranks. */
  BROKER = 'broker',
  /** Any other container or program. */
  CONTAINER = 'container',
  /** A name or an address by which pods are reached. */
  SERVICE = 'service',
  /** Storage that is an object of its own. */
  VOLUME = 'volume',
  /** The folders that containers of a pod have beside, which end with it or are the node's. */
  FOLDERS = 'folders',
  /** A ConfigMap, or a parameter elsewhere. */
  CONFIGURATION = 'configuration',
  /** A Secret. */
  SECRET = 'secret',
  /** A service account with what it may do. */
  RIGHTS = 'rights',
  /** Any other object. */
  OBJECT = 'object',
}

/** What an arrow means. */
export enum DiagramArrowKind {
  /** The first one talks to the second: a Service to its pods. */
  CONNECTS = 'connects',
  /** In the tree of brokers the first one is above the second, which connects to it. */
  IS_PARENT_OF = 'is-parent-of',
  /** The first one needs the second, which must be there before. */
  NEEDS = 'needs',
  /** The first one makes, fills or changes the second. */
  MAKES = 'makes',
}

/** A box; one with boxes within it is a frame around them. */
export interface DiagramBox {
  /** Tells it from all other boxes of the diagram: `Secret/flux/hello-curve`. */
  readonly id: string;
  readonly kind: DiagramBoxKind;
  /** The first line. */
  readonly title: string;
  /** The lines below it, any text. */
  readonly lines: readonly string[];
  /** What is within it. */
  readonly boxes: readonly DiagramBox[];
  /** Is it not there from the start, or made by somebody else? Its border is then dashed. */
  readonly isApart: boolean;
}

/** An arrow from one box to another. */
export interface DiagramArrow {
  /** Id of a box. */
  readonly from: string;
  /** Id of a box that is neither within the first one nor around it. */
  readonly to: string;
  readonly kind: DiagramArrowKind;
  /** What stands beside it; may be empty. */
  readonly label: string;
}

/** What is to be drawn. */
export interface Diagram {
  /** What it shows, in a few words. */
  readonly title: string;
  readonly boxes: readonly DiagramBox[];
  readonly arrows: readonly DiagramArrow[];
}

/** How a diagram is made. */
export interface DiagramOptions {
  /**
   * What it shows, in a few words.
   * @default - the names of its clusters, or how many objects there are
   */
  readonly title?: string;
}

/** The colours of a picture. */
export enum DiagramTheme {
  /** Dark on white. */
  LIGHT = 'light',
  /** Light on black. */
  DARK = 'dark',
}

/** How a diagram is drawn. */
export interface DrawingOptions {
  /**
   * Its colours.
   * @default DiagramTheme.LIGHT
   */
  readonly theme?: DiagramTheme;
}
