import { int64, string } from '@nagare/serdes';
import { TopologyTestDriver } from '@nagare/streams/testing';
import { expect, test } from 'vitest';
import { pageViewSessions, topicsOf, userSerde, viewSerde, visitKeySerde, visitSerde } from './topology.ts';

const topics = topicsOf('');
const minuteMs = 60_000;

function site() {
  const driver = new TopologyTestDriver(pageViewSessions(topics));
  const users = driver.createInputTopic(topics.users, { key: string, value: userSerde });
  const views = driver.createInputTopic(topics.views, { key: string, value: viewSerde });
  const visits = driver.createOutputTopic(topics.visits, { key: visitKeySerde, value: visitSerde });
  const countries = driver.createOutputTopic(topics.countries, { key: string, value: int64 });
  users.pipeInput('u1', { name: 'Aiko', country: 'Japan' });
  users.pipeInput('u2', { name: 'Rui', country: 'Portugal' });
  return {
    users,
    look: (minute: number, user: string, page: string) => views.pipeInput(user, { page }, minute * minuteMs),
    /** The changes of visits: user, first and last minute, pages; null for a visit that is taken back. */
    changes: () =>
      visits
        .readKeyValuesToList()
        .map(([key, visit]) => [
          key?.key,
          (key?.window.start ?? 0) / minuteMs,
          (key?.window.end ?? 0) / minuteMs,
          visit === null ? null : visit.pages.join(' '),
        ]),
    countries: () => countries.readKeyValuesToMap(),
    visits,
  };
}

test('a visit goes on until half an hour has passed without a view', () => {
  const { look, changes } = site();
  look(0, 'u1', '/');
  look(30, 'u1', '/tea');
  look(61, 'u1', '/');
  expect(changes()).toEqual([
    ['u1', 0, 0, '/'],
    ['u1', 0, 0, null],
    ['u1', 0, 30, '/ /tea'],
    ['u1', 61, 61, '/'],
  ]);
});

test('a late view makes one visit of two, and its country counts one', () => {
  const { look, changes, countries } = site();
  look(0, 'u1', '/');
  look(40, 'u1', '/cart');
  expect(countries()).toEqual(new Map([['Japan', 2]]));
  changes();
  look(20, 'u1', '/tea');
  expect(changes()).toEqual([
    ['u1', 0, 0, null],
    ['u1', 40, 40, null],
    ['u1', 0, 40, '/ /cart /tea'],
  ]);
  expect(countries()).toEqual(new Map([['Japan', 1]]));
});

test('a view that is later than grace changes nothing', () => {
  const { look, changes } = site();
  look(0, 'u1', '/');
  look(100, 'u2', '/');
  changes();
  look(1, 'u1', '/tea');
  expect(changes()).toEqual([]);
});

test('a visit bears the name and country that its user had at the last view', () => {
  const { users, look, visits } = site();
  look(0, 'u1', '/');
  users.pipeInput('u1', { name: 'Aiko', country: 'Estonia' }, 1);
  look(1, 'u1', '/tea');
  expect(visits.readValuesToList().at(-1)).toEqual({ name: 'Aiko', country: 'Estonia', pages: ['/', '/tea'] });
});

test('who is no user visits nothing', () => {
  const { look, changes } = site();
  look(0, 'nobody', '/');
  expect(changes()).toEqual([]);
});
