import fc from 'fast-check';
import { LineSplitter } from '../formats/csv-records';
import { detectDialect } from '../formats/csv-dialect';
import { splitRow } from '../formats/csv-row';
import { MAX_RECORD_BYTES, type RawRecord } from '../formats/rows';

const cut = (text: string | Buffer, pieceBytes = 7): RawRecord[] => {
  const bytes = Buffer.from(text as string);
  const splitter = new LineSplitter({ delimiter: 44, terminator: 10 });
  const records: RawRecord[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    records.push(...splitter.push(bytes.subarray(at, at + pieceBytes)));
  return [...records, ...splitter.end()].map((record) => ({ ...record, bytes: Buffer.from(record.bytes) }));
};
const shown = (records: RawRecord[]) =>
  records.map(({ line, bytes, fault }) => [line, bytes.toString(), fault ? 'bad' : 'ok']);

describe('records', () => {
  it('keeps line breaks inside quotes and counts physical lines', () => {
    expect(shown(cut('a,b\n1,"x\ny\r\nz"\r\n2,w\n'))).toEqual([
      [1, 'a,b', 'ok'],
      [2, '1,"x\ny\r\nz"', 'ok'],
      [5, '2,w', 'ok'],
    ]);
  });

  it('passes over blank lines and takes a last line without an end', () => {
    expect(shown(cut('a\n\n\r\nb'))).toEqual([
      [1, 'a', 'ok'],
      [4, 'b', 'ok'],
    ]);
  });

  it('takes a quote inside an unquoted value as text', () => {
    expect(shown(cut('pipe 5" wide,1\nnext,2\n'))).toEqual([
      [1, 'pipe 5" wide,1', 'ok'],
      [2, 'next,2', 'ok'],
    ]);
  });

  it('a quote that is never closed costs its own line only', () => {
    expect(shown(cut('a,b\n"open,1\n2,x\n3,y\n'))).toEqual([
      [1, 'a,b', 'ok'],
      [2, '"open,1', 'bad'],
      [3, '2,x', 'ok'],
      [4, '3,y', 'ok'],
    ]);
  });

  it('text after a closing quote costs its own line only', () => {
    expect(shown(cut('"a"x,b\n1,2\n'))).toEqual([
      [1, '"a"x,b', 'bad'],
      [2, '1,2', 'ok'],
    ]);
    expect(shown(cut('1,"open\n2,"closed by the next"\n3,c\n'))).toEqual([
      [1, '1,"open', 'bad'],
      [2, '2,"closed by the next"', 'ok'],
      [3, '3,c', 'ok'],
    ]);
  });

  it('rejects a row of 10 MB without holding it, and goes on after it', () => {
    const huge = Buffer.concat([
      Buffer.from('1,a\n2,'),
      Buffer.alloc(10 * MAX_RECORD_BYTES, 'x'),
      Buffer.from('\n3,c\n'),
    ]);
    const records = cut(huge, 65_536);
    expect(records.map(({ line, fault }) => [line, fault])).toEqual([
      [1, undefined],
      [2, 'the row is longer than 1 MB'],
      [3, undefined],
    ]);
    expect(records[1]!.bytes.length).toBeLessThan(5_000);
  });

  it('a quoted value of 10 MB costs one row', () => {
    const records = cut(
      Buffer.concat([Buffer.from('1,"'), Buffer.alloc(10 * MAX_RECORD_BYTES, 'x'), Buffer.from('"\n3,c\n')]),
      65_536,
    );
    expect(records.map(({ line, fault }) => [line, Boolean(fault)])).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  it('takes bounded time over a file of nothing but opened quotes', () => {
    const began = performance.now();
    const records = cut('"open, x"",\n'.repeat(300_000), 65_536);
    expect(records.length).toBeGreaterThan(0);
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('finds the same records and values however the bytes arrive', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('', '"', '""', 'a,b', 'x\ny', ' ', '=1+1', 'é€😀'));
    const table = fc.array(fc.array(value, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 50 }), (rows, pieceBytes) => {
        const text = rows.map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(',')).join('\n');
        const read = cut(text, pieceBytes).map(({ bytes, fault }) => (fault ? fault : splitRow(bytes.toString(), ',')));
        // A carriage return at the very end of a quoted text stays; nothing else is dropped.
        expect(read).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });
});

describe('dialect', () => {
  it.each([
    ['a,b;c\n1,2;3\n4,5;6\n', ','],
    ['a;b;c\n1,5;2,5;3\n4,1;5,2;6\n', ';'],
    ['a\tb\n1,2\t3\n', '\t'],
    ['a|b|c\n1|2|3\n', '|'],
    ['only\nvalues\n', ','],
    ['', ','],
  ])('of %j is %j', (text, delimiter) => {
    expect(detectDialect(Buffer.from(text))).toMatchObject({ delimiter, bomBytes: 0 });
  });

  it('knows a byte-order mark and lines that end with CR', () => {
    expect(detectDialect(Buffer.from('\uFEFFa;b\r1;2\r'))).toEqual({ delimiter: ';', terminator: 13, bomBytes: 3 });
  });
});

describe('values of a row', () => {
  it.each([
    ['a,,"",c', ['a', null, '', 'c']],
    ['"say ""hi""",2', ['say "hi"', '2']],
    ['"a,b" ,x', ['a,b', 'x']],
    [',', [null, null]],
  ])('%s', (text, values) => expect(splitRow(text, ',')).toEqual(values));
});
