/** The names nearest to what was written, best first, at most three; none that is not near at all. */
export function nearNames(written: string, names: Iterable<string>): string[] {
  const wanted = written.toLowerCase().slice(0, 100);
  const ranked: { name: string; distance: number }[] = [];
  for (const name of names) {
    const lower = name.toLowerCase();
    const contained = lower.length > 2 && wanted.length > 2 && (lower.includes(wanted) || wanted.includes(lower));
    const distance = contained ? 1 : editDistance(wanted, lower.slice(0, 100));
    if (distance <= Math.max(2, Math.floor(wanted.length / 3))) ranked.push({ name, distance });
  }
  return ranked
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** ` Did you mean "a" or "b"?`, or ` Known are: …` when nothing is near. */
export function hint(suggestions: readonly string[], known: readonly string[]): string {
  if (suggestions.length > 0) return ` Did you mean ${suggestions.map((name) => `"${name}"`).join(' or ')}?`;
  if (known.length === 0) return ' There are none yet.';
  const shown = known.slice(0, 20).join(', ');
  return ` Known are: ${shown}${known.length > 20 ? ', …' : ''}.`;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length]!;
}
