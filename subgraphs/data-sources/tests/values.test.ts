import { FieldType } from '../../kernel/graphql/shared-types';
import { DomainError } from '../../kernel/errors';
import { fieldNames, headerLabels, locate } from '../formats/column-names';
import { detectFormat } from '../formats/detect-format';
import { ImportFailure } from '../formats/import-failure';
import { ColumnInference } from '../formats/infer';
import { parseObject } from '../formats/json';
import { JsonArraySplitter } from '../formats/json-records';
import { parseText, parseValue, Refusal, typeOfText, typeOfValue } from '../formats/values';

const { STRING, INTEGER, FLOAT, BOOLEAN, DATE, DATETIME } = FieldType;

it.each([
  [INTEGER, ' 42 ', 42],
  [INTEGER, '-9223372036854775808', '-9223372036854775808'],
  [INTEGER, '9007199254740993', '9007199254740993'],
  [INTEGER, '12.0', 12],
  [FLOAT, '1e3', 1000],
  [FLOAT, '.5', 0.5],
  [BOOLEAN, 'Yes', true],
  [BOOLEAN, '0', false],
  [DATE, '2024/02/29', '2024-02-29'],
  [DATE, '2024-02-29T00:00:00Z', '2024-02-29'],
  [DATETIME, '2024-02-29', '2024-02-29 00:00:00.000'],
  [DATETIME, '2024-02-29 13:14', '2024-02-29 13:14:00.000'],
  [DATETIME, '2024-02-29T13:14:15.123456+02:00', '2024-02-29 11:14:15.123'],
  [DATETIME, '1900-01-01T00:00:00Z', '1900-01-01 00:00:00.000'],
  [STRING, ' =HYPERLINK("x") ', ' =HYPERLINK("x") '],
])('reads %s %j', (type, text, value) => expect(parseText(type, text)).toBe(value));

it.each([
  [INTEGER, '9223372036854775808'],
  [INTEGER, '1.5'],
  [INTEGER, '1 000'],
  [FLOAT, '1e999'],
  [FLOAT, 'NaN'],
  [FLOAT, '1,5'],
  [BOOLEAN, 'maybe'],
  [DATE, '2023-02-29'],
  [DATE, '01/02/2024'],
  [DATE, '2024-01-01T10:00:00Z'],
  [DATE, '1850-01-01'],
  [DATETIME, '2024-01-01T25:00:00Z'],
  [DATETIME, 'yesterday'],
])('refuses %s %j with a reason that shows it', (type, text) => {
  const result = parseText(type, text);
  expect(result).toBeInstanceOf(Refusal);
  expect((result as Refusal).reason).toContain(text);
});

it.each([
  [STRING, { a: [1] }, '{"a":[1]}'],
  [STRING, 7, '7'],
  [INTEGER, 7n, 7],
  [FLOAT, 3n, 3],
  [DATETIME, new Date('2024-01-01T10:00:00Z'), '2024-01-01 10:00:00.000'],
  [BOOLEAN, 1, true],
  [BOOLEAN, 0n, false],
])('reads the value %s %j', (type, value, expected) => expect(parseValue(type, value)).toBe(expected));

it.each([
  [INTEGER, 1.5],
  [INTEGER, {}],
  [FLOAT, [1]],
  [BOOLEAN, 2],
  [BOOLEAN, 2n],
  [DATE, 20240101],
])('refuses the value %s %j', (type, value) => expect(parseValue(type, value)).toBeInstanceOf(Refusal));

it('survives nesting that would overflow the stack', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 200_000; level++) deep = [deep];
  expect(parseValue(STRING, deep)).toBeInstanceOf(Refusal);
});

it.each([
  ['0', INTEGER],
  ['007', STRING],
  ['1.50', FLOAT],
  ['TRUE', BOOLEAN],
  ['yes', STRING],
  ['2024-01-01', DATE],
  ['2024-01-01 10:00', DATETIME],
  ['.', STRING],
  ['-', STRING],
  ['', STRING],
])('infers %j as %s', (text, type) => expect(typeOfText(text)).toBe(type));

it('infers JSON values by their own types', () => {
  expect(['12', 12, 1.5, true, '2024-01-01', {}, null].map(typeOfValue)).toEqual([
    STRING,
    INTEGER,
    FLOAT,
    BOOLEAN,
    DATE,
    STRING,
    STRING,
  ]);
});

