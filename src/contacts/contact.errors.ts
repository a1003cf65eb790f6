import { DomainError } from '../common/domain-error.js';

export class ContactNotFound extends DomainError {
  constructor(id: string) {
    super('missing', 'contact_not_found', `there is no contact "${id}" in this workspace`);
  }
}

export class ContactExists extends DomainError {
  constructor(phone: string, contactId: string | null) {
    super('conflict', 'contact_exists', `a contact with the number ${phone} exists already`, {
      params: contactId === null ? {} : { contactId },
      errors: [{ pointer: '/phone', detail: 'change the contact that has it, or give another number' }],
    });
  }
}

export class BadPhone extends DomainError {
  constructor(phone: string, reason: string) {
    const shown = phone.length > 40 ? `${phone.slice(0, 40)}…` : phone;
    const detail = `phone "${shown}" ${reason}; write it with country code, as +525512345678`;
    super('invalid', 'bad_phone', detail, { errors: [{ pointer: '/phone', detail }] });
  }
}
