import type { GatewayMapping, MappingWish, MediaMapping } from './gateway-mapping.js';
import { COMMON, PRESETS, SEND_DEFAULTS } from './gateway-presets.js';

/** A mapping in which the path and the bodies of messages may still be missing. */
export type MergedMapping = Omit<GatewayMapping, 'send' | 'media'> & {
  readonly send: Partial<GatewayMapping['send']>;
  readonly media?: Partial<MediaMapping>;
};

/**
 * The preset fills what was not said, member by member of each group; the common shapes fill what is then still open.
 * Own error rules come before the preset's. A group that neither names is one that the service does not have.
 */
export function mergedMapping(own: MappingWish, presetName: string | undefined): MergedMapping {
  const preset = presetName === undefined ? {} : (PRESETS[presetName] ?? {});
  const send = { ...SEND_DEFAULTS, ...preset.send, ...own.send };
  return {
    send,
    media: optional<Partial<MediaMapping>>(mediaDefaults(send.path), preset.media, own.media),
    answer: { ...COMMON.answer, ...preset.answer, ...own.answer },
    errors: [...(own.errors ?? []), ...(preset.errors ?? [])],
    status: optional(COMMON.status, preset.status, own.status),
    restart: optional(COMMON.restart, preset.restart, own.restart),
    qr: optional(COMMON.qr, preset.qr, own.qr),
    webhook: { ...COMMON.webhook, ...preset.webhook, ...own.webhook },
  };
}

/** A file goes where a text goes, unless somebody says otherwise. */
function mediaDefaults(path: string | undefined): Partial<MediaMapping> {
  return { ...(path !== undefined && { path }), types: ['image', 'document', 'video', 'audio'] };
}

function optional<Group extends object>(
  common: Group,
  preset: Partial<Group> | false | undefined,
  own: Partial<Group> | false | undefined,
): Group | undefined {
  if (own === false || (own === undefined && (preset ?? false) === false)) return undefined;
  return { ...common, ...(preset === false ? {} : preset), ...own };
}
