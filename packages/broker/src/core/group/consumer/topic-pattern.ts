import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import type { ClusterView } from './cluster-view.ts';
import { orderedNames } from './consumer-member.ts';

const require = createRequire(import.meta.url);
let engine: typeof RE2JS | undefined;

/** More than that, in UTF-16 units, is no pattern for names of at most 249. */
const patternLengthMax = 4_096;
/** The most that a pattern may become when its repetitions are written out: RE2 compiles them that way. */
const expandedLengthMax = 16_384;

/**
 * A pattern of RE2 that names topics, matched in a time that is linear in their length whatever the pattern is. It must
 * fit the whole name.
 */
export class TopicPattern {
  readonly #pattern: RE2JS;
  /** Names that have been looked at; a change of the topics then costs no more than the new ones. */
  #verdicts: ReadonlyMap<string, boolean> = new Map();
  #view: ReadonlyMap<string, unknown> | undefined = undefined;
  #matches: readonly string[] = [];

  private constructor(pattern: RE2JS) {
    this.#pattern = pattern;
  }

  /** The pattern, or why it is none. */
  static compile(source: string): TopicPattern | string {
    if (source.length > patternLengthMax || expandedLength(source) > expandedLengthMax) return 'it is too large';
    engine ??= (require('re2js') as typeof import('re2js')).RE2JS;
    try {
      return new TopicPattern(engine.compile(source));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Whether it fits the whole of a name. */
  fits(name: string): boolean {
    return this.#pattern.matches(name);
  }

  /** The names that it fits, in order. */
  matches({ topicsByName }: ClusterView): readonly string[] {
    if (this.#view !== topicsByName) {
      const verdicts = new Map<string, boolean>();
      for (const name of topicsByName.keys()) {
        verdicts.set(name, this.#verdicts.get(name) ?? this.fits(name));
      }
      this.#verdicts = verdicts;
      this.#view = topicsByName;
      this.#matches = orderedNames([...verdicts.keys()].filter((name) => verdicts.get(name)));
    }
    return this.#matches;
  }
}

/** The length of a pattern with its counted repetitions written out: `(ab){3}` counts 6. Never too low. */
export function expandedLength(source: string): number {
  const outer: number[] = [];
  let total = 0;
  let last = 0;
  for (let at = 0; at < source.length; ) {
    const token = tokenAt(source, at);
    at += token.length;
    if (token === '(') {
      outer.push(total);
      total = 0;
    } else if (token === ')') {
      last = total;
      total += outer.pop() ?? 0;
    } else if (token.startsWith('{')) {
      const times = Number(token.match(/\d+(?=\}$)/)?.[0] ?? token.match(/\d+/)?.[0] ?? 1);
      total += last * Math.max(times - 1, 0);
      last *= Math.max(times, 1);
    } else {
      last = token.length;
      total += last;
    }
  }
  return outer.reduce((sum, size) => sum + size, total);
}

/** An escape, a quotation, a class, a counted repetition, or one character. */
const tokenPattern = /\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|./sy;

function tokenAt(source: string, at: number): string {
  tokenPattern.lastIndex = at;
  return tokenPattern.exec(source)?.[0] ?? source.slice(at);
}

/** Patterns that stay compiled: more than the groups of one shard use at a time. */
const patternsMax = 256;

/** Compiled patterns by their source. */
export class TopicPatterns {
  readonly #patterns = new Map<string, TopicPattern>();

  /** The pattern, or why it is none. */
  get(source: string): TopicPattern | string {
    const pattern = this.#patterns.get(source) ?? TopicPattern.compile(source);
    if (typeof pattern === 'string') return pattern;
    this.#patterns.delete(source);
    this.#patterns.set(source, pattern);
    if (this.#patterns.size > patternsMax) this.#patterns.delete(this.#patterns.keys().next().value as string);
    return pattern;
  }
}
