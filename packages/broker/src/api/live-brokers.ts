import type { RequestContext } from './context.ts';

/** A broker as answers tell it to clients. */
export interface LiveBroker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** The brokers that clients can talk to, with the addresses that are right for the client who asks. */
export function liveBrokers({ broker, connection }: RequestContext): LiveBroker[] {
  const { nodeId, settings } = broker;
  return [{ nodeId, host: connection.advertised.host, port: connection.advertised.port, rack: settings.brokerRack }];
}
