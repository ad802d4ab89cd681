import * as streams from '@nagare/streams';

/** Says that the DSL lacks what a topology uses. */
export class NotThere extends Error {
  readonly what: string;

  constructor(what: string) {
    super(`not there: ${what}`);
    this.name = 'NotThere';
    this.what = what;
  }
}

type Callable = (...args: unknown[]) => unknown;

/**
 * Calls a method by name.
 *
 * Topologies are data, so that their types are not known; a method that is missing is told apart from one that fails.
 */
export function call(target: unknown, method: string, ...args: unknown[]): unknown {
  const found = (target as Readonly<Record<string, Callable | undefined>>)[method];
  if (typeof found !== 'function') throw new NotThere(`${(target as object).constructor.name}.${method}`);
  return found.apply(target, args);
}

/** An export of the package by name. */
export function exported(name: string): unknown {
  const found = (streams as Readonly<Record<string, unknown>>)[name];
  if (found === undefined) throw new NotThere(name);
  return found;
}
