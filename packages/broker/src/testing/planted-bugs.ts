import { coordinatorBugs } from './planted-coordinator-bugs.ts';
import { logBugs } from './planted-log-bugs.ts';

/** Bugs to put into a broker, each of which some check must find: what shows that the check can see. */
const bugs = { ...logBugs, ...coordinatorBugs } as const;

export type PlantedBug = keyof typeof bugs;

/** The names of all of them. */
export const plantedBugs = Object.keys(bugs) as readonly PlantedBug[];

/** Puts a bug into every broker of this process; the function that it returns takes it out again. */
export function plantBug(bug: PlantedBug): () => void {
  return bugs[bug]();
}
