/** A share of tasks that is being filled. */
export interface Share {
  readonly name: string;
  /** What counts as its load before it gets any. */
  readonly load: number;
  /** How many of the tasks it has already: of equal loads the one that has more gets more, so that less moves. */
  readonly has: number;
}

/** How many of `count` tasks each gets when they go, one by one, to whoever has the least load. */
export function quotas(shares: readonly Share[], count: number): Map<string, number> {
  const given = new Map(shares.map(({ name }) => [name, 0]));
  const countOf = ({ name }: Share) => given.get(name) as number;
  for (let left = count; left > 0; left -= 1) {
    let least = shares[0] as Share;
    for (const share of shares.slice(1)) {
      const difference = share.load + countOf(share) - (least.load + countOf(least));
      const wants = share.has - countOf(share) - (least.has - countOf(least));
      if (difference < 0 || (difference === 0 && wants > 0)) least = share;
    }
    given.set(least.name, countOf(least) + 1);
  }
  return given;
}
