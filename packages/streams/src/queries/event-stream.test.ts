import type { HttpSink, HttpStream, Timers } from '@nagare/base';
import { describe, expect, test } from 'vitest';
import { observing } from '../rx.ts';
import { streamChanges } from './event-stream.ts';

interface Change {
  readonly key: string;
  readonly window: undefined;
  readonly value: number;
}

/** A reader, who takes as much as the test says, and what changes. */
function reader() {
  const wakes = new Set<() => void>();
  const timers: Timers = {
    after: (_delayMs, wake) => {
      wakes.add(wake);
      return { cancel: () => void wakes.delete(wake) };
    },
    soon: (run) => run(),
  };
  let next: (change: Change) => void = () => undefined;
  let complete: () => void = () => undefined;
  let isObserved = false;
  const changes = observing<Change>((onNext, onComplete) => {
    next = onNext;
    complete = onComplete;
    isObserved = true;
    return () => {
      isObserved = false;
    };
  });
  const state = { room: Number.POSITIVE_INFINITY, text: '', hasEnded: false };
  const sink: HttpSink = {
    write: (text) => {
      state.text += text;
      state.room -= 1;
      return state.room > 0;
    },
    end: () => {
      state.hasEnded = true;
    },
    onDrain: () => undefined,
    onClose: () => undefined,
  };
  (streamChanges(changes, timers) as HttpStream).open(sink);
  return {
    state,
    sink,
    change: (key: string, value: number) => next({ key, window: undefined, value }),
    complete: () => complete(),
    isObserved: () => isObserved,
    wake: () => {
      for (const each of [...wakes]) {
        wakes.delete(each);
        each();
      }
    },
    timers: wakes,
    events: () =>
      [...state.text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, event, data]) => [
        event,
        JSON.parse(String(data)),
      ]),
  };
}

describe('a stream of changes', () => {
  test('gives a slow reader the last change of each key when there is room', () => {
    const { state, sink, change, events } = reader();
    state.room = 1;
    change('a', 1);
    for (const value of [2, 3]) {
      change('a', value);
      change('b', value);
    }
    change('a', 4);
    expect(events()).toHaveLength(1);
    state.room = 2;
    sink.onDrain();
    state.room = 9;
    sink.onDrain();
    change('c', 1);
    expect(events().map(([, { key, value }]) => [key, value])).toEqual([
      ['a', 1],
      ['b', 3],
      ['a', 4],
      ['c', 1],
    ]);
  });

  test('lets a reader go that too many keys wait for, and says why', () => {
    const { state, change, events, isObserved, timers } = reader();
    state.room = 1;
    for (let key = 0; key <= 10_001; key += 1) change(`k${key}`, 1);
    expect(events().map(([event]) => event)).toEqual(['change', 'overflow']);
    expect([state.hasEnded, isObserved(), timers.size]).toEqual([true, false, 0]);
  });

  test('says when the application has ended', () => {
    const { state, complete, events } = reader();
    complete();
    expect(events()).toEqual([['end', {}]]);
    expect(state.hasEnded).toBe(true);
  });

  test('shows that it is alive, and stops when the reader is gone', () => {
    const { state, sink, wake, timers, isObserved } = reader();
    wake();
    wake();
    expect(state.text).toBe(': changes\n\n: alive\n\n: alive\n\n');
    sink.onClose();
    expect([timers.size, isObserved()]).toEqual([0, false]);
  });
});
