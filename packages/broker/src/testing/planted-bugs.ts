import { ProducerState } from '../core/partition/producer-state.ts';

/** Bugs to put into a broker, each of which some check must find: what shows that the check can see. */
const bugs = {
  /** A retry is appended again, and a gap is not noticed. */
  'no-deduplication': () => replaceMethod(ProducerState.prototype, 'check', () => ({ kind: 'accept' })),
} as const;

export type PlantedBug = keyof typeof bugs;

/** Puts a bug into every broker of this process; the function that it returns takes it out again. */
export function plantBug(bug: PlantedBug): () => void {
  return bugs[bug]();
}

function replaceMethod<T extends object, K extends keyof T>(target: T, name: K, method: T[K]): () => void {
  const original = target[name];
  target[name] = method;
  return () => {
    target[name] = original;
  };
}
