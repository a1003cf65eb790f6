import { describe, expect, it } from 'vitest';
import { refuseUnstorable } from './storable-text.js';

function refusalOf(json: string): unknown {
  try {
    refuseUnstorable(json, JSON.parse(json));
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a body whose texts cannot be kept', () => {
  it.each([
    [String.raw`{"name":"a\u0000b"}`, '/name'],
    [String.raw`{"attributes":{"ciudad":"\uD800"}}`, '/attributes/ciudad'],
    [String.raw`{"tags":["vip","\udc00\ud800"]}`, '/tags/1'],
    [String.raw`{"attributes":{"\u0000":1}}`, '/attributes'],
    [String.raw`{"a/b~":["\u0000"]}`, '/a~1b~0/0'],
    [String.raw`"\u0000"`, ''],
  ])('is refused with the place: %s', (json, pointer) => {
    expect(refusalOf(json)).toMatchObject({ code: 'validation_failed', details: { errors: [{ pointer }] } });
  });

  it.each([
    ['{"name":"María 😀"}'],
    [String.raw`{"name":"\ud83d\ude00"}`],
    [String.raw`{"name":"the text \\u0000 and \\ud800"}`],
    [String.raw`{"name":"\u00e1"}`],
    ['null'],
  ])('is none of these: %s', (json) => {
    expect(refusalOf(json)).toBeUndefined();
  });
});
