import { carriageReturn, lineFeed, LineSplitter } from './csv-records';
import { splitRow } from './csv-row';

export interface CsvDialect {
  delimiter: string;
  terminator: number;
  /** Bytes of a byte-order mark before the header. */
  bomBytes: number;
}

const DELIMITERS = [',', ';', '\t', '|'];
const RECORDS_LOOKED_AT = 50;
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);

export const bomLength = (sample: Buffer): number => (sample.subarray(0, 3).equals(UTF8_BOM) ? 3 : 0);

/** Finds the delimiter and the line end from the first part of a file: the delimiter that cuts most records into the same, largest number of values. */
export function detectDialect(sample: Buffer): CsvDialect {
  const bomBytes = bomLength(sample);
  const body = sample.subarray(bomBytes);
  const terminator = body.includes(lineFeed) || !body.includes(carriageReturn) ? lineFeed : carriageReturn;
  let best = { delimiter: ',', score: 0 };
  for (const delimiter of DELIMITERS) {
    const score = scoreOf(body, delimiter, terminator);
    if (score > best.score) best = { delimiter, score };
  }
  return { delimiter: best.delimiter, terminator, bomBytes };
}

function scoreOf(body: Buffer, delimiter: string, terminator: number): number {
  const splitter = new LineSplitter({ delimiter: delimiter.charCodeAt(0), terminator });
  const piece = body.subarray(0, 256 * 1024);
  const found = splitter.push(piece);
  // The last record of a piece may be cut; it counts only when there is no other.
  const records = (found.length > 0 ? found : splitter.end()).slice(0, RECORDS_LOOKED_AT);
  const counts = records
    .filter(({ fault }) => !fault)
    .map(({ bytes }) => splitRow(bytes.toString('utf8'), delimiter).length);
  const columns = counts[0] ?? 0;
  if (columns < 2) return 0;
  const same = counts.filter((count) => count === columns).length / records.length;
  return same * same * columns;
}
