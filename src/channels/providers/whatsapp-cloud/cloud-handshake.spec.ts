import { describe, expect, it } from 'vitest';
import { answerHandshake } from './cloud-handshake.js';

const RIGHT = { 'hub.mode': 'subscribe', 'hub.verify_token': 'two', 'hub.challenge': '1158201444' };

describe("Meta's handshake", () => {
  it('is answered with its challenge when any channel has the token', () => {
    expect(answerHandshake(RIGHT, ['one', 'two'])).toBe('1158201444');
  });

  it.each([
    [{ ...RIGHT, 'hub.verify_token': 'tw' }],
    [{ ...RIGHT, 'hub.verify_token': '' }],
    [{ ...RIGHT, 'hub.verify_token': ['two', 'two'] }],
    [{ ...RIGHT, 'hub.mode': 'unsubscribe' }],
    [{ 'hub.mode': 'subscribe', 'hub.verify_token': 'two' }],
    [{ ...RIGHT, 'hub.challenge': '<script>alert(1)</script>' }],
    [{}],
  ])('is refused otherwise: %j', (query) => {
    expect(answerHandshake(query, ['one', 'two'])).toBeNull();
  });

  it('is refused where no channel has a token', () => {
    expect(answerHandshake(RIGHT, [])).toBeNull();
  });
});
