import { expect, test } from 'vitest';
import { RequestOrder } from './request-order.ts';

function setup() {
  const order = new RequestOrder<object>();
  const acted: string[] = [];
  return {
    acted,
    connection: {},
    /** Sends a request that may have to wait, and that notes when it acts. */
    send(connection: object, name: string, wait?: Promise<void>, answer: () => unknown = () => name) {
      const prepare = () => (wait === undefined ? name : wait.then(() => name));
      return order.run(connection, prepare, (prepared) => {
        acted.push(prepared);
        return answer();
      });
    },
  };
}

test('a request that waits for nothing acts at once', () => {
  const { send, connection, acted } = setup();
  expect(send(connection, 'a')).toBe('a');
  expect(acted).toEqual(['a']);
});

test('requests of a connection act in their order, those of others do not wait', async () => {
  const { send, connection, acted } = setup();
  let open = () => {};
  const first = send(
    connection,
    'first',
    new Promise<void>((resolve) => {
      open = resolve;
    }),
  );
  const second = send(connection, 'second');
  send({}, 'other');
  expect(acted).toEqual(['other']);
  open();
  expect(await Promise.all([first, second])).toEqual(['first', 'second']);
  expect(acted).toEqual(['other', 'first', 'second']);
  expect(send(connection, 'third')).toBe('third');
});

test('a request waits until the one before has acted, not until it is answered', async () => {
  const { send, connection } = setup();
  const never = new Promise(() => {});
  void send(connection, 'first', Promise.resolve(), () => never);
  expect(await send(connection, 'second')).toBe('second');
});

test('a request that fails does not hold up those behind it', async () => {
  const { send, connection } = setup();
  const fails = () => {
    throw new Error('not this one');
  };
  const first = send(connection, 'first', Promise.resolve(), fails);
  const second = send(connection, 'second');
  await expect(first).rejects.toThrow('not this one');
  expect(await second).toBe('second');
});
