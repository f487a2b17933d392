import { DomainError, type ErrorCode } from '../../kernel/errors';
import { restSuccess } from '../../kernel/execute';
import type { SubgraphRoute } from '../../kernel/subgraph';
import { authorize } from '../../kernel/verb';
import { MAX_BODY_BYTES, readEvents } from './ingest-body';
import { ingestEvents } from './ingest-events';

interface LineError {
  index: number;
  /** From 1; null when the body was a JSON array. */
  line: number | null;
  code: ErrorCode;
  message: string;
}

/**
 * `POST /ingest?dataset=name`: NDJSON or a JSON array of events, gzip allowed. Answers 202 when the good ones are durable:
 * `{accepted, duplicates, errors: [{index, line, code, message}]}`; a body of which nothing could be taken is a failed request.
 */
export const ingestRoute: SubgraphRoute = {
  method: 'POST',
  path: '/ingest',
  maxBytes: MAX_BODY_BYTES,
  async handle(ctx, { query, headers, body }) {
    try {
      authorize(ctx, ingestEvents.verb.access); // before the body is unpacked
      const events = await readEvents(body, headers['content-encoding']);
      const readable = events.flatMap((event, index) => (event.problem === undefined ? [{ ...event, index }] : []));
      const broken = events.flatMap(({ line, problem }, index): LineError[] =>
        problem === undefined ? [] : [{ index, line, code: 'BAD_REQUEST', message: problem }],
      );
      const { accepted, duplicates, errors } = await ingestEvents(ctx, {
        dataset: query.dataset,
        events: readable.map(({ value }) => value),
      });
      const refused = errors.map(({ index, code, message }): LineError => {
        const { index: place, line } = readable[index]!;
        return { index: place, line, code, message };
      });
      const all = [...broken, ...refused].sort((a, b) => a.index - b.index);
      if (accepted + duplicates === 0 && all.length > 0) throw nothingTaken(all);
      return restSuccess(ctx, { accepted, duplicates, errors: all }, 202);
    } catch (error) {
      body.resume(); // what still comes is not kept
      throw error;
    }
  },
};

/** A client that looks at the status alone must not take this for a success. */
function nothingTaken(errors: readonly LineError[]): DomainError {
  const [first] = errors;
  const code = errors.every((error) => error.code === first!.code) ? first!.code : 'INVALID_INPUT';
  return new DomainError(code, `None of the ${errors.length} events could be taken. The first: ${first!.message}`, {
    issues: errors,
  });
}
