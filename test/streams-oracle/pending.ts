/**
 * What the DSL does not have yet, as the interpreter says it. Topologies that use it are compared once it is there; a name
 * that nothing misses any more fails the tier until it is gone from here.
 */
export const pending: readonly string[] = [];
