import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { preferred, localeOf } from '../src/i18n';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh';

type Tree = { readonly [key: string]: string | Tree };

const leaves = (tree: Tree, path = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );

/** Chinese has no singular: `_one` is English's own, and the code asks for the key without a suffix. */
const plain = (key: string): string => key.replace(/_(one|other)$/, '');

const SOURCES = join(__dirname, '../src');
const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('i18n') && !name.startsWith('gql'))
  .map((name) => readFileSync(join(SOURCES, name), 'utf8'))
  .join('\n');

const english = new Map(leaves(en));
const chinese = new Map(leaves(zh));

describe('the texts', () => {
  it('exist in both languages', () => {
    const keys = (texts: Map<string, string>): string[] => [...new Set([...texts.keys()].map(plain))].sort();
    expect(keys(chinese)).toEqual(keys(english));
  });

  it('are never empty, and are translated', () => {
    const same = [...chinese].filter(([key, text]) => text.trim() === '' || text === english.get(key));
    expect(same.map(([key]) => key)).toEqual(['developer.graphql']);
  });

  it('take the same values in both languages', () => {
    const values = (text: string | undefined): string[] =>
      [...(text?.matchAll(/\{\{(\w+)\}\}/g) ?? [])].map(([, name]) => name ?? '').sort();
    for (const [key, text] of chinese) expect([key, values(text)]).toEqual([key, values(english.get(key))]);
  });

  it('are all used: named in full, or under a prefix that the code completes', () => {
    const unused = [...english.keys()].map(plain).filter((key) => {
      const prefix = key.slice(0, key.lastIndexOf('.') + 1);
      return !sources.includes(`'${key}'`) && !sources.includes(`\`${prefix}$\{`);
    });
    expect(unused).toEqual([]);
  });

  it('exist for every key the code names in full', () => {
    const known = new Set([...english.keys()].map(plain));
    const named = [...sources.matchAll(/\bt\(\s*'([a-zA-Z.]+)'/g)].map(([, key]) => key ?? '');
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((key) => !known.has(key))).toEqual([]);
  });
});

describe('the language', () => {
  it.each([
    [['zh-TW', 'en'], 'zh'],
    [['de', 'en-GB'], 'en'],
    [['fr', 'zh-CN', 'en'], 'zh'],
    [['de'], 'en'],
    [[], 'en'],
  ])('for a browser that prefers %j is %s', (tags, language) => {
    expect(preferred(tags)).toBe(language);
  });

  it('has a locale for Intl', () => {
    expect(localeOf('zh')).toBe('zh-CN');
    expect(localeOf('en')).toMatch(/^en/);
  });
});
