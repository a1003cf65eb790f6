import { DomainError } from '../common/domain-error.js';

export class NothingToUploadToError extends DomainError {
  constructor(channelName: string) {
    super(
      'conflict',
      'uploads_not_taken',
      `The provider of channel "${channelName}" takes no uploads; give the url of the file in the content instead.`,
    );
  }
}

export class MediaRefusedError extends DomainError {
  constructor(providerCode: string, reason: string) {
    super('unprocessable', 'media_refused', reason, {
      params: { providerCode },
      errors: [{ pointer: '/file', detail: reason }],
    });
  }
}

export class MediaUploadFailedError extends DomainError {
  constructor(providerCode: string, reason: string) {
    super('bad-gateway', 'media_upload_failed', `The file may not have arrived: ${reason} Upload it again.`, {
      params: { providerCode },
    });
  }
}
