import { describe, expect, it } from 'vitest';
import type { DomainError } from '../common/domain-error.js';
import { contentFault } from './providers/content-fault.js';
import type { MessageContent } from './providers/message-content.js';
import { refuseUnsupported } from './supported-content.js';

const UPLOADED: MessageContent = { type: 'image', mediaId: '1' };

const channelOf = (name: string, sendsAll: boolean) => ({
  name,
  contentFault: (content: MessageContent) => (sendsAll ? undefined : contentFault({ name: 'waha' }, content)),
});
const cloud = channelOf('Ventas', true);
const web = channelOf('Web', false);

function refusalOf(channels: readonly (typeof cloud)[], content: MessageContent): DomainError | undefined {
  try {
    refuseUnsupported(channels, content, '/messages/3/content');
    return undefined;
  } catch (error) {
    return error as DomainError;
  }
}

describe('a content that meets channels', () => {
  it('goes where all of them can send it', () => {
    expect(refusalOf([cloud, web], { type: 'text', text: 'Hola' })).toBeUndefined();
    expect(refusalOf([cloud, web], { type: 'image', url: 'https://example.com/a.png' })).toBeUndefined();
    expect(refusalOf([cloud], UPLOADED)).toBeUndefined();
  });

  it('is refused for the first that cannot, with its name and where it stands', () => {
    const refusal = refusalOf([cloud, web], { type: 'interactive', interactive: { type: 'button' } });
    expect(refusal).toMatchObject({ kind: 'unprocessable', code: 'content_unsupported' });
    expect(refusal?.message).toContain('"Web"');
    expect(refusal?.details.errors?.map(({ pointer }) => pointer)).toEqual(['/messages/3/content']);
  });

  it('is refused over several channels when it is a file that one of them was given', () => {
    const refusal = refusalOf([cloud, channelOf('Soporte', true)], UPLOADED);
    expect(refusal?.details.errors?.[0]).toMatchObject({
      pointer: '/messages/3/content/mediaId',
      detail: expect.stringContaining('give the url'),
    });
  });
});
