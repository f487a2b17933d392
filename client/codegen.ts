import { join } from 'node:path';
import type { CodegenConfig } from '@graphql-codegen/cli';

/**
 * Typed documents for the web app: every `*.graphql` file under `src/` becomes a `TypedDocumentNode` in `src/gql/graphql.ts`.
 * The output is ignored by git; run it before type checks and builds: `npx graphql-codegen --config client/codegen.ts`.
 * Operations live in `.graphql` files, so that a page imports the documents it uses and no registry of all of them is bundled.
 */
const config: CodegenConfig = {
  schema: join(__dirname, '../schema/api.graphql'),
  documents: join(__dirname, 'src/**/*.graphql'),
  generates: {
    [join(__dirname, 'src/gql/')]: {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { DateTime: 'string', Duration: 'string', JSON: 'unknown', SafeInt: 'number' },
      },
    },
  },
};

export default config;
