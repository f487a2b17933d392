import { open } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects, type AsyncBuffer } from 'hyparquet';
import { newId } from '../../kernel/ids';
import type { Logger } from '../../kernel/logger';
import { FILES, LIVE_EVENTS } from './model';
import type { Workspace } from './workspace';

interface Flight {
  origin: string;
  destination: string;
  delay: bigint | number;
  distance: bigint | number;
}

/** Of the file's three million: enough to go on for hours before it begins again. */
const SLICE = { from: 0, rows: 50_000 };
const TICK_MS = 1_000;
const DEPARTURES_A_TICK = 6;

/**
 * Sends real flights as events, some a second, as if they departed now, until the signal aborts. The slice is read once; a tick that fails
 * is tried again with the same event ids, so that none is counted twice.
 */
export async function replayFlights(workspace: Workspace, log: Logger, signal: AbortSignal): Promise<void> {
  const flights = await readSlice();
  let next = 0;
  let pending: FlightEvent[] = [];
  while (!signal.aborted) {
    await workspace.pause(TICK_MS);
    if (signal.aborted) return;
    if (pending.length === 0) {
      const count = Math.max(1, Math.round(DEPARTURES_A_TICK * (0.5 + Math.random())));
      pending = Array.from({ length: count }, () => toEvent(flights[next++ % flights.length]!));
    }
    try {
      await workspace.ask(SEND, { input: { dataset: LIVE_EVENTS.name, events: pending } });
      pending = [];
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'the demonstration could not send its flights; it will try again');
    }
  }
}

const SEND = `mutation($input: IngestEventsInput!) { ingestEvents(input: $input) { accepted userErrors { message } } }`;

type FlightEvent = ReturnType<typeof toEvent>;

function toEvent({ origin, destination, delay, distance }: Flight) {
  const properties = { origin, destination, delay: Number(delay), distance: Number(distance) };
  return { id: newId(), name: 'departure', time: new Date().toISOString(), properties };
}

async function readSlice(): Promise<Flight[]> {
  const handle = await open(FILES.flights.path);
  try {
    const { size } = await handle.stat();
    const file: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const buffer = new Uint8Array(end - start);
        await handle.read(buffer, 0, buffer.length, start);
        return buffer.buffer;
      },
    };
    const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };
    const rows = await parquetReadObjects({
      file,
      compressors,
      columns: ['origin', 'destination', 'delay', 'distance'],
      rowStart: SLICE.from,
      rowEnd: SLICE.from + SLICE.rows,
    });
    return rows as unknown as Flight[];
  } finally {
    await handle.close();
  }
}
