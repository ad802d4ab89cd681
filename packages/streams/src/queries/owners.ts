/** What a process of the application has, as the leader of its group told all of them. */
export interface HostTasks {
  /** Where it answers queries: its setting `applicationServer`. */
  readonly server: string;
  readonly active: readonly string[];
  readonly standby: readonly string[];
}

/** Which process has which task, as of the last assignment that this process was given. */
export class Owners {
  #hosts: readonly HostTasks[] = [];
  readonly #active = new Map<string, string>();

  get hosts(): readonly HostTasks[] {
    return this.#hosts;
  }

  /** Where the task runs; undefined while it is on its way, or when its process has no `applicationServer`. */
  activeHost(taskId: string): string | undefined {
    return this.#active.get(taskId);
  }

  standbyHosts(taskId: string): readonly string[] {
    return this.#hosts.filter(({ standby }) => standby.includes(taskId)).map(({ server }) => server);
  }

  update(hosts: readonly HostTasks[]): void {
    this.#hosts = hosts;
    this.#active.clear();
    for (const { server, active } of hosts) for (const taskId of active) this.#active.set(taskId, server);
  }
}
