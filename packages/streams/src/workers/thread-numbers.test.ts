import { expect, test } from 'vitest';
import { freeNumber, leaving, threadName } from './thread-numbers.ts';

test('a new thread has the smallest number that is free', () => {
  expect(freeNumber(new Set())).toBe(1);
  expect(freeNumber(new Set([1, 2, 4]))).toBe(3);
});

test('a thread that is replaced keeps its number, unless another has it by now', () => {
  expect(freeNumber(new Set([2]), 4)).toBe(4);
  expect(freeNumber(new Set([1, 4]), 4)).toBe(2);
});

test('the thread with the highest number is removed, so that the next one has its number again', () => {
  expect(leaving([{ number: 1 }, { number: 3 }, { number: 2 }])?.number).toBe(3);
  expect(leaving([])).toBeUndefined();
});

test('threads are named as those of Kafka Streams', () => {
  expect(threadName('shop', 2)).toBe('shop-StreamThread-2');
});
