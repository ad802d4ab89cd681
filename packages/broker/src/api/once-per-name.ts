/**
 * Describes names in their order, each once: who names one again and again gets the same description as often, and not
 * the work and the memory of making it.
 */
export function oncePerName<Description>(
  names: readonly string[],
  describe: (name: string) => Description,
): Description[] {
  const known = new Map<string, Description>();
  return names.map((name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const description = describe(name);
    known.set(name, description);
    return description;
  });
}
