import { describe, expect, it } from 'vitest';
import { contentFault, unsupportedContent } from './content-fault.js';
import type { MessageContent } from './message-content.js';

const INTERACTIVE: MessageContent = { type: 'interactive', interactive: { type: 'button' } };
const UPLOADED: MessageContent = { type: 'image', mediaId: '1' };
const MARKETING: MessageContent = { type: 'template', name: 'a', language: 'es', marketing: {} };

describe('a provider that says nothing of contents', () => {
  it.each<MessageContent>([
    { type: 'text', text: 'Hola', replyTo: 'a' },
    { type: 'template', name: 'a', language: 'es' },
    { type: 'audio', url: 'https://example.com/a.ogg' },
  ])('sends the common ones: %j', (content) => {
    expect(contentFault({ name: 'waha' }, content)).toBeUndefined();
  });

  it.each([
    [INTERACTIVE, 'send a text'],
    [UPLOADED, 'give the url'],
    [MARKETING, 'leave out marketing'],
  ])('refuses the others and says what would go: %j', (content, advice) => {
    expect(contentFault({ name: 'waha' }, content)).toContain(advice);
    expect(unsupportedContent('waha', content)).toMatchObject({
      kind: 'rejected',
      failureClass: 'permanent_message',
      code: 'unsupported_content',
      reason: expect.stringMatching(/^waha .*\.$/),
    });
  });
});

describe('a provider that says what it can send', () => {
  it('is asked', () => {
    const provider = { name: 'x', contentFault: ({ type }: MessageContent) => `x sends no ${type}` };
    expect(contentFault(provider, { type: 'text', text: 'a' })).toBe('x sends no text');
    expect(contentFault({ name: 'y', contentFault: () => undefined }, INTERACTIVE)).toBeUndefined();
  });
});
