// ESM-only packages are compiled for Jest's CommonJS; Node itself loads them with require().
const ESM_PACKAGES = [
  'jose',
  'uuid',
  'pg-boss',
  'hyparquet',
  'serialize-error',
  'non-error',
  'cron-parser',
  'luxon',
  'content-disposition',
];

const shared = {
  testEnvironment: 'node',
  transform: { '^.+\\.(t|j|m?j)sx?$': ['@swc/jest'] },
  transformIgnorePatterns: [`/node_modules/(?!(${ESM_PACKAGES.join('|')})/)`],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.datairis/', '<rootDir>/client/dist/'],
  setupFiles: ['reflect-metadata'],
  globalSetup: '<rootDir>/subgraphs/kernel/testing/global-setup.ts',
  globalTeardown: '<rootDir>/subgraphs/kernel/testing/global-teardown.ts',
};

/** @type {import('jest').Config} */
module.exports = {
  ...shared,
  // `npm run test:long` takes the long suites and those whose length it sets.
  testMatch: process.env.TEST_LONG
    ? ['**/*.long.test.ts?(x)', '**/platform/tests/killed.test.ts']
    : ['**/!(*.long).test.ts?(x)'],
  testTimeout: 60_000,
  // Suites wait for stores and processes more than they compute.
  maxWorkers: 3,
  reporters: ['default', '<rootDir>/subgraphs/kernel/testing/summary-reporter.cjs'],
};
