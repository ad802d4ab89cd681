/** An Avro schema, as the specification writes it in JSON. Declare it `as const` to have its type inferred. */
export type AvroSchema =
  | string
  | readonly unknown[]
  | { readonly type: unknown; readonly [attribute: string]: unknown };

/**
 * The values of an Avro schema that is declared `as const`.
 *
 * A long is a number. A union is the union of its branches as they are while JavaScript can tell them apart; otherwise
 * (two records, two numbers) each value is wrapped in an object whose only property names the branch, as in Avro's JSON.
 *
 * @typeParam S - The schema.
 */
export type AvroValue<S> = Read<S, NamedIn<S>>;

type Read<S, Names> = S extends string
  ? ReadName<S, Names>
  : S extends readonly unknown[]
    ? ReadUnion<S, Names>
    : S extends { readonly type: infer T }
      ? ReadComplex<S, T, Names>
      : never;

type ReadName<S extends string, Names> = S extends keyof Primitives
  ? Primitives[S]
  : [Extract<Names, { readonly name: S }>] extends [never]
    ? unknown
    : Read<Extract<Names, { readonly name: S }>, Names>;

interface Primitives {
  null: null;
  boolean: boolean;
  int: number;
  long: number;
  float: number;
  double: number;
  bytes: Buffer;
  string: string;
}

type ReadComplex<S, T, Names> = T extends 'record'
  ? S extends { readonly fields: infer F extends readonly Field[] }
    ? { readonly [Each in F[number] as Each['name']]: Read<Each['type'], Names> }
    : never
  : T extends 'enum'
    ? S extends { readonly symbols: readonly (infer Symbols)[] }
      ? Symbols
      : never
    : T extends 'array'
      ? S extends { readonly items: infer Items }
        ? readonly Read<Items, Names>[]
        : never
      : T extends 'map'
        ? S extends { readonly values: infer Values }
          ? { readonly [key: string]: Read<Values, Names> }
          : never
        : T extends 'fixed'
          ? Buffer
          : Read<T, Names>;

interface Field {
  readonly name: string;
  readonly type: unknown;
}

/** A union with two branches of one bucket cannot be told apart, so its values are wrapped. */
type ReadUnion<S extends readonly unknown[], Names> =
  IsAmbiguous<S> extends true
    ? {
        [I in keyof S]: S[I] extends 'null' ? null : { readonly [Each in BranchName<S[I]>]: Read<S[I], Names> };
      }[number]
    : { [I in keyof S]: Read<S[I], Names> }[number];

type IsAmbiguous<S extends readonly unknown[], Seen = never> = S extends readonly [infer Head, ...infer Tail]
  ? Bucket<Head> extends Seen
    ? true
    : IsAmbiguous<Tail, Seen | Bucket<Head>>
  : false;

type Bucket<S> = S extends 'int' | 'long' | 'float' | 'double'
  ? 'number'
  : S extends 'null' | 'boolean' | 'string'
    ? S
    : S extends 'bytes' | { readonly type: 'fixed' }
      ? 'buffer'
      : S extends { readonly type: 'enum' }
        ? 'string'
        : S extends { readonly type: 'array' }
          ? 'array'
          : 'object';

type BranchName<S> = S extends string
  ? S
  : S extends { readonly name: infer Name extends string }
    ? Name
    : S extends { readonly type: infer T extends string }
      ? T
      : never;

/** Every record, enum and fixed that is defined in a schema, to be found again by its name. */
type NamedIn<S> = S extends readonly (infer Branch)[]
  ? NamedIn<Branch>
  : S extends { readonly type: 'record'; readonly fields: readonly (infer F)[] }
    ? S | (F extends { readonly type: infer T } ? NamedIn<T> : never)
    : S extends { readonly name: string; readonly type: 'enum' | 'fixed' }
      ? S
      : S extends { readonly items: infer Items }
        ? NamedIn<Items>
        : S extends { readonly values: infer Values }
          ? NamedIn<Values>
          : S extends { readonly type: infer T }
            ? T extends string
              ? never
              : NamedIn<T>
            : never;
