import { readTable, runOnStage, runThrough, table } from '@nagare/example-kit';
import { payments } from './payments.ts';
import { alertKeySerde, alertSerde, fraudDetection, paymentSerde, topicsOf } from './topology.ts';

const does = 'Finds three frauds among the payments of a morning.';
const clockOf = (ms: number) => new Date(ms).toISOString().slice(11, 16);

await runOnStage({ name: 'fraud-detection', does }, async (stage, signal) => {
  const topics = topicsOf(stage.prefix);
  const messages = payments(1).map(({ card, paidAtMs, ...payment }) => ({
    key: card,
    value: paymentSerde.serialize(topics.payments, payment),
    timestamp: paidAtMs,
  }));
  const inputs = new Map([[topics.payments, messages]]);
  await runThrough(stage, fraudDetection(topics), { inputs, outputs: [topics.alerts], signal });

  const alerts = await readTable(stage.client, topics.alerts, { key: alertKeySerde, value: alertSerde });
  alerts.sort((a, b) => a.key.window.start - b.key.window.start);
  const rows = alerts.map(({ key: { key, window }, value }) => [
    key,
    `${clockOf(window.start)}–${clockOf(window.end)}`,
    value.reasons.join(', '),
    value.countries.join(' '),
    String(value.payments),
    (value.cents / 100).toFixed(2),
  ]);
  return `${table(['card', 'window', 'alert', 'where', 'payments', 'together'], rows, 4)}

payments=${messages.length} alerts=${alerts.length}`;
});
