import { apis, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import { kraftVersionFeature, supportedFeatures } from '../core/controller/features.ts';
import type { BrokerServices } from './context.ts';
import { defineHandler, type Handler } from './define-handler.ts';

type Request = RequestOf<typeof apis.apiVersions>;
type Response = ResponseDraftOf<typeof apis.apiVersions>;

/** What a client may call itself (KIP-511). */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

/** Tells which API keys and versions the broker speaks: those of the registry that this handler is part of. */
export function apiVersionsHandler(handlers: () => Iterable<Handler>): Handler {
  return defineHandler(apis.apiVersions, {
    handle(request, { version, broker }): Response {
      const isNamed = softwareName.test(request.clientSoftwareName) && softwareName.test(request.clientSoftwareVersion);
      if (isForAnother(request, broker)) return { errorCode: errorCode.REBOOTSTRAP_REQUIRED, apiKeys: [] };
      if (version >= 3 && !isNamed) return { errorCode: errorCode.INVALID_REQUEST, apiKeys: [] };
      const apiKeys = [...handlers()].map(({ api, advertised }) => {
        const { min, max } = advertised ?? api.versions;
        return { apiKey: api.key, minVersion: min, maxVersion: max };
      });
      const { kraftVersion } = broker.controller;
      const features = [...broker.image().features, [kraftVersionFeature, kraftVersion] as const];
      return {
        errorCode: errorCode.NONE,
        apiKeys,
        // Clients before version 4 cannot read a feature whose range begins at 0 (KAFKA-17011).
        supportedFeatures: supportedFeatures.filter(({ minVersion }) => version >= 4 || minVersion > 0),
        finalizedFeaturesEpoch: broker.controller.committedOffset,
        finalizedFeatures: features
          .filter(([, level]) => level > 0)
          .map(([name, level]) => ({
            name,
            minVersionLevel: level,
            maxVersionLevel: level,
          })),
      };
    },
  });
}

/** Whether the client means a broker of another cluster, or another one of this: its address book is stale (KIP-1242). */
function isForAnother({ clusterId, nodeId }: Request, broker: BrokerServices): boolean {
  if (clusterId === null && nodeId < 0) return false;
  return clusterId !== broker.clusterId || nodeId !== broker.nodeId;
}
