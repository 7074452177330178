/** The broker's configuration file (flux-config(5)) as TOML. */
import { BROKER_PORT } from './ports';

/** One entry of the broker's host list. */
export interface BrokerHost {
  /** Host list in RFC 29 notation: `lmp-[0-3]`. */
  readonly host: string;
  /**
   * ZeroMQ endpoint that this broker binds to.
   * @default - the network interface and port of the configuration
   */
  readonly bind?: string;
  /**
   * ZeroMQ endpoint that its peers connect to.
   * @default - the host's name in the domain, and the port
   */
  readonly connect?: string;
}

/** What a broker needs to know of its overlay network and its resources. */
export interface BrokerConfig {
  /** Path of the CURVE certificate; flux-core refuses a file that group or others may read. */
  readonly curveCert: string;
  /** All brokers, in the order of their ranks. */
  readonly hosts: readonly BrokerHost[];
  /** DNS domain behind the host names: `lmp.hpc.svc.cluster.local`. */
  readonly domain: string;
  /** @default 8050 */
  readonly port?: number;
  /**
   * Network interface that the brokers bind to. A wrong one is fatal to the broker.
   * @default "eth0"
   */
  readonly networkInterface?: string;
  /** Path of R, the resource set. */
  readonly resources: string;
  /**
   * Fluxion's queue policy: `fcfs`, `easy`, `conservative` or `hybrid`.
   * @default "fcfs"
   */
  readonly queuePolicy?: string;
  /**
   * How often the KVS writes down where its content begins, as a Flux duration. What came after the last time is lost
   * with a broker that is killed.
   * @default - only when the broker ends
   */
  readonly checkpointPeriod?: string;
  /**
   * Further tables by their names: `{ queues: { debug: {} } }`.
   * @default - none
   */
  readonly tables?: object;
}

/**
 * Renders the configuration. Unknown tables are harmless to a broker, an unknown key in `[bootstrap]`
 * is fatal, so nothing is written there that flux-config-bootstrap(5) doesn't name.
 */
export function brokerConfig(config: BrokerConfig): string {
  const port = config.port ?? BROKER_PORT;
  const table = {
    access: { 'allow-guest-user': true, 'allow-root-owner': true },
    resource: { path: config.resources },
    bootstrap: {
      curve_cert: config.curveCert,
      default_port: port,
      default_bind: `tcp://${config.networkInterface ?? 'eth0'}:%p`,
      default_connect: `tcp://%h.${config.domain}:%p`,
      hosts: config.hosts.map((host) => ({ ...host })),
    },
    'sched-fluxion-qmanager': { 'queue-policy': config.queuePolicy ?? 'fcfs' },
    ...(config.checkpointPeriod !== undefined && { kvs: { 'checkpoint-period': config.checkpointPeriod } }),
    ...config.tables,
  };
  return tomlWriter().stringify(table);
}

interface TomlWriter {
  readonly stringify: (table: object) => string;
}

/** Loaded on first use: few clusters need an own configuration, and imports count at every synth. */
function tomlWriter(): TomlWriter {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('smol-toml') as TomlWriter;
}
