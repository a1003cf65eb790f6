import { DomainError } from '../../common/domain-error.js';

/** The file as a whole cannot be read; the message says why and what would be right. */
export class FileRefused extends DomainError {
  constructor(message: string, pointer = '/file') {
    super('invalid', 'file_refused', message, { errors: [{ pointer, detail: message }] });
    this.name = 'FileRefused';
  }
}
