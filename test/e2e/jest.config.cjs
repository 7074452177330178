/** The tests of `npm run test:e2e`: apart from `npm test`, as their files do not end in .test.ts. */
const { join } = require('node:path');

const { transform, transformIgnorePatterns, moduleNameMapper } = require('../../jest.config.cjs');

const ROOT = join(__dirname, '../..');

const project = (name) => ({
  displayName: name,
  rootDir: ROOT,
  roots: [`<rootDir>/test/e2e/${name}`],
  testMatch: ['**/*.e2e.ts'],
  testEnvironment: 'node',
  transform,
  transformIgnorePatterns,
  moduleNameMapper,
});

/** @type {import('jest').Config} */
module.exports = {
  maxWorkers: 1,
  testTimeout: 300_000,
  projects: [
    { ...project('kubernetes'), globalSetup: '<rootDir>/test/e2e/kubernetes/global-setup.ts' },
    project('pulumi'),
  ],
};
