import { MAX_RECORD_BYTES, type RawRecord, type RecordSplitter } from './rows';

const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
/** Each time a quote turns out never to be closed, up to a record's length is read again; a file made of nothing else is given up. */
const MAX_RESCANS = 200;
const EMPTY = Buffer.alloc(0);

enum State {
  FieldStart,
  Unquoted,
  Quoted,
  AfterQuote,
  Broken,
}

export interface LineDialect {
  /** Byte that ends a record: LF (a CR before it is dropped), or CR in files that know no LF. */
  terminator: number;
  /** Byte between fields; null where quotes mean nothing (NDJSON). */
  delimiter: number | null;
}

/**
 * Cuts CSV into records: a quote opens only at the start of a field and may span lines. A record that cannot be right (text after a
 * closing quote, a quote that is never closed) costs its first physical line, and reading goes on with the next one.
 */
export class LineSplitter implements RecordSplitter {
  private buffer: Buffer = EMPTY;
  private start = 0;
  private position = 0;
  private state = State.FieldStart;
  /** Index of the first line end inside the present record, -1 if none. */
  private firstBreak = -1;
  /** A quote's index at or after the start, Infinity when the buffer has none, -1 when not looked for. */
  private quoteAt = -1;
  private line: number;
  private breaks = 0;
  /** The rest of a record that was too long is passed over. */
  private skipping = false;
  private rescans = 0;

  constructor(
    private readonly dialect: LineDialect,
    firstLine = 1,
  ) {
    this.line = firstLine;
  }

  push(chunk: Buffer): RawRecord[] {
    const rest = this.buffer.subarray(this.start);
    this.buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    this.position -= this.start;
    if (this.firstBreak >= 0) this.firstBreak -= this.start;
    this.start = 0;
    this.quoteAt = -1;
    const records: RawRecord[] = [];
    this.scan(records);
    return records;
  }

  end(): RawRecord[] {
    const records: RawRecord[] = [];
    while (this.state === State.Quoted && this.rescans < MAX_RESCANS && this.firstBreak >= 0) {
      this.rejectFirstLine(records, UNCLOSED);
      this.scan(records);
    }
    if (!this.skipping && this.start < this.buffer.length) {
      const fault = this.state === State.Quoted ? UNCLOSED : this.state === State.Broken ? AFTER_QUOTE : undefined;
      this.take(records, this.buffer.length, fault);
    }
    this.buffer = EMPTY;
    this.start = this.position = 0;
    return records;
  }

  private scan(records: RawRecord[]): void {
    const { terminator, delimiter } = this.dialect;
    while (this.position < this.buffer.length) {
      if (this.position === this.start && !this.skipping && this.takePlainLine(records)) continue;
      const byte = this.buffer[this.position]!;
      if (this.skipping) {
        if (byte === terminator) this.endSkipping();
        else this.start = this.position + 1;
      } else if (this.state === State.Quoted) {
        if (byte === QUOTE) this.state = State.AfterQuote;
        else if (byte === terminator) this.noteBreak();
      } else if (byte === terminator) {
        this.take(records, this.position, this.state === State.Broken ? AFTER_QUOTE : undefined);
        continue;
      } else if (delimiter !== null && this.state !== State.Broken) {
        this.step(byte, delimiter, records);
      }
      this.position++;
      if (this.position - this.start > MAX_RECORD_BYTES && !this.skipping) this.tooLong(records);
    }
  }

  /** Most lines have no quote at all: they are found without looking at each byte. */
  private takePlainLine(records: RawRecord[]): boolean {
    const end = this.buffer.indexOf(this.dialect.terminator, this.start);
    if (end < 0 || end - this.start > MAX_RECORD_BYTES) return false;
    if (this.dialect.delimiter !== null) {
      if (this.quoteAt < this.start) {
        const at = this.buffer.indexOf(QUOTE, this.start);
        this.quoteAt = at < 0 ? Infinity : at;
      }
      if (this.quoteAt < end) return false;
    }
    this.take(records, end);
    return true;
  }

  private step(byte: number, delimiter: number, records: RawRecord[]): void {
    if (byte === delimiter) this.state = State.FieldStart;
    else if (this.state === State.FieldStart) this.state = byte === QUOTE ? State.Quoted : State.Unquoted;
    else if (this.state === State.AfterQuote) {
      if (byte === QUOTE) this.state = State.Quoted;
      else if (byte !== CR && byte !== SPACE) {
        if (this.firstBreak >= 0 && this.rescans++ < MAX_RESCANS) {
          this.rejectFirstLine(records, AFTER_QUOTE);
          this.position--; // the caller steps on to the first byte of the next line
        } else this.state = State.Broken;
      }
    }
  }

  private noteBreak(): void {
    if (this.firstBreak < 0) this.firstBreak = this.position;
    this.breaks++;
  }

  /** Ends the present record before `end`. */
  private take(records: RawRecord[], end: number, fault?: string): void {
    const last = end > this.start && this.buffer[end - 1] === CR ? end - 1 : end;
    const bytes = this.buffer.subarray(this.start, last);
    if (bytes.length > 0 || fault) records.push({ line: this.line, bytes, ...(fault ? { fault } : {}) });
    this.begin(end + 1, this.line + this.breaks + 1);
  }

  private rejectFirstLine(records: RawRecord[], fault: string): void {
    records.push({ line: this.line, bytes: this.buffer.subarray(this.start, this.firstBreak), fault });
    this.begin(this.firstBreak + 1, this.line + 1);
  }

  private tooLong(records: RawRecord[]): void {
    if (this.state === State.Quoted && this.firstBreak >= 0 && this.rescans++ < MAX_RESCANS) {
      this.rejectFirstLine(records, UNCLOSED);
      return;
    }
    records.push({ line: this.line, bytes: this.buffer.subarray(this.start, this.start + 2_000), fault: TOO_LONG });
    this.skipping = true;
    this.start = this.position;
  }

  private endSkipping(): void {
    this.skipping = false;
    this.begin(this.position + 1, this.line + this.breaks + 1);
    this.position--; // the caller steps on to the first byte of the next line
  }

  private begin(start: number, line: number): void {
    this.start = this.position = start;
    this.line = line;
    this.breaks = 0;
    this.firstBreak = -1;
    this.state = State.FieldStart;
  }
}

const UNCLOSED = 'a quote is opened in this row and never closed';
const AFTER_QUOTE = 'there is text after a closing quote; write a quote inside a quoted value twice';
const TOO_LONG = `the row is longer than ${MAX_RECORD_BYTES / 1024 / 1024} MB`;

export const lineFeed = LF;
export const carriageReturn = CR;
