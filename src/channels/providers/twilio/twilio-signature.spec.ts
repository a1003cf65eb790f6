import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSignedByTwilio } from './twilio-signature.js';

const TOKEN = 'primary-token';
const URL_HERE = 'https://caudal.example.com/webhooks/7?c=12:7:1';

interface Call {
  readonly url?: string | null;
  readonly body?: string;
  readonly signature: string | readonly string[] | undefined;
  readonly token?: string;
}

function signatureOf(text: string, token = TOKEN): string {
  return createHmac('sha1', token).update(text).digest('base64');
}

function isSigned({ url = URL_HERE, body = '', signature, token = TOKEN }: Call): boolean {
  const headers = { 'x-twilio-signature': signature };
  return isSignedByTwilio(token, { headers, rawBody: Buffer.from(body), url });
}

describe("Twilio's signature", () => {
  it('is that of its documentation for the call that it shows', () => {
    const documented = {
      url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
      body: 'Digits=1234&To=%2B18005551212&CallSid=CA1234567890ABCDE&From=%2B12349013030&Caller=%2B12349013030',
      signature: '0/KCTR6DLpKmkAf8muzZqo1nDgQ=',
      token: '12345',
    };
    expect(isSigned(documented)).toBe(true);
    expect(isSigned({ ...documented, body: documented.body.replace('1234&', '1235&') })).toBe(false);
    expect(isSigned({ ...documented, url: 'https://mycompany.com/myapp.php?foo=1&bar=3' })).toBe(false);
    expect(isSigned({ ...documented, token: '12346' })).toBe(false);
  });

  it('covers names in the order of their code units, values as they were before the form, and empty ones', () => {
    const body = 'a=1+2&Z=%C3%B1%F0%9F%91%8B&_=&B=%2B&aB=x';
    expect(isSigned({ body, signature: signatureOf(`${URL_HERE}B+Zñ👋_a1 2aBx`) })).toBe(true);
  });

  it('covers a repeated name once for each different value, in their order', () => {
    const body = 'm=b&m=a&m=b&k=1';
    expect(isSigned({ body, signature: signatureOf(`${URL_HERE}k1mamb`) })).toBe(true);
    expect(isSigned({ body, signature: signatureOf(`${URL_HERE}k1mambmb`) })).toBe(false);
  });

  it('covers an address without parameters alone', () => {
    expect(isSigned({ signature: signatureOf(URL_HERE) })).toBe(true);
    expect(isSigned({ body: 'x=1', signature: signatureOf(URL_HERE) })).toBe(false);
  });

  it.each([
    ['https://a.example/w?x=1', 'https://a.example:443/w?x=1'],
    ['https://a.example:443/w?x=1', 'https://a.example/w?x=1'],
    ['https://a.example:8443/w?x=1', 'https://a.example/w?x=1'],
    ['https://a.example:8443/w?x=1', 'https://a.example:8443/w?x=1'],
    ['http://a.example/w', 'http://a.example:80/w'],
    ['http://a.example', 'http://a.example:80'],
    ['https://[2001:db8::1]/w', 'https://[2001:db8::1]:443/w'],
    ['https://a.example/w?to=b:9', 'https://a.example:443/w?to=b:9'],
  ])('over %s is taken where it was written as %s', (url, signed) => {
    expect(isSigned({ url, signature: signatureOf(signed) })).toBe(true);
  });

  it('is not taken over another host, scheme, path or port of its choice', () => {
    const url = 'https://a.example/w';
    for (const signed of [
      'https://b.example/w',
      'http://a.example/w',
      'https://a.example/w/',
      'https://a.example:8443/w',
    ]) {
      expect(isSigned({ url, signature: signatureOf(signed) })).toBe(false);
    }
  });

  it('leaves out what follows #, which tells Twilio how to call', () => {
    expect(isSigned({ url: `${URL_HERE}#rc=5&rp=5xx`, signature: signatureOf(URL_HERE) })).toBe(true);
  });

  it('binds a body of another type by its digest in the query', () => {
    const body = '{"CallSid":"CA1234567890ABCDE","Caller":"+12349013030"}';
    const digest = '5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9';
    expect(createHash('sha256').update(body).digest('hex')).toBe(digest);
    const call = { body };
    const url = `https://a.example/w?a=1&bodySHA256=${digest}`;
    expect(isSigned({ ...call, url, signature: signatureOf(url) })).toBe(true);
    expect(isSigned({ ...call, url, signature: signatureOf(url), body: `${body} ` })).toBe(false);
    // Without the digest, the address alone would let any body through.
    const bare = 'https://a.example/w';
    expect(isSigned({ ...call, url: bare, signature: signatureOf(bare) })).toBe(false);
    const hidden = `${bare}#?bodySHA256=${digest}`;
    expect(isSigned({ ...call, url: hidden, signature: signatureOf(bare) })).toBe(false);
  });

  it('cannot be checked without our own address, or without a token', () => {
    expect(isSigned({ url: null, signature: signatureOf('') })).toBe(false);
    expect(isSigned({ token: '', signature: signatureOf(URL_HERE, 'x') })).toBe(false);
  });

  it.each([undefined, '', 'x', 'AAAA', `${'A'.repeat(26)}==`, `${'A'.repeat(27)}= `, `${'*'.repeat(27)}=`])(
    'is refused in any other form (%s)',
    (signature) => {
      expect(isSigned({ signature })).toBe(false);
    },
  );

  it('is refused twice over', () => {
    const right = signatureOf(URL_HERE);
    expect(isSigned({ signature: [right, right] })).toBe(false);
  });
});
