import { int64, json, sessionWindowed, string } from '@nagare/serdes';
import { SessionWindows, StreamsBuilder, type Topology } from '@nagare/streams';

/** Somebody looked at a page. */
export interface PageView {
  readonly page: string;
}

export interface User {
  readonly name: string;
  readonly country: string;
}

/** The pages that a user looked at without a long pause. */
export interface Visit extends User {
  readonly pages: readonly string[];
}

/** The topics of the pipeline. A prefix keeps the runs on one cluster apart. */
export function topicsOf(prefix: string) {
  return {
    /** Page views by user id, with the time at which they happened. */
    views: `${prefix}page-views`,
    /** Users by id. */
    users: `${prefix}users`,
    /** Visits by user id and session. */
    visits: `${prefix}visits`,
    /** How many visits there were, by country. */
    countries: `${prefix}visits-by-country`,
  } as const;
}

export type Topics = ReturnType<typeof topicsOf>;

export const viewSerde = json<PageView>();
export const userSerde = json<User>();
export const visitSerde = json<Visit>();
export const visitKeySerde = sessionWindowed(string);

/** Visits that end after half an hour without a view, and their number by country. */
export function pageViewSessions(topics: Topics): Topology {
  const builder = new StreamsBuilder();
  const users = builder.table(topics.users, { key: string, value: userSerde, store: 'users' });

  const visits = builder
    .stream(topics.views, { key: string, value: viewSerde })
    .join(users, ({ page }, user): Visit => ({ ...user, pages: [page] }))
    .groupByKey({ key: string, value: visitSerde })
    .windowedBy(SessionWindows.ofInactivityGapAndGrace('30m', '1h'))
    .reduce((visit, { pages, ...user }) => ({ ...user, pages: [...visit.pages, ...pages] }), { store: 'visits' });
  visits.toStream().to(topics.visits);

  // A view that comes late may make one visit of two: the table takes both back, and their country counts one less.
  visits
    .groupBy(({ key }, { country }) => [country, key], { name: 'by-country', key: string, value: string })
    .count({ store: 'visits-by-country' })
    .toStream()
    .to(topics.countries, { value: int64 });

  return builder.build();
}
