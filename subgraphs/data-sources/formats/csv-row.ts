/**
 * Splits one record's text into its values. An unquoted empty value is null, `""` is the empty text; doubled quotes become one.
 * The record has passed `LineSplitter`, so its quotes are in order.
 */
export function splitRow(text: string, delimiter: string): (string | null)[] {
  if (!text.includes('"')) return text.split(delimiter).map((value) => (value === '' ? null : value));
  const values: (string | null)[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      values.push(text.slice(at + 1, end).replaceAll('""', '"'));
      const next = text.indexOf(delimiter, end);
      if (next < 0) return values;
      at = next + 1;
    } else {
      const next = text.indexOf(delimiter, at);
      const value = next < 0 ? text.slice(at) : text.slice(at, next);
      values.push(value === '' ? null : value);
      if (next < 0) return values;
      at = next + 1;
    }
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    if (text[at + 1] !== '"') return at;
    at++;
  }
  return text.length;
}
