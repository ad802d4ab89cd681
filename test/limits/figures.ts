import { appendFileSync } from 'node:fs';

/** One line of the table of limits. */
export interface Figure {
  readonly limit: string;
  readonly measured: string;
  readonly goal: string;
}

/** Keeps a figure for the table, when `pnpm limits` asks for one. */
export function note(figure: Figure): void {
  const path = process.env.NAGARE_LIMITS_OUT;
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(figure)}\n`);
}

/** A whole number with its thousands apart. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Bytes as MiB with one decimal. */
export function mib(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** How often something is done: fewer times in the tier, as often as the goal says for the table. */
export function timesOf(variable: string, usual: number): number {
  const text = process.env[variable];
  return text === undefined ? usual : Number(text);
}
