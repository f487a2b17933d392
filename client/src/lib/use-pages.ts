import { useState } from 'react';

/** Cursors of the Relay pages opened so far; the first page has none. Each page is a query of its own, so that urql can keep them apart. */
export function usePages(): { cursors: (string | undefined)[]; more: (cursor: string) => void } {
  const [cursors, setCursors] = useState<(string | undefined)[]>([undefined]);
  return { cursors, more: (cursor) => setCursors((held) => (held.includes(cursor) ? held : [...held, cursor])) };
}
