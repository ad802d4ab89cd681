import type { AssignorName } from '../../consumer.ts';
import type { Assignor } from './assignor.ts';
import { cooperativeStickyAssignor } from './cooperative-sticky.ts';
import { rangeAssignor } from './range.ts';
import { roundRobinAssignor } from './round-robin.ts';
import { stickyAssignor } from './sticky.ts';

const makers: Readonly<Record<AssignorName, () => Assignor>> = {
  range: rangeAssignor,
  roundrobin: roundRobinAssignor,
  sticky: stickyAssignor,
  'cooperative-sticky': cooperativeStickyAssignor,
};

/**
 * The assignors that options ask for: built-in ones by name, made anew because they remember.
 *
 * @throws {RangeError} For a name that is none of ours.
 */
export function assignorsFrom(choices: readonly (AssignorName | Assignor)[]): Assignor[] {
  return choices.map((choice) => {
    if (typeof choice !== 'string') return choice;
    const make = makers[choice];
    if (make === undefined) throw new RangeError(`assignors are ${Object.keys(makers).join(', ')}, got ${choice}`);
    return make();
  });
}
