import { table } from '@nagare/example-kit';
import type { Outcome } from './outcome.ts';

const windowsShown = 12;

/** The tables at the end of a run. */
export function report(outcome: Outcome): string {
  return [summary(outcome), rejections(outcome), topSkus(outcome), revenue(outcome)].join('\n\n');
}

/** The last line of a run. */
export function verdict(
  { orders, shipped, rejected, lost, duplicated }: Outcome,
  { kills, seconds }: { readonly kills: number; readonly seconds: number },
): string {
  const killed = kills === 0 ? '' : ` killed=${kills}`;
  return `orders=${orders} shipped=${shipped} rejected=${rejected}${killed} lost=${lost} duplicated=${duplicated} seconds=${seconds.toFixed(1)}`;
}

const count = (value: number) => value.toLocaleString('en-US');
const money = (cents: number) => (cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2 });

function summary({ orders, shipped, rejected }: Outcome): string {
  return table(
    ['', 'orders'],
    [
      ['read', count(orders)],
      ['shipped', count(shipped)],
      ['rejected', count(rejected)],
    ],
  );
}

function rejections({ rejectedByReason }: Outcome): string {
  const rows = [...rejectedByReason].sort(([, a], [, b]) => b - a);
  return table(
    ['rejected because', 'orders'],
    rows.map(([reason, orders]) => [reason, count(orders)]),
  );
}

function topSkus({ unitsBySku }: Outcome): string {
  const rows = [...unitsBySku].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)).slice(0, 10);
  return table(
    ['top ten goods', 'units shipped'],
    rows.map(([sku, units]) => [sku, count(units)]),
  );
}

function revenue({ revenueByMinute }: Outcome): string {
  const all = [...revenueByMinute];
  const shown = all.slice(0, windowsShown).map(([startMs, cents]) => [timeText(startMs), money(cents)]);
  const rest = all.slice(windowsShown);
  if (rest.length > 0)
    shown.push([`${count(rest.length)} more`, money(rest.reduce((sum, [, cents]) => sum + cents, 0))]);
  shown.push(['together', money(all.reduce((sum, [, cents]) => sum + cents, 0))]);
  return table(['minute (UTC)', 'revenue'], shown);
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
