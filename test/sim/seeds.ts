/** The seeds that each of `scenarios` goes through: NAGARE_SEED for one, or NAGARE_SEEDS for all scenarios together. */
export function seedsToRun(options: { readonly byDefault: number; readonly scenarios: number }): readonly number[] {
  const { NAGARE_SEED: one, NAGARE_SEEDS: count } = process.env;
  if (one !== undefined) return [Number(one)];
  const each = Math.ceil(Number(count ?? options.byDefault) / options.scenarios);
  return Array.from({ length: each }, (_, index) => index + 1);
}
