import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../logger';
import { discard, readText, spool } from './body';
import type { Buffered, Engine, Job } from './engine';
import { exception, toException } from './exception';
import { literal } from './prelude';
import { readRequest, type QueryRequest } from './request';
import { QueryResponse, type Summary } from './respond';
import { parseStatement, type Statement } from './statement';

export interface QueryLimitsOfServer {
  maxQueryBytes: number;
  maxBodyBytes: number;
  /** Folder for bodies on their way into the engine. */
  spoolDir: string;
}

// Formats whose chunks simply follow each other. The others (JSON with its totals and statistics, Parquet, …) are made whole.
const STREAMABLE = new Set(
  'JSONEACHROW JSONCOMPACTEACHROW JSONSTRINGSEACHROW CSV CSVWITHNAMES TSV TABSEPARATED TSVWITHNAMES TABSEPARATEDWITHNAMES ROWBINARY'.split(
    ' ',
  ),
);

/** `GET /?query=…` or `POST /`: one statement, answered as ClickHouse answers it. */
export async function handleQuery(
  engine: Engine,
  limits: QueryLimitsOfServer,
  log: Logger,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  let answer = new QueryResponse(request, response, { queryId: '', compress: false });
  try {
    const query = readRequest(request, url);
    answer = new QueryResponse(request, response, query);
    await run(engine, limits, query, request, answer);
  } catch (error) {
    const failure = toException(error);
    if (failure.code === 1001) log.warn({ err: error }, 'a query failed outside the engine');
    answer.fail(failure);
    // What is left of a refused body is not read; the connection cannot be used again.
    if (!request.complete) response.once('finish', () => request.destroy());
  }
}

async function run(
  engine: Engine,
  limits: QueryLimitsOfServer,
  query: QueryRequest,
  request: IncomingMessage,
  answer: QueryResponse,
): Promise<void> {
  const hasData = query.queryInUrl !== undefined && request.method === 'POST' && !isEmpty(request);
  const text = query.queryInUrl ?? (await readText(request, limits.maxQueryBytes));
  const statement = parseStatement(text, hasData);
  if (statement.kind === 'kill') return kill(engine, statement, answer);
  if (hasData && statement.kind !== 'insert')
    throw exception('BAD_ARGUMENTS', 'Only an INSERT takes data in the body when the query is in the URL.');
  const format = statement.format ?? query.defaultFormat;
  const job: Job = {
    queryId: query.queryId,
    statement,
    params: query.params,
    database: query.database,
    format: query.defaultFormat,
    long: query.long,
    // An insert that has arrived whole goes on without its client, as in ClickHouse; a read does not.
    gone: statement.kind === 'select' ? answer.gone : undefined,
  };
  if (hasData) return insert(engine, limits, job, request, answer);
  if (statement.kind === 'select' && !query.waitEnd && STREAMABLE.has(format.toUpperCase())) {
    await engine.stream(job, (chunk) => answer.write(chunk, format));
    return answer.end(format);
  }
  const result = await engine.run(job);
  return answer.send(result.bytes, format, summaryOf(result, statement));
}

/** The body goes to a file and from there, by the engine's own readers, into the table: any format, any size, bounded memory. */
async function insert(
  engine: Engine,
  limits: QueryLimitsOfServer,
  job: Job,
  request: IncomingMessage,
  answer: QueryResponse,
): Promise<void> {
  const { path, bytes } = await spool(request, limits.spoolDir, limits.maxBodyBytes);
  try {
    if (bytes === 0)
      return await answer.end(job.format, { readRows: 0, readBytes: 0, writtenRows: 0, elapsedSeconds: 0 });
    const { sql, infileAt = sql.length } = job.statement;
    const fromFile = `${sql.slice(0, infileAt)} FROM INFILE ${literal(path)} ${sql.slice(infileAt)}`;
    const result = await engine.run({ ...job, statement: { ...job.statement, sql: fromFile } });
    await answer.send(new Uint8Array(), job.format, {
      readRows: result.rows,
      readBytes: bytes,
      writtenRows: result.rows,
      elapsedSeconds: result.elapsedSeconds,
    });
  } finally {
    await discard(path);
  }
}

async function kill(engine: Engine, statement: Statement, answer: QueryResponse): Promise<void> {
  const target = statement.killTarget!;
  const found = await engine.kill(target);
  const rows = found ? `waiting\t${target}\tdefault\t\n` : '';
  await answer.send(Buffer.from(rows), 'TabSeparated', {
    readRows: 0,
    readBytes: 0,
    writtenRows: 0,
    elapsedSeconds: 0,
  });
}

/** The engine's own count of rows read stands only in the statistics at the end of the JSON formats. */
function summaryOf(result: Buffered, statement: Statement): Summary {
  const tail = Buffer.from(result.bytes.subarray(-400)).toString('latin1');
  const read = /"rows_read": (\d+),\s*"bytes_read": (\d+)/.exec(tail);
  return {
    readRows: read ? Number(read[1]) : result.rows,
    readBytes: read ? Number(read[2]) : 0,
    writtenRows: statement.kind === 'insert' ? result.rows : 0,
    elapsedSeconds: result.elapsedSeconds,
  };
}

const isEmpty = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] === undefined && Number(request.headers['content-length'] ?? 0) === 0;
