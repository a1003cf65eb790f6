import { createHmac } from 'node:crypto';

/** A webhook as Meta posts it, head and body, ready to be written to a socket. */
export function signedRequest(body: string, appSecret: string): Buffer {
  const signature = createHmac('sha256', appSecret).update(body).digest('hex');
  return Buffer.from(
    `POST /webhook HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: facebookexternalua\r\naccept: */*\r\n` +
      `content-type: application/json\r\nx-hub-signature-256: sha256=${signature}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
