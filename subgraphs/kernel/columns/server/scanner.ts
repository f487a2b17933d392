export interface Token {
  kind: 'word' | 'string' | 'quoted' | 'number' | 'placeholder' | 'punctuation';
  /** Words in upper case, a placeholder's name, else the text itself. */
  text: string;
  start: number;
  end: number;
}

const SPACE = /\s/;
const WORD_START = /[A-Za-z_]/;
const WORD = /[A-Za-z0-9_]/;

/**
 * Splits ClickHouse SQL into tokens, so that checks never mistake the inside of a string, a quoted name or a comment for SQL.
 * It is no parser; an unclosed string or comment simply ends with the text, and the engine will refuse it.
 */
export function* scan(sql: string): Generator<Token> {
  let at = 0;
  while (at < sql.length) {
    const char = sql[at]!;
    if (SPACE.test(char)) at += 1;
    else if (char === '-' && sql[at + 1] === '-') at = endOf(sql, '\n', at + 2);
    else if (char === '#' && (sql[at + 1] === ' ' || sql[at + 1] === '!')) at = endOf(sql, '\n', at + 2);
    else if (char === '/' && sql[at + 1] === '*') at = endOf(sql, '*/', at + 2);
    else {
      const token = next(sql, at, char);
      yield token;
      at = token.end;
    }
  }
}

function next(sql: string, start: number, char: string): Token {
  if (char === "'" || char === '`' || char === '"') {
    const end = closing(sql, char, start + 1);
    return { kind: char === "'" ? 'string' : 'quoted', text: sql.slice(start + 1, end - 1), start, end };
  }
  if (char === '$') {
    const heredoc = /^\$\w*\$/.exec(sql.slice(start, start + 64));
    if (heredoc) {
      const end = endOf(sql, heredoc[0], start + heredoc[0].length);
      return { kind: 'string', text: sql.slice(start, end), start, end };
    }
  }
  if (WORD_START.test(char)) return run(sql, start, 'word');
  if (/[0-9]/.test(char)) return run(sql, start, 'number');
  if (char === '{') {
    const match = /^\{\s*([A-Za-z_]\w*)\s*:[^{}]*\}/.exec(sql.slice(start, start + 512));
    if (match) return { kind: 'placeholder', text: match[1]!, start, end: start + match[0].length };
  }
  return { kind: 'punctuation', text: char, start, end: start + 1 };
}

function run(sql: string, start: number, kind: 'word' | 'number'): Token {
  let end = start + 1;
  while (end < sql.length && WORD.test(sql[end]!)) end += 1;
  return { kind, text: sql.slice(start, end).toUpperCase(), start, end };
}

/** Behind the closing quote; a backslash or a doubled quote does not close. */
function closing(sql: string, quote: string, from: number): number {
  let at = from;
  while (at < sql.length) {
    if (sql[at] === '\\') at += 2;
    else if (sql[at] !== quote) at += 1;
    else if (sql[at + 1] === quote) at += 2;
    else return at + 1;
  }
  return sql.length + 1;
}

function endOf(sql: string, terminator: string, from: number): number {
  const found = sql.indexOf(terminator, from);
  return found < 0 ? sql.length : found + terminator.length;
}
