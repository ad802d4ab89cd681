import { GlobalRows } from '../../core/global-rows.ts';
import type { GlobalTable } from '../../topology/topology.ts';
import type { TestApplication } from './test-application.ts';

/** A global table of an instance: the rows of all partitions of its topic, read from the start. */
export class GlobalReader {
  readonly rows: GlobalRows;
  readonly #application: Pick<TestApplication, 'topics' | 'isolation'>;
  readonly #positions = new Map<number, number>();

  constructor(table: GlobalTable, application: Pick<TestApplication, 'topics' | 'isolation' | 'deserialization'>) {
    this.#application = application;
    this.rows = new GlobalRows(table, application.deserialization, { ordered: true });
    this.update();
  }

  /** Takes what has come since the last call. */
  update(): void {
    const { topics, isolation } = this.#application;
    for (const [partition, log] of topics.logsOf(this.rows.topic).entries()) {
      const from = this.#positions.get(partition) ?? 0;
      const end = log.endFor(isolation);
      if (from >= end) continue;
      this.#positions.set(partition, end);
      this.rows.apply(partition, log.read(from, isolation));
    }
  }
}
