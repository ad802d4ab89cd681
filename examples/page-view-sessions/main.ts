import { readTable, runOnStage, runThrough, table } from '@nagare/example-kit';
import { int64, string } from '@nagare/serdes';
import { pageViewSessions, topicsOf, type User, userSerde, viewSerde, visitKeySerde, visitSerde } from './topology.ts';

const users: readonly (readonly [id: string, user: User])[] = [
  ['u1', { name: 'Aiko', country: 'Japan' }],
  ['u2', { name: 'Rui', country: 'Portugal' }],
  ['u3', { name: 'Inés', country: 'Portugal' }],
];

/** As they arrive; the view of 9:20 was made on a train, and comes after that of 9:45. */
const views: readonly (readonly [time: string, user: string, page: string])[] = [
  ['09:00', 'u1', '/'],
  ['09:02', 'u2', '/'],
  ['09:05', 'u1', '/tea'],
  ['09:45', 'u1', '/tea/sencha'],
  ['09:20', 'u1', '/tea/bancha'],
  ['09:50', 'u2', '/cups'],
  ['09:52', 'u3', '/tea'],
  ['10:00', 'u1', '/cart'],
  ['10:40', 'u1', '/'],
];

const does = 'Puts page views together to visits, and counts these by country.';
const timeOf = (clock: string) => Date.parse(`2025-03-03T${clock}Z`);
const clockOf = (ms: number) => new Date(ms).toISOString().slice(11, 16);

await runOnStage({ name: 'page-view-sessions', does }, async (stage, signal) => {
  const topics = topicsOf(stage.prefix);
  const inputs = new Map([
    [topics.users, users.map(([key, user]) => ({ key, value: userSerde.serialize(topics.users, user), timestamp: 0 }))],
    [
      topics.views,
      views.map(([time, key, page]) => ({
        key,
        value: viewSerde.serialize(topics.views, { page }),
        timestamp: timeOf(time),
      })),
    ],
  ]);
  const outputs = [topics.visits, topics.countries];
  await runThrough(stage, pageViewSessions(topics), { inputs, outputs, signal });

  const visits = await readTable(stage.client, topics.visits, { key: visitKeySerde, value: visitSerde });
  visits.sort((a, b) => a.key.window.start - b.key.window.start);
  const countries = await readTable(stage.client, topics.countries, { key: string, value: int64 });
  countries.sort((a, b) => b.value - a.value);
  const visitRows = visits.map(({ key: { window }, value: { name, country, pages } }) => [
    `${clockOf(window.start)}–${clockOf(window.end)}`,
    name,
    country,
    pages.join(' '),
  ]);
  const countryRows = countries.map(({ key, value }) => [key, String(value)]);
  return [
    table(['from–to', 'user', 'country', 'pages, as they came'], visitRows, 4),
    table(['country', 'visits'], countryRows),
  ].join('\n\n');
});
