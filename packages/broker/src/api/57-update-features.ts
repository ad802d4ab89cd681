import { apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import { type FeatureChangeType, featureChangeTypes } from '../core/controller/feature-update.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.updateFeatures>;
type Response = ResponseDraftOf<typeof apis.updateFeatures>;

/** Changes the levels that the cluster works at (KIP-584). */
export const handleUpdateFeatures = defineHandler(apis.updateFeatures, {
  async handle(request, { broker, version }) {
    const { error, message } = await broker.controller.updateFeatures({
      updates: request.featureUpdates.map((update) => ({
        name: update.feature,
        level: update.maxVersionLevel,
        type: changeTypeOf(update, version),
      })),
      validateOnly: request.validateOnly,
    });
    return error === 'NONE' ? updated(request) : failed(error, message ?? '');
  },
  refuse: (_, error) => failed(error, error),
});

/** Version 0 knows only whether a downgrade is allowed. */
function changeTypeOf(update: Request['featureUpdates'][number], version: number): FeatureChangeType | undefined {
  if (version === 0) return update.allowDowngrade ? 'safe-downgrade' : 'upgrade';
  return featureChangeTypes[update.upgradeType];
}

function updated({ featureUpdates }: Request): Response {
  return {
    errorCode: errorCode.NONE,
    errorMessage: null,
    results: featureUpdates.map(({ feature }) => ({ feature, errorCode: errorCode.NONE, errorMessage: 'NONE' })),
  };
}

function failed(error: ErrorName, message: string): Response {
  return {
    errorCode: errorCode[error],
    errorMessage: `The update failed for all features since the following feature had an error: ${message}`,
    results: [],
  };
}