it.each([
  [[INTEGER, FLOAT], FLOAT],
  [[DATETIME, DATE], DATETIME],
  [[INTEGER, BOOLEAN], STRING],
  [[INTEGER, FLOAT, DATE, INTEGER], STRING],
  [[], STRING],
])('widens %j to %s', (types, expected) => {
  const inference = new ColumnInference();
  types.forEach((type) => inference.add(type));
  expect(inference.type).toBe(expected);
});

describe('columns', () => {
  it('are told apart when empty or repeated', () => {
    const labels = headerLabels(['id', null, 'id', ' US Gross ', 'ID', '1st', 'tenant_id', 'Größe']);
    expect(labels).toEqual(['id', 'column_2', 'id_2', 'US Gross', 'ID_3', '1st', 'tenant_id', 'Größe']);
    expect(fieldNames(labels)).toEqual(['id', 'column_2', 'id_2', 'US_Gross', 'ID_3', 'st', 'tenant_id_2', 'Gro_e']);
  });

  it('are found by label or by the name the label gets', () => {
    expect(locate(['US Gross', 'US_Gross', 'nowhere'], ['id', 'US Gross'])).toEqual([1, 1, -1]);
  });
});

describe('formats', () => {
  it.each([
    ['x.csv', 'a,b\n', 'CSV'],
    ['x', '[{"a":1}]', 'JSON'],
    ['x.json', '\uFEFF [ {"a":1} ]', 'JSON'],
    ['x.json', '{"a":1}\n{"a":2}\n', 'NDJSON'],
    ['x.jsonl', '{"a":1}', 'NDJSON'],
    ['whatever', 'PAR1....', 'PARQUET'],
    ['x.csv', '[1],[2]\n', 'CSV'],
  ])('%s %j is %s', (name, text, format) => expect(detectFormat(name, Buffer.from(text))).toBe(format));

  it.each([
    ['x.xlsx', Buffer.from('PK\x03\x04rest'), /Excel/],
    ['x.csv', Buffer.from([0xff, 0xfe, 0x61, 0x00]), /UTF-16/],
    ['x.csv.gz', Buffer.from([0x1f, 0x8b, 8]), /gzip/],
    ['x.parquet', Buffer.from('a,b\n'), /PAR1/],
    ['x.json', Buffer.from('{\n  "a": 1\n}'), /one object/],
    ['x.json', Buffer.from('"text"'), /list of objects/],
  ])('refuses %s', (name, head, message) => {
    expect(() => detectFormat(name, head)).toThrow(message);
    expect(() => detectFormat(name, head)).toThrow(DomainError);
  });

  it('refuses a declared format that the bytes contradict', () => {
    expect(() => detectFormat('x.csv', Buffer.from('a,b\n'), 'PARQUET')).toThrow(/not PARQUET/);
  });
});

describe('JSON list', () => {
  const cut = (text: string, piece = 3) => {
    const splitter = new JsonArraySplitter();
    const bytes = Buffer.from(text);
    const found: string[] = [];
    const note = (records: { line: number; bytes: Buffer; fault?: string }[]) =>
      records.forEach((record) =>
        found.push(`${record.line}:${record.bytes.toString().trim()}${record.fault ? '!' : ''}`),
      );
    for (let at = 0; at < bytes.length; at += piece) note(splitter.push(bytes.subarray(at, at + piece)));
    note(splitter.end());
    return found;
  };

  it('is cut into its elements', () => {
    expect(cut('[{"a":"]},[{"},\n {"b":[1,{"c":"\\""}]}, 5 ]\n')).toEqual([
      '1:{"a":"]},[{"}',
      '2:{"b":[1,{"c":"\\""}]}',
      '2:5',
    ]);
    expect(cut(' [ ] ')).toEqual([]);
  });

  it('notes a missing comma', () => expect(cut('[{"a":1} {"a":2}]')[0]).toBe('1:{"a":1} {"a":2}'));

  it.each(['[{"a":1}', '[{"a":1},', '[{"a":', '[{"a":1}] x', '[{"a":1}}, {"b":2}]'])(
    'fails when its structure is broken: %s',
    (text) => {
      expect(() => cut(text)).toThrow(ImportFailure);
    },
  );
});

it('keeps large integers of JSON exact', () => {
  expect(parseObject('{"id":9007199254740993,"f":1.5,"s":"12345678901234567890"}')).toEqual({
    id: 9007199254740993n,
    f: 1.5,
    s: '12345678901234567890',
  });
});

it.each(['{"a":1', '[1]', 'null', '5', 'nonsense'])('refuses the row %s', (text) =>
  expect(parseObject(text)).toBeInstanceOf(Refusal),
);
