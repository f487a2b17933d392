import { readFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { globSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { envGroups } from './env';

/**
 * Keeps the documents true: the README's table of variables names each variable with its present meaning, every relative link and
 * picture leads somewhere, and the YAML files that no test runs can be read.
 */
function main(root: string): string[] {
  return [...environmentTable(join(root, 'README.md')), ...links(root), ...yamlFiles(root)];
}

/** The table's rows as the code says them. */
export function environmentRows(): string[] {
  return Object.values(envGroups).flatMap((group) =>
    Object.entries((group as z.ZodObject).shape).map(
      ([name, type]) => `| \`${name}\` | ${(type as z.ZodType).description ?? ''} |`,
    ),
  );
}

function environmentTable(readme: string): string[] {
  const text = readFileSync(readme, 'utf8');
  return environmentRows()
    .filter((row) => !text.includes(row))
    .map((row) => `README.md: its table of variables lacks the row: ${row}`);
}

function links(root: string): string[] {
  const files = globSync(['*.md', '{docs,gateway,subgraphs,client,bench,docker}/**/*.md'], {
    cwd: root,
    exclude: ['**/node_modules/**'],
  });
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, target]) => join(root, dirname(file), target!))
      .filter((target) => !existsSync(target))
      .map((target) => `${file}: the link to ${target} leads nowhere`);
  });
}

function yamlFiles(root: string): string[] {
  return globSync(['*.yaml', '{docker,.github}/**/*.{yml,yaml}'], { cwd: root }).flatMap((file) => {
    try {
      parse(readFileSync(join(root, file), 'utf8'));
      return [];
    } catch (error) {
      return [`${file}: ${(error as Error).message}`];
    }
  });
}

if (require.main === module) {
  const problems = main(process.cwd());
  for (const problem of problems) console.error(problem);
  process.exit(problems.length > 0 ? 1 : 0);
}
