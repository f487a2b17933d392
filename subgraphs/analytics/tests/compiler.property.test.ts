import fc from 'fast-check';
import type { Columns } from '../../kernel/columns/columns';
import { newId } from '../../kernel/ids';
import type { Dataset } from '../datasets/dataset';
import type { DatasetModel } from '../model/model-store';
import type { ModelDefinition } from '../model/semantic-model';
import { toAnswer } from '../query/answer';
import { compile } from '../query/compile';
import { resolvePlan } from '../query/resolve';
import { createTable, insertRows, startTestColumns } from './columns';
import { FIELDS, MODEL, PLACE_FIELDS, PLACE_MODEL, placeRows, queryOf, sourceRow } from './queries.arbitrary';
import { evaluate, type SourceRow } from './reference';

const NOW = new Date('2026-01-01T12:34:56.789Z');
const TABLES = { visits: 'datasets.ds_visits_v1', places: 'datasets.ds_places_v1' };
const RUNS = Number(process.env.PROPERTY_RUNS ?? 400);

let columns: Columns;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ columns, stop } = await startTestColumns());
  await createTable(columns, TABLES.visits, FIELDS);
  await createTable(columns, TABLES.places, PLACE_FIELDS);
});
afterAll(() => stop());

const modelOf = (id: string, table: string, fields: Dataset['fields'], definition: ModelDefinition): DatasetModel => ({
  dataset: {
    id,
    name: table.slice(9),
    label: table,
    kind: 'TABLE',
    fields,
    table,
    version: 1,
    rowCount: null,
    importId: null,
    publishedAt: NOW,
  },
  model: { ...definition, version: 1, generated: false },
});

const visitsId = newId();
const placesId = newId();
const places = modelOf(placesId, TABLES.places, PLACE_FIELDS, PLACE_MODEL);
const visits = modelOf(visitsId, TABLES.visits, FIELDS, {
  ...MODEL,
  joins: [{ name: 'home', datasetId: placesId, localField: 'place', targetField: 'code' }],
});
const models = { base: visits, targets: new Map([['home', places]]) };

it('answers every query as plain loops over the same rows do, each tenant from its own rows', async () => {
  // All tenants' rows are in the same tables: an answer with a foreign row would differ from the reference.
  const tenants = fc.sample(fc.tuple(fc.array(sourceRow, { minLength: 40, maxLength: 60 }), placeRows), 8);
  const data = new Map<string, { visits: SourceRow[]; places: SourceRow[] }>();
  for (const [own, joined] of tenants) {
    const tenantId = newId();
    data.set(tenantId, { visits: own, places: joined });
    await insertRows(columns, TABLES.visits, tenantId, own);
    await insertRows(columns, TABLES.places, tenantId, joined);
  }

  let rowsSeen = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...data.keys()), queryOf(visitsId), async (tenantId, query) => {
      const own = data.get(tenantId)!;
      const plan = resolvePlan(tenantId, query, models, NOW);
      const compiled = compile(plan);
      const { rows } = await columns.query(compiled.query, compiled.params);
      const answer = toAnswer(plan, compiled.columns, rows);
      const expected = evaluate(query, models, (id) => (id === visitsId ? own.visits : own.places), NOW);
      expect(answer.rows.map(({ values }) => values.map(close))).toEqual(expected.rows.map((row) => row.map(close)));
      expect(answer.truncated).toBe(expected.truncated);
      expect(new Set(answer.rows.map(({ key }) => key)).size).toBe(answer.rows.length);
      rowsSeen += answer.rows.length;
    }),
    { numRuns: RUNS },
  );
  expect(rowsSeen).toBeGreaterThan(RUNS); // the queries did find something
}, 300_000);

/** Averages may differ in the last bits. */
const close = (value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(10)) : value);
