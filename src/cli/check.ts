import { ParseOptions } from '../model/minicluster';
import { documentsOf } from './documents';
import { readSources } from './files';
import { ExitCode, Io } from './io';
import { humanReport } from './report/human';
import { jsonReport } from './report/json';
import { FileResult, resultOf, summaryOf } from './report/results';
import { sarifReport } from './report/sarif';
import { packageVersion } from './version';

/** How findings are printed. */
export enum Format {
  HUMAN = 'human',
  JSON = 'json',
  SARIF = 'sarif',
}

/** What a check is asked for. */
export interface CheckRequest extends ParseOptions {
  readonly files: readonly string[];
  readonly format: Format;
  /** Do warnings count as errors? */
  readonly strict: boolean;
}

/** Tells all that is wrong with the MiniClusters of some files, as they are written. */
export async function check(request: CheckRequest, io: Io): Promise<ExitCode> {
  const sources = await readSources(request.files, io);
  const results = sources.map((source) => resultOf(source.name, documentsOf(source, request)));
  io.out(report(results, request.format, io));
  const { errors, warnings } = summaryOf(results);
  return errors > 0 || (request.strict && warnings > 0) ? ExitCode.ERRORS : ExitCode.CLEAN;
}

function report(results: readonly FileResult[], format: Format, io: Io): string {
  switch (format) {
    case Format.HUMAN:
      return humanReport(results, io.colours);
    case Format.JSON:
      return jsonReport(results);
    case Format.SARIF:
      return sarifReport(results, packageVersion());
  }
}
