import { type Api, apis, errorCode, type RequestHeader } from '@nagare/protocol';
import type { Answered, Served } from '../host/served.ts';
import { errorAnswer } from './error-answer.ts';
import type { FaultEffect } from './fault-plan.ts';

/** How requests are served and answered where nothing goes wrong. */
export interface Serving {
  readonly serve: (served: Served) => Answered | Promise<Answered>;
  readonly encode: (api: Api, header: RequestHeader, response: object | undefined) => Answered;
}

/** Serves a request in a broker with faults: delays add up, and the first other fault that hits decides. */
export function serveUnderFaults(served: Served, serving: Serving): Answered | Promise<Answered> {
  const { handler, request, context } = served;
  const { faults } = context.broker;
  const effects = faults.effectsOn({ api: handler.api.name, clientId: context.clientId, request });
  const delayMs = effects.reduce((sum, effect) => sum + (effect.kind === 'delay' ? effect.ms : 0), 0);
  const answered = outcome(
    served,
    serving,
    effects.find(({ kind }) => kind !== 'delay'),
  );
  if (delayMs === 0) return answered;
  return Promise.resolve(answered).then((chunks) => faults.hold(delayMs).then(() => chunks));
}

function outcome(served: Served, serving: Serving, effect: FaultEffect | undefined): Answered | Promise<Answered> {
  const { connection, broker } = served.context;
  switch (effect?.kind) {
    case undefined:
    case 'delay':
      return serving.serve(served);
    case 'fail':
      return failed(served, serving, errorCode[effect.error]);
    case 'drop':
      return lost(effect.isServed, served, serving, () => broker.faults.hold());
    case 'disconnect':
      return lost(effect.isServed, served, serving, () => connection.close('fault'));
  }
}

/** The request has taken effect, if it is to, and its answer is lost. */
async function lost(
  isServed: boolean,
  served: Served,
  { serve }: Serving,
  end: () => void | Promise<void>,
): Promise<undefined> {
  if (isServed) await serve(served);
  await end();
  return undefined;
}

/** A Produce with acks=0 has no answer: its failure is told by the end of the connection, as Kafka does. */
function failed({ handler, header, request, context }: Served, { encode }: Serving, code: number): Answered {
  if (handler.api.key === apis.produce.key && (request as { acks: number }).acks === 0) {
    context.connection.close('fault');
    return undefined;
  }
  return encode(handler.api, header, errorAnswer(handler.api, { version: header.apiVersion, request, code }));
}
