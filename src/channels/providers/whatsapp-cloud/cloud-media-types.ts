import type { MediaUpload } from '../provider-answers.js';

const MIB = 1024 * 1024;

const OFFICE = 'application/vnd.openxmlformats-officedocument';

/** What Meta takes and how large, by the type that a file is said to have. */
const MOST_BYTES: Readonly<Record<string, number>> = {
  'image/jpeg': 5 * MIB,
  'image/png': 5 * MIB,
  'video/mp4': 16 * MIB,
  'video/3gpp': 16 * MIB,
  'audio/aac': 16 * MIB,
  'audio/amr': 16 * MIB,
  'audio/mpeg': 16 * MIB,
  'audio/mp4': 16 * MIB,
  'audio/ogg': 16 * MIB,
  'text/plain': 100 * MIB,
  'application/pdf': 100 * MIB,
  'application/msword': 100 * MIB,
  'application/vnd.ms-excel': 100 * MIB,
  'application/vnd.ms-powerpoint': 100 * MIB,
  [`${OFFICE}.wordprocessingml.document`]: 100 * MIB,
  [`${OFFICE}.spreadsheetml.sheet`]: 100 * MIB,
  [`${OFFICE}.presentationml.presentation`]: 100 * MIB,
};

/** Said here, before a hundred megabytes are on their way to be refused. */
export function uploadFault({
  mimeType,
  bytes,
}: Pick<MediaUpload, 'mimeType' | 'bytes'>): { code: string; reason: string } | undefined {
  const type = mimeType.split(';')[0]!.trim().toLowerCase();
  const most = Object.hasOwn(MOST_BYTES, type) ? MOST_BYTES[type] : undefined;
  if (most === undefined) {
    const known = Object.keys(MOST_BYTES).join(', ');
    return { code: 'media_type', reason: `WhatsApp takes no file of the type ${type}; it takes ${known}.` };
  }
  if (bytes > most) {
    const reason = `The file has ${bytes} bytes; WhatsApp takes at most ${most} of the type ${type}.`;
    return { code: 'media_size', reason };
  }
  return bytes === 0 ? { code: 'media_size', reason: 'The file is empty.' } : undefined;
}
