// Tells what publint and arethetypeswrong think of a packed package: node lint-package.mjs TARBALL
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { readFileSync } from 'node:fs';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const tarball = new Uint8Array(readFileSync(process.argv[2]));

const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
const { problems, entrypoints } = await checkPackage(createPackageFromTarballData(tarball));

process.stdout.write(
  JSON.stringify({
    publint: messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code),
    typesWrong: problems,
    entryPoints: Object.keys(entrypoints),
  }),
);
