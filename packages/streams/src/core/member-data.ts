/** What a member of an application tells the one that places tasks. */
export interface MemberReport {
  /** How far its state of tasks reaches, running or not: the sum of its offsets in their changelogs. */
  readonly positions: ReadonlyMap<string, number>;
  /** The tasks that it keeps standbys of. */
  readonly keeping: ReadonlySet<string>;
}

/** What a member is told to do besides running the tasks whose partitions it gets. */
export interface MemberOrders {
  /** The tasks whose state it is to keep, warm-ups among them. */
  readonly standby: readonly string[];
  /** Of those the ones that are to be placed anew when it has caught up with them. */
  readonly awaited: readonly string[];
}

const version = 1;
const noReport: MemberReport = { positions: new Map(), keeping: new Set() };
const noOrders: MemberOrders = { standby: [], awaited: [] };

/**
 * Writes a report.
 *
 * @param serial - Another number each time: a group takes no notice of a member that says the same again.
 */
export function encodeReport({ positions, keeping }: MemberReport, serial: number): Buffer {
  const tasks = Object.fromEntries(positions);
  return Buffer.from(JSON.stringify({ version, serial, tasks, keeping: [...keeping] }));
}

/** Reads another member's report. One that cannot be read is like none: the member has nothing. */
export function decodeReport(bytes: Buffer | null): MemberReport {
  const { tasks, keeping } = parse(bytes);
  if (typeof tasks !== 'object' || tasks === null) return noReport;
  const positions = Object.entries(tasks).filter((entry): entry is [string, number] => isPosition(entry[1]));
  return { positions: new Map(positions), keeping: new Set(texts(keeping)) };
}

export function encodeOrders({ standby, awaited }: MemberOrders): Buffer {
  return Buffer.from(JSON.stringify({ version, standby, awaited }));
}

export function decodeOrders(bytes: Buffer | null | undefined): MemberOrders {
  const { standby, awaited } = parse(bytes);
  return Array.isArray(standby) ? { standby: texts(standby), awaited: texts(awaited) } : noOrders;
}

function parse(bytes: Buffer | null | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(String(bytes ?? ''));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isPosition(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
