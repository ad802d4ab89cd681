import { assert } from '../assert.ts';

/** Replaces a method of a class; the function that it returns puts the original back. */
export function replaceMethod<T extends object, K extends keyof T>(
  target: T,
  name: K,
  replacement: (original: T[K]) => T[K],
): () => void {
  const original = target[name];
  target[name] = replacement(original);
  return () => {
    target[name] = original;
  };
}

/** Replaces a getter of a class, which may call the original. */
export function replaceGetter<T extends object, K extends keyof T>(
  target: T,
  name: K,
  get: (self: T, original: () => T[K]) => T[K],
): () => void {
  const original = Object.getOwnPropertyDescriptor(target, name);
  assert(original?.get !== undefined, `${String(name)} is no getter`);
  const { get: originalGet } = original;
  Object.defineProperty(target, name, {
    ...original,
    get(this: T) {
      return get(this, () => originalGet.call(this) as T[K]);
    },
  });
  return () => {
    Object.defineProperty(target, name, original);
  };
}
