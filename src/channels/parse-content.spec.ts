import { describe, expect, it } from 'vitest';
import { DomainError } from '../common/domain-error.js';
import { parseContent } from './parse-content.js';

function pointersOf(input: unknown): string[] {
  try {
    parseContent(input);
    return [];
  } catch (error) {
    return ((error as DomainError).details.errors ?? []).map((fault) => fault.pointer);
  }
}

describe('a content', () => {
  it.each([
    { type: 'text', text: 'Hola {{nombre}}' },
    { type: 'template', name: 'aviso_1', language: 'es_MX' },
    { type: 'template', name: `HX${'0a'.repeat(16)}`, language: 'es_MX' },
    { type: 'template', name: 'aviso', language: 'es', components: [{ type: 'body', parameters: [] }] },
    { type: 'image', url: 'https://example.com/a.png', caption: 'a' },
    { type: 'document', url: '{{ticket_url}}', fileName: '{{folio}}.pdf' },
    { type: 'audio', url: 'http://example.com/a.ogg' },
    { type: 'document', mediaId: '1003383421387256', fileName: '{{folio}}.pdf', replyTo: 'wamid.A' },
    { type: 'template', name: 'a', language: 'es', marketing: { productPolicy: 'STRICT' } },
    { type: 'template', name: 'a', language: 'es', marketing: {} },
  ])('is taken as it is: %j', (content) => {
    expect(parseContent(content)).toEqual(content);
  });

  it.each([
    [undefined, ['/content']],
    [[], ['/content']],
    [{ type: 'text' }, ['/content/text']],
    [{ type: 'text', text: ' ' }, ['/content/text']],
    [{ type: 'text', text: 'x'.repeat(4097) }, ['/content/text']],
    [{ type: 'text', text: 'a\0b' }, ['/content/text']],
    [{ type: 'audio', url: 'https://a', caption: 'x' }, ['/content/caption']],
    [{ type: 'template', name: 'Aviso', language: 'español' }, ['/content/name', '/content/language']],
    [{ type: 'template', name: 'a', language: 'es', components: {} }, ['/content/components']],
    [{ type: 'template', name: 'a', language: 'es', components: ['x'] }, ['/content/components/0']],
    [{ type: 'video', url: 'javascript:x' }, ['/content/url']],
    [{ type: 'video' }, ['/content/url']],
    [{ type: 'image', url: 'https://a', mediaId: '1' }, ['/content/mediaId']],
    [{ type: 'text', text: 'a', replyTo: 7 }, ['/content/replyTo']],
    [{ type: 'text', text: 'half \ud800' }, ['/content']],
    [{ type: 'template', name: 'a', language: 'es', replyTo: 'x' }, ['/content/replyTo']],
    [
      {
        type: 'template',
        name: 'a',
        language: 'es',
        marketing: { productPolicy: 'x', activitySharing: 1, y: 1 },
      },
      ['/content/marketing/y', '/content/marketing/productPolicy', '/content/marketing/activitySharing'],
    ],
  ])('is refused with a pointer to each fault: %j', (content, pointers) => {
    expect(pointersOf(content)).toEqual(pointers);
  });

  it('may not have more variables than one row can hold', () => {
    const text = Array.from({ length: 41 }, (_, i) => `{{v${i}}}`).join('');
    expect(pointersOf({ type: 'text', text })).toEqual(['/content']);
  });
});
