import { DomainError } from '../../common/domain-error.js';

export class ImportNotFound extends DomainError {
  constructor(id: string) {
    super('missing', 'import_not_found', `there is no import "${id}" in this workspace`);
  }
}

export class ImportFinished extends DomainError {
  constructor(id: string, status: string) {
    super('conflict', 'import_finished', `import "${id}" is ${status} already and cannot be cancelled`);
  }
}

export class FileTooLarge extends DomainError {
  constructor(maxBytes: number) {
    super('too-large', 'file_too_large', `the file is larger than ${maxBytes} bytes; split it`, {
      errors: [{ pointer: '/file', detail: `at most ${maxBytes} bytes` }],
    });
  }
}

export class BadImportOption extends DomainError {
  constructor(field: string, detail: string) {
    super('invalid', 'validation_failed', detail, { errors: [{ pointer: `/${field}`, detail }] });
  }
}
