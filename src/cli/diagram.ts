import { writeFileSync } from 'node:fs';
import { DiagramTheme, diagram as diagramOf, mermaid, svg } from '../model/diagram';
import { Manifest } from '../model/manifest';
import { DiagramFormat } from './diagram-format';
import { documentsOf } from './documents';
import { readSources } from './files';
import { ExitCode, Io, UsageError } from './io';
import { findingLines } from './report/human';

/** What a diagram is asked for. */
export interface DiagramRequest {
  readonly files: readonly string[];
  /**
   * What it is drawn as.
   * @default - what the name of the output file says, or Mermaid
   */
  readonly format?: DiagramFormat;
  readonly theme: DiagramTheme;
  /**
   * The file that it is written to; `-` is standard output.
   * @default - standard output
   */
  readonly output?: string;
}

/** What `-` is where a file may be named, as on the side of what is read. */
const STANDARD_OUTPUT = '-';

/** The formats of files, by how their names end. */
const ENDINGS: Readonly<Record<string, DiagramFormat>> = {
  mmd: DiagramFormat.MERMAID,
  mermaid: DiagramFormat.MERMAID,
  svg: DiagramFormat.SVG,
};

/** Draws all objects of some files as one picture. What can't be read as YAML is told, and nothing is drawn. */
export async function diagram(request: DiagramRequest, io: Io): Promise<ExitCode> {
  const { files, theme } = request;
  const output = request.output === STANDARD_OUTPUT ? undefined : request.output;
  const format = formatOf(request.format, output);
  const sources = await readSources(files, io);
  const documents = sources.flatMap((source) =>
    documentsOf(source, {}).map((document) => ({ name: source.name, ...document })),
  );
  const faults = documents.flatMap(({ name, findings }) =>
    findings.flatMap((finding) => findingLines(name, finding)),
  );
  if (faults.length > 0) {
    io.err(`${faults.join('\n')}\n`);
    return ExitCode.ERRORS;
  }
  // A document may hold anything, and the diagram takes anything.
  const drawn = diagramOf(documents.flatMap(({ objects }) => objects.map(({ value }) => value as Manifest)));
  if (drawn.boxes.length === 0)
    throw new UsageError(`there is nothing to draw in ${files.join(', ')}: no object of Kubernetes`);
  write(format === DiagramFormat.SVG ? await svg(drawn, { theme }) : mermaid(drawn, { theme }), output, io);
  return ExitCode.CLEAN;
}

/** @throws UsageError for a file whose name says something else, or nothing */
function formatOf(format: DiagramFormat | undefined, output: string | undefined): DiagramFormat {
  if (output === undefined) return format ?? DiagramFormat.MERMAID;
  const named = ENDINGS[/\.([^.]*)$/.exec(output)?.[1]?.toLowerCase() ?? ''];
  if (format !== undefined && named !== undefined && format !== named)
    throw new UsageError(`--format ${format} doesn't go with the name of the file ${output}`);
  const known = format ?? named;
  if (known === undefined)
    throw new UsageError(`${output} names no format: call the file .mmd or .svg, or give --format`);
  return known;
}

/** @throws UsageError if the file can't be written */
function write(text: string, output: string | undefined, io: Io): void {
  if (output === undefined) {
    io.out(text);
    return;
  }
  try {
    writeFileSync(output, text);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${output} can't be written: ${code === 'ENOENT' ? 'there is no such folder' : message}`,
    );
  }
}
