import { adviceOn } from '../channels/template.js';
import { DomainError } from '../common/domain-error.js';

interface Named {
  readonly name: string;
  readonly language: string;
}

export class TemplateNotApprovedError extends DomainError {
  constructor(
    { name, language }: Named,
    channel: { readonly id: string; readonly name: string },
    { status, reason, notedAt }: { status: string; reason: string | null; notedAt: Date },
  ) {
    const detail =
      `Template "${name}" (${language}) is ${status} on channel "${channel.name}": ${adviceOn(status)}` +
      `${reason === null || reason === '' || reason === 'NONE' ? '' : ` Its provider says: ${reason}.`}` +
      ` So it was at ${notedAt.toISOString()}; POST /api/channels/:id/templates/sync reads it anew.`;
    super('conflict', 'template_not_approved', detail, {
      errors: [{ pointer: '/content/name', detail }],
      params: { channelId: channel.id, templateStatus: status },
    });
  }
}

export class TemplateUnknownError extends DomainError {
  constructor(
    { name, language }: Named,
    channel: { readonly id: string; readonly name: string },
    languages: readonly string[],
    syncedAt: Date,
  ) {
    const isLanguage = languages.length > 0;
    const what = isLanguage
      ? `Template "${name}" is not there in ${language} on channel "${channel.name}", but in ${languages.join(', ')}.`
      : `There is no template "${name}" on channel "${channel.name}".`;
    const detail =
      `${what} So its provider said at ${syncedAt.toISOString()}; GET /api/channels/:id/templates lists what there ` +
      'is, POST …/templates/sync reads it anew.';
    super('conflict', 'template_unknown', detail, {
      errors: [{ pointer: isLanguage ? '/content/language' : '/content/name', detail }],
      params: { channelId: channel.id, languages },
    });
  }
}
