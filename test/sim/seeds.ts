/** The seeds that a run of the simulations goes through: NAGARE_SEED for one, or NAGARE_SEEDS of them from 1. */
export function seedsToRun(countByDefault: number): readonly number[] {
  const { NAGARE_SEED: one, NAGARE_SEEDS: count } = process.env;
  if (one !== undefined) return [Number(one)];
  return Array.from({ length: Number(count ?? countByDefault) }, (_, index) => index + 1);
}
