import { json, string, windowed } from '@nagare/serdes';
import { StreamsBuilder, Suppressed, TimeWindows, type Topology } from '@nagare/streams';

export interface Payment {
  readonly cents: number;
  readonly country: string;
}

/** What was paid with a card in one window. */
export interface Spending {
  readonly payments: number;
  readonly cents: number;
  readonly countries: readonly string[];
}

export interface Alert extends Spending {
  readonly reasons: readonly string[];
}

/** The topics of the pipeline. A prefix keeps the runs on one cluster apart. */
export function topicsOf(prefix: string) {
  return {
    /** Payments by card, with the time at which they were made. */
    payments: `${prefix}payments`,
    /** Alerts by card and window: one at most. */
    alerts: `${prefix}alerts`,
  } as const;
}

export type Topics = ReturnType<typeof topicsOf>;

export const paymentSerde = json<Payment>();
export const spendingSerde = json<Spending>();
export const alertSerde = json<Alert>();
export const windowMs = 10 * 60_000;
export const alertKeySerde = windowed(string, windowMs);

const rules: readonly (readonly [reason: string, isBroken: (spending: Spending) => boolean])[] = [
  ['many payments', ({ payments }) => payments > 5],
  ['much money', ({ cents }) => cents > 100_000],
  ['two places at once', ({ countries }) => countries.length > 1],
];

/** The reasons to look at a card: none for most. */
export function suspicions(spending: Spending): string[] {
  return rules.flatMap(([reason, isBroken]) => (isBroken(spending) ? [reason] : []));
}

/** Adds up what each card pays in ten minutes, and when these are over, tells of cards that break a rule. */
export function fraudDetection(topics: Topics): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(topics.payments, { key: string, value: paymentSerde })
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeAndGrace(windowMs, '1m'))
    .aggregate(
      (): Spending => ({ payments: 0, cents: 0, countries: [] }),
      (_, { cents, country }, sum) => ({
        payments: sum.payments + 1,
        cents: sum.cents + cents,
        countries: [...new Set([...sum.countries, country])],
      }),
      { store: 'spending', value: spendingSerde },
    )
    .suppress(Suppressed.untilWindowCloses({ name: 'whole-windows' }))
    .toStream()
    .flatMapValues((spending): Alert[] => {
      const reasons = spending === null ? [] : suspicions(spending);
      return spending === null || reasons.length === 0 ? [] : [{ ...spending, reasons }];
    })
    .to(topics.alerts, { value: alertSerde });
  return builder.build();
}
