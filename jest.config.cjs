const { availableParallelism } = require('node:os');

const swc = ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }];

/** kubernetes-models and what it is made of are ES modules; they are read as CommonJS, by the names below. */
const esModules = 'kubernetes-models|@kubernetes-models|is-cidr|cidr-regex';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // Many tests wait for processes: half as many workers again as there are cores keep those busy.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '\\.ts$': swc, '/node_modules/.+\\.js$': swc },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules})/)`],
  moduleNameMapper: {
    // Examples and stacks name the package as its users do.
    '^flux-framework-constructs$': '<rootDir>/src/index.ts',
    '^flux-framework-constructs/(.+)$': '<rootDir>/src/$1/index.ts',
    '^(@kubernetes-models/(?:base|validate))$': '<rootDir>/node_modules/$1/dist/index.js',
    '^@kubernetes-models/validate/(.+)$': '<rootDir>/node_modules/@kubernetes-models/validate/dist/$1.js',
    '^(@kubernetes-models/apimachinery/.+)$': '<rootDir>/node_modules/$1.js',
    '^(kubernetes-models/.+)$': '<rootDir>/node_modules/$1.js',
  },
};
