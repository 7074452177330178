#!/usr/bin/env node
import { ExitCode, processIo } from './io';
import { run } from './program';

// A reader such as head that has seen enough is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`minicluster: the output can't be written: ${error.message}\n`);
  process.exit(ExitCode.BAD_USAGE);
});

// Not process.exit, which would cut off output that is still on its way.
void run(process.argv.slice(2), processIo()).then((code) => {
  process.exitCode = code;
});
