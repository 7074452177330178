import { Command, CommanderError, Option } from 'commander';
import { DiagramTheme } from '../model/diagram/types';
import type { FluxSource } from '../model/minicluster';
import type { Format } from './check';
import type { Shell } from './completion';
import { DiagramFormat } from './diagram-format';
import {
  EngineFlags,
  ParseFlags,
  certificateOf,
  checkEngine,
  jobOptionsOf,
  operatorOption,
  parseOptions,
  silenceOption,
  withEngineOptions,
} from './flags';
import {
  CERTIFICATE_HELP,
  CHECK_HELP,
  COMPLETION_HELP,
  DIAGRAM_HELP,
  PROGRAM_HELP,
  RENDER_HELP,
  UPGRADE_HELP,
} from './help';
import { ExitCode, Io, UsageError } from './io';
import { packageVersion } from './version';

/* eslint-disable @typescript-eslint/no-require-imports -- each command loads what it needs: starting up counts */

/** Runs a command line, without the program's name, and gives its exit code. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  let code = ExitCode.CLEAN;
  const program = commands(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.CLEAN : ExitCode.BAD_USAGE;
    if (!(error instanceof UsageError)) throw error;
    io.err(`minicluster: ${error.message}\n`);
    return ExitCode.BAD_USAGE;
  }
}

/** All commands with their options; `done` takes the exit code of the one that runs. */
export function commands(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('minicluster')
    .description('Checks, mends and upgrades MiniClusters of the Flux Operator that are written as YAML.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', PROGRAM_HELP);

  program
    .command('check')
    .summary('tell what is wrong with MiniClusters')
    .description(
      'Tells what is wrong with the MiniClusters of some files, as the operator would take them, and what to write instead.',
    )
    .argument('<files...>', 'files, folders (their YAML files and those below), or - for standard input')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['human', 'json', 'sarif']).default('human'),
    )
    .addOption(operatorOption())
    .addOption(silenceOption())
    .option('--strict', 'count warnings as errors', false)
    .addHelpText('after', CHECK_HELP)
    .action(async (files: string[], options: CheckFlags) => {
      const { check } = require('./check') as typeof import('./check');
      const { format, strict } = options;
      done(await check({ files, format, strict, ...parseOptions(options) }, io));
    });

  withEngineOptions(program.command('render'))
    .summary('print files with MiniClusters that do what they say')
    .description(
      'Prints files with each MiniCluster mended: texts that the operator would mangle become files of a ConfigMap. ' +
        'Other objects are printed as they are. If anything is wrong, nothing is printed. With --engine job each MiniCluster ' +
        'becomes plain objects that run without the operator.',
    )
    .argument('<files...>', 'files, folders, or - for standard input')
    .addOption(operatorOption())
    .addOption(silenceOption())
    .option('--report-failure', 'end the pods with the exit code of Flux, so that a failed run fails its Job')
    .addHelpText('after', RENDER_HELP)
    .action(async (files: string[], options: RenderFlags) => {
      checkRender(options);
      const { engine, namespace, reportFailure } = options;
      if (engine === 'job') {
        const { renderJobs } = require('./render-job') as typeof import('./render-job');
        done(
          await renderJobs({ files, added: jobOptionsOf(options), namespace, ...parseOptions(options) }, io),
        );
      } else {
        const { render } = require('./render') as typeof import('./render');
        const added = { ...certificateOf(options), ...(reportFailure && { reportFailure }) };
        done(await render({ files, added, ...parseOptions(options) }, io));
      }
    });

  withEngineOptions(program.command('upgrade'))
    .summary('print v1alpha1 MiniClusters as v1alpha2')
    .description(
      'Prints files with each v1alpha1 MiniCluster as v1alpha2, with the objects that replace what is no longer in it. ' +
        'What changed its meaning or has no equivalent is told on standard error, each thing with its place. With ' +
        '--engine job each becomes plain objects that run without the operator.',
    )
    .argument('<files...>', 'files, folders, or - for standard input')
    .addOption(
      new Option(
        '--flux <source>',
        'where Flux comes from: the image, as before, or the view, which is newer (default: image)',
      ).choices(['image', 'view']),
    )
    .addOption(silenceOption())
    .addHelpText('after', UPGRADE_HELP)
    .action(async (files: string[], options: UpgradeFlags) => {
      checkUpgrade(options);
      const { upgrade } = require('./upgrade') as typeof import('./upgrade');
      const { engine, namespace, flux } = options;
      const job = engine === 'job' ? { namespace, added: jobOptionsOf(options) } : undefined;
      done(await upgrade({ files, flux, job, ...certificateOf(options), ...parseOptions(options) }, io));
    });

  program
    .command('diagram')
    .summary('draw what will run')
    .description(
      'Draws the objects of some files as one picture: pods, containers, brokers with ports and sockets, volumes, the tree of ' +
        'the overlay network, and what needs what. MiniClusters stand for what the operator makes of them.',
    )
    .argument('<files...>', 'files, folders, or - for standard input')
    .addOption(
      new Option(
        '--format <format>',
        'what it is drawn as (default: as the name of the output file says, or mermaid)',
      ).choices(Object.values(DiagramFormat)),
    )
    .addOption(
      new Option('--theme <theme>', 'its colours')
        .choices(Object.values(DiagramTheme))
        .default(DiagramTheme.LIGHT),
    )
    .option('-o, --output <file>', 'write it to a file, such as cluster.svg (default: standard output)')
    .addHelpText('after', DIAGRAM_HELP)
    .action(async (files: string[], options: DiagramFlags) => {
      const { diagram } = require('./diagram') as typeof import('./diagram');
      done(await diagram({ files, ...options }, io));
    });

  program
    .command('certificate')
    .summary('print a Secret with a new certificate for brokers')
    .description(
      'Prints the manifest of a Secret with a new CURVE certificate, made here and without Flux. The Secret is immutable: ' +
        'all brokers of a cluster need the same one. To replace it delete it first, then restart the cluster.',
    )
    .argument('<name>', 'name of the Secret')
    .option('--namespace <namespace>', 'namespace of the Secret (default: that of whoever applies it)')
    .option('--key <key>', 'key in the Secret', 'curve.cert')
    .addHelpText('after', CERTIFICATE_HELP)
    .action((name: string, options: { namespace?: string; key: string }) => {
      const { certificate } = require('./certificate') as typeof import('./certificate');
      done(certificate({ name, ...options }, io));
    });

  program
    .command('explain')
    .summary('print what a code is about')
    .description('Prints what the rules with some codes are about, and what would have happened.')
    .argument('<codes...>', 'such as MC001')
    .action((codes: string[]) => {
      const { explain } = require('./explain') as typeof import('./explain');
      done(explain(codes, io));
    });

  program
    .command('completion')
    .summary('print the completion for a shell')
    .description('Prints what completes this command in a shell.')
    .addArgument(program.createArgument('<shell>', 'the shell').choices(['bash', 'zsh']))
    .addHelpText('after', COMPLETION_HELP)
    .action((shell: Shell) => {
      const { completion } = require('./completion') as typeof import('./completion');
      done(completion(shell, io));
    });

  return program;
}

interface CheckFlags extends ParseFlags {
  readonly format: Format;
  readonly strict: boolean;
}

interface DiagramFlags {
  readonly format?: DiagramFormat;
  readonly theme: DiagramTheme;
  readonly output?: string;
}

interface RenderFlags extends EngineFlags {
  readonly reportFailure?: boolean;
}

/** @throws UsageError for options that do not go together */
function checkRender(options: RenderFlags): void {
  checkEngine(options);
  if (options.engine === 'job' && options.reportFailure)
    throw new UsageError(
      '--report-failure is for the operator: a Job ends with the exit code of Flux by itself',
    );
}

interface UpgradeFlags extends EngineFlags {
  readonly flux?: FluxSource;
}

/** @throws UsageError for options that do not go together */
function checkUpgrade(options: UpgradeFlags): void {
  checkEngine(options);
  if (options.flux !== undefined && options.fluxFrom !== undefined)
    throw new UsageError('--flux-from says for a Job what --flux says for the operator: give one of the two');
}
