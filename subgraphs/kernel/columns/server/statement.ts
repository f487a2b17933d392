import { exception } from './exception';
import { scan, type Token } from './scanner';

export type StatementKind = 'select' | 'insert' | 'kill' | 'other';

export interface Statement {
  kind: StatementKind;
  /** The text without a trailing semicolon. */
  sql: string;
  /** Names of `{name: Type}` placeholders. */
  placeholders: ReadonlySet<string>;
  /** The statement's own FORMAT, if it has one. */
  format: string | undefined;
  /** Offset at which `FROM INFILE` belongs in an INSERT that takes its data from the body. */
  infileAt: number | undefined;
  /** In `KILL QUERY WHERE query_id = '…'`. */
  killTarget: string | undefined;
}

// Everything that keeps state in a session, reaches the disk, or reaches the network. The text comes from the platform alone; this is a second wall.
const REFUSED_FIRST = new Set([
  'SET',
  'USE',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'BACKUP',
  'RESTORE',
  'ATTACH',
  'GRANT',
  'REVOKE',
]);
const REFUSED_CALLS = new Set(
  (
    'url urlCluster remote remoteSecure cluster clusterAllReplicas s3 s3Cluster gcs cosn oss hdfs hdfsCluster file fileCluster azureBlobStorage ' +
    'azureBlobStorageCluster mysql postgresql mongodb redis sqlite jdbc odbc executable executablePool python deltaLake deltaLakeCluster ' +
    'deltaLakeLocal deltaLakeS3 deltaLakeAzure hudi hudiCluster iceberg icebergS3 icebergAzure icebergHDFS icebergLocal icebergCluster ' +
    'icebergS3Cluster arrowFlight ytsaurus paimon paimonLocal paimonS3 kafka rabbitmq nats externalDistributed'
  )
    .toUpperCase()
    .split(' '),
);
const REFUSED_PAIRS = new Set([
  'INTO OUTFILE',
  'FROM INFILE',
  'CREATE TEMPORARY',
  'CREATE FUNCTION',
  'CREATE NAMED',
  'SOURCE (',
  'SYSTEM SHUTDOWN',
  'SYSTEM KILL',
]);
const SELECTS = new Set(['SELECT', 'WITH', '(']);

/** Reads what the server must know of a statement, and refuses what it must not run. */
export function parseStatement(text: string, hasData: boolean): Statement {
  const tokens = [...until(scan(text), text, hasData)];
  const first = tokens[0];
  if (!first) throw exception('SYNTAX_ERROR', 'Empty query.');
  refuse(tokens);
  const kind = kindOf(first);
  const last = tokens.at(-1)!;
  return {
    kind,
    sql: last.text === ';' && last.kind === 'punctuation' ? text.slice(0, last.start) : text,
    placeholders: new Set(tokens.filter((token) => token.kind === 'placeholder').map((token) => token.text)),
    format: formatOf(tokens, text),
    infileAt: kind === 'insert' && hasData ? infileOffset(tokens) : undefined,
    killTarget: kind === 'kill' ? killTarget(tokens) : undefined,
  };
}

/** Stops where the inline data of an INSERT begins; refuses a second statement. */
function* until(tokens: Generator<Token>, text: string, hasData: boolean): Generator<Token> {
  let previous: Token | undefined;
  let insert = false;
  for (const token of tokens) {
    if (previous?.text === ';' && previous.kind === 'punctuation')
      throw exception(
        'SYNTAX_ERROR',
        `Multi-statements are not allowed: ${text.slice(token.start, token.start + 40)}.`,
      );
    yield token;
    insert ||= previous === undefined && token.text === 'INSERT';
    if (insert && !hasData && is(previous, 'FORMAT')) return;
    previous = token;
  }
}

function refuse(tokens: readonly Token[]): void {
  const [first] = tokens;
  if (is(first) && REFUSED_FIRST.has(first!.text)) throw denied(first!.text);
  tokens.forEach((token, index) => {
    const after = tokens[index + 1];
    if (!after || (token.kind !== 'word' && token.kind !== 'quoted')) return;
    const isCall = after.kind === 'punctuation' && after.text === '(' && tokens[index - 1]?.text !== '.';
    if (isCall && refusedCall(token) && !namesTable(tokens, index)) throw denied(`${token.text}()`);
    if (token.kind === 'word' && REFUSED_PAIRS.has(`${token.text} ${after.text}`))
      throw denied(`${token.text} ${after.text}`);
    const engine = tokens[index + 2];
    if (token.text === 'ENGINE' && after.text === '=' && engine && refusedCall(engine))
      throw denied(`ENGINE = ${engine.text}`);
  });
}

/** A quoted name calls a function too, and an escape inside it could spell any name. */
const refusedCall = (token: Token): boolean =>
  REFUSED_CALLS.has(token.text.toUpperCase()) || (token.kind === 'quoted' && token.text.includes('\\'));

/** `INSERT INTO file (a, b)` and `CREATE TABLE url (a String)` name a table, not a table function. */
const namesTable = (tokens: readonly Token[], index: number): boolean =>
  index <= 3 &&
  ((is(tokens[0], 'INSERT') && (is(tokens[index - 1], 'INTO') || is(tokens[index - 1], 'TABLE'))) ||
    (is(tokens[0], 'CREATE') && is(tokens[index - 1], 'TABLE')));

const denied = (what: string) =>
  exception(
    'ACCESS_DENIED',
    `${what} is not available here: statements may neither reach outside nor change the session.`,
  );

const is = (token: Token | undefined, word?: string): boolean =>
  token?.kind === 'word' && (word === undefined || token.text === word);

function kindOf(first: Token): StatementKind {
  if (SELECTS.has(first.text)) return 'select';
  if (first.text === 'INSERT') return 'insert';
  return first.text === 'KILL' ? 'kill' : 'other';
}

/** The last `FORMAT name`; a column of that name is followed by no word. */
function formatOf(tokens: readonly Token[], sql: string): string | undefined {
  const at = tokens.findLastIndex((token, index) => is(token, 'FORMAT') && is(tokens[index + 1]));
  const name = tokens[at + 1];
  return at < 0 || !name ? undefined : sql.slice(name.start, name.end);
}

function infileOffset(tokens: readonly Token[]): number {
  const format = tokens.findLastIndex((token, index) => is(token, 'FORMAT') && is(tokens[index + 1]));
  if (format < 0) throw exception('SYNTAX_ERROR', 'An INSERT with data in the body needs a FORMAT.');
  // A table or a column may be called `settings`, but no name is followed by `word =`.
  const isClause = (index: number) => is(tokens[index + 1]) && tokens[index + 2]?.text === '=';
  const settings = tokens.findIndex((token, index) => index < format && is(token, 'SETTINGS') && isClause(index));
  return tokens[settings < 0 ? format : settings]!.start;
}

function killTarget(tokens: readonly Token[]): string {
  const shape = tokens.slice(1, 6).map((token) => (token.kind === 'string' ? "'" : token.text));
  if (shape.join(' ') !== "QUERY WHERE QUERY_ID = '")
    throw exception('SYNTAX_ERROR', "KILL is understood only as KILL QUERY WHERE query_id = '…'.");
  return tokens[5]!.text;
}
