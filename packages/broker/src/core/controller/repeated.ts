/** The values that occur more than once. */
export function repeated(values: Iterable<string>): ReadonlySet<string> {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) again.add(value);
    seen.add(value);
  }
  return again;
}
