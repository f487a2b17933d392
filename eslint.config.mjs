import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

const SUBGRAPHS = ['auth', 'tenants', 'data-sources', 'analytics'];

const from = (type) => ({ element: { type } });
const may = (type, ...others) => ({ from: from(type), allow: others.map((other) => ({ to: from(other) })) });

const BORDERS = [
  may('kernel', 'kernel'),
  may('subgraph', 'kernel'),
  {
    from: from('subgraph'),
    allow: { to: { element: { type: 'subgraph', captured: { name: '{{from.element.captured.name}}' } } } },
  },
  may('gateway', 'kernel', 'gateway'),
  may('client', 'client'),
  may('platform', 'kernel', 'platform', 'subgraph', 'gateway'),
  may('bench', 'kernel', 'platform', 'subgraph', 'gateway', 'bench'),
];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      'dist/',
      'client/dist/',
      'client/src/gql/',
      'coverage/',
      '**/*.mjs',
      '**/*.cjs',
      '*.js',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { boundaries },
    settings: {
      'import/resolver': { node: { extensions: ['.ts', '.tsx'] } },
      'boundaries/elements': [
        { type: 'kernel', pattern: 'subgraphs/kernel' },
        { type: 'platform', pattern: 'subgraphs/platform' },
        { type: 'subgraph', pattern: `subgraphs/(${SUBGRAPHS.join('|')})`, capture: ['name'] },
        { type: 'gateway', pattern: 'gateway' },
        { type: 'client', pattern: 'client' },
        { type: 'bench', pattern: 'bench' },
      ],
    },
    rules: {
      // The borders of the architecture: a subgraph knows the kernel and itself; the gateway knows the kernel; only the composition roots
      // (platform) and the benchmarks put things together.
      'boundaries/dependencies': ['error', { default: 'disallow', policies: BORDERS }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unsafe-function-type': 'off', // type-graphql and TypeORM take classes as Function
      '@typescript-eslint/no-non-null-assertion': 'off', // used where the line above proves it
      '@typescript-eslint/unbound-method': 'off', // ports are objects of functions, none uses `this`
      '@typescript-eslint/no-unnecessary-type-assertion': 'off', // an assertion on what a driver answers is documentation
      '@typescript-eslint/require-await': 'off', // ports are async whatever the adapter does
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowAny: false },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Read the environment in a composition root and pass what is needed.',
        },
      ],
    },
  },
  {
    // Composition roots, set-up and benchmarks may read the environment and speak to the terminal.
    files: [
      'subgraphs/platform/**',
      'subgraphs/kernel/testing/**',
      '**/main.ts',
      'bench/**',
      '**/codegen.ts',
      '**/vite.config.mts',
    ],
    rules: { 'no-restricted-properties': 'off', 'no-console': 'off' },
  },
  {
    files: [
      '**/tests/**',
      '**/*.test.ts',
      '**/*.contract.ts',
      'subgraphs/*/testing/**',
      'subgraphs/platform/isolation/**',
      'bench/**',
    ],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off', // an ad-hoc answer has the shape of the query beside it
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
);
