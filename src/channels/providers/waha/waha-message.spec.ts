import { describe, expect, it } from 'vitest';
import { wahaMessage, type WahaContent } from './waha-message.js';

const CHAT = '5215512345678@c.us';

function bodyOf(content: WahaContent): unknown {
  return JSON.parse(wahaMessage('ventas', CHAT, '3EB0A1', content));
}

const COMMON = { session: 'ventas', chatId: CHAT, id: '3EB0A1' };

describe('the body of a send', () => {
  it('of a text names session, chat and the id that the message is to have', () => {
    expect(bodyOf({ type: 'text', text: 'Hola "Ñ"\n👋' })).toEqual({ ...COMMON, text: 'Hola "Ñ"\n👋' });
  });

  it('of an answer quotes the message by the whole id, which every engine understands', () => {
    expect(bodyOf({ type: 'text', text: 'Sí', replyTo: 'AAAA' })).toMatchObject({
      reply_to: `false_${CHAT}_AAAA`,
    });
    expect(bodyOf({ type: 'text', text: 'Sí', replyTo: 'true_1@c.us_AAAA' })).toMatchObject({
      reply_to: 'true_1@c.us_AAAA',
    });
  });

  it('of an image or a document says what the file is and how it is called', () => {
    const url = 'https://cdn.example.com/2026/boleto.PDF?v=2';
    expect(bodyOf({ type: 'document', url, caption: 'Tu boleto' })).toEqual({
      ...COMMON,
      file: { mimetype: 'application/pdf', filename: 'boleto.PDF', url },
      caption: 'Tu boleto',
    });
    expect(bodyOf({ type: 'document', url, fileName: 'lista.xlsx' })).toMatchObject({
      file: {
        mimetype: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        filename: 'lista.xlsx',
      },
    });
    expect(bodyOf({ type: 'image', url: 'https://cdn.example.com/i/' })).toEqual({
      ...COMMON,
      file: { mimetype: 'image/jpeg', url: 'https://cdn.example.com/i/' },
    });
  });

  it('decodes the name of a file, and takes one that cannot be decoded as it is', () => {
    const nameOf = (url: string) => (bodyOf({ type: 'document', url }) as { file: object }).file;
    expect(nameOf('https://cdn.example.com/Bolet%C3%ADn%202.pdf')).toMatchObject({
      filename: 'Boletín 2.pdf',
    });
    expect(nameOf('https://cdn.example.com/50%.pdf')).toMatchObject({ filename: '50%.pdf' });
  });

  it('of a video has a caption even when there is none: WAHA would write one of its own', () => {
    expect(bodyOf({ type: 'video', url: 'https://cdn.example.com/a.mp4' })).toEqual({
      ...COMMON,
      file: { mimetype: 'video/mp4', filename: 'a.mp4', url: 'https://cdn.example.com/a.mp4' },
      caption: '',
      convert: false,
    });
    expect(bodyOf({ type: 'video', url: 'https://cdn.example.com/a.mov' })).toMatchObject({ convert: true });
    expect(bodyOf({ type: 'video', url: 'https://cdn.example.com/v/' })).toMatchObject({
      file: { filename: 'video.mp4' },
    });
  });

  it('of a voice message has it converted unless it is Opus already', () => {
    const ogg = 'https://cdn.example.com/a.ogg';
    expect(bodyOf({ type: 'audio', url: ogg })).toEqual({
      ...COMMON,
      file: { mimetype: 'audio/ogg; codecs=opus', url: ogg },
      convert: false,
    });
    expect(bodyOf({ type: 'audio', url: 'https://cdn.example.com/a.mp3' })).toMatchObject({ convert: true });
  });
});
