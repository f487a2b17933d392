import { ImportFailure } from './import-failure';
import { MAX_RECORD_BYTES, type RawRecord, type RecordSplitter } from './rows';

const LF = 10;
const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN = new Set([91, 123]); // [ {
const CLOSE = new Set([93, 125]); // ] }
const END_OF_ARRAY = 93;
const SPACES = new Set([9, 10, 13, 32]);
const EMPTY = Buffer.alloc(0);

enum State {
  BeforeArray,
  BeforeElement,
  Element,
  AfterElement,
  Done,
}

/**
 * Cuts a JSON array into its elements without holding the array. An element whose text is wrong inside costs itself alone; a broken
 * structure (the file ends inside the array) fails the import, since nobody can say where the next row would begin.
 */
export class JsonArraySplitter implements RecordSplitter {
  private buffer: Buffer = EMPTY;
  private start = 0;
  private state = State.BeforeArray;
  private line = 1;
  private startLine = 1;
  private depth = 0;
  private inString = false;
  private escaped = false;
  private tooLong = false;
  private fault: string | undefined;

  push(chunk: Buffer): RawRecord[] {
    const records: RawRecord[] = [];
    const kept = this.state === State.Element ? this.buffer.subarray(this.start) : EMPTY;
    this.buffer = kept.length > 0 ? Buffer.concat([kept, chunk]) : chunk;
    this.start = 0;
    for (let at = kept.length; at < this.buffer.length; at++) {
      const byte = this.buffer[at]!;
      if (byte === LF) this.line++;
      if (this.state !== State.Element) this.between(byte, at);
      else if (this.inside(byte)) this.take(records, at, byte);
      else this.limit(at);
    }
    return records;
  }

  end(): RawRecord[] {
    if (this.state === State.BeforeArray) return [];
    if (this.state !== State.Done) {
      throw new ImportFailure(
        'MALFORMED_FILE',
        `The file ends inside the JSON array, in the row that begins on line ${this.startLine}. It may be cut off: upload it again, ` +
          'or use one object per line (NDJSON), where a broken line costs itself alone.',
      );
    }
    return [];
  }

  private between(byte: number, at: number): void {
    if (SPACES.has(byte)) return;
    if (this.state === State.BeforeArray) this.state = State.BeforeElement;
    else if (this.state === State.Done) {
      throw new ImportFailure('MALFORMED_FILE', `There is text after the end of the JSON array, on line ${this.line}.`);
    } else if (byte === END_OF_ARRAY) this.state = State.Done;
    else if (byte === COMMA && this.state === State.AfterElement) this.state = State.BeforeElement;
    else {
      this.fault = this.state === State.AfterElement ? 'a comma is missing before this row' : undefined;
      this.state = State.Element;
      this.start = at;
      this.startLine = this.line;
      this.depth = 0;
      this.inside(byte);
    }
  }

  /** True when `byte` is the first one after the element: a comma or the array's end. */
  private inside(byte: number): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (byte === BACKSLASH) this.escaped = true;
      else if (byte === QUOTE) this.inString = false;
    } else if (this.depth === 0 && (byte === COMMA || byte === END_OF_ARRAY)) return true;
    else if (byte === QUOTE) this.inString = true;
    else if (OPEN.has(byte)) this.depth++;
    else if (CLOSE.has(byte)) this.depth--;
    return false;
  }

  private take(records: RawRecord[], end: number, byte: number): void {
    if (!this.tooLong) {
      const bytes = this.buffer.subarray(this.start, end);
      records.push({ line: this.startLine, bytes, ...(this.fault ? { fault: this.fault } : {}) });
    } else {
      const bytes = this.buffer.subarray(this.start, Math.min(end, this.start + 2_000));
      records.push({
        line: this.startLine,
        bytes,
        fault: `the row is longer than ${MAX_RECORD_BYTES / 1024 / 1024} MB`,
      });
    }
    this.tooLong = false;
    this.state = byte === COMMA ? State.BeforeElement : State.Done;
  }

  /** Of a row that is too long only the last bytes are held on to; its structure is still followed to its end. */
  private limit(at: number): void {
    if (at - this.start < MAX_RECORD_BYTES) return;
    this.tooLong = true;
    this.start = at;
  }
}
