import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority of one test, in a folder of its own; made by openssl. */
export class PrivateAuthority {
  constructor(private readonly folder: string) {
    this.openssl(`req -x509 ${newKey('ca')} -out ca.pem -subj /CN=private -days 2`);
  }

  /** For NODE_EXTRA_CA_CERTS. */
  get file(): string {
    return join(this.folder, 'ca.pem');
  }

  /** Of this authority; 0 days: it has expired when it is shown. */
  signed(host: string, days = 2): Certificate {
    this.openssl(`req ${newKey(host)} -out ${host}.csr -subj /CN=${host}`);
    writeFileSync(join(this.folder, `${host}.ext`), `subjectAltName=DNS:${host}\n`);
    this.openssl(
      `x509 -req -in ${host}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out ${host}.pem -days ${days} ` +
        `-extfile ${host}.ext`,
    );
    return this.read(host);
  }

  /** Signed by itself, as a server that nobody set up shows one. */
  selfSigned(host: string): Certificate {
    this.openssl(
      `req -x509 ${newKey('self')} -out self.pem -subj /CN=${host} -addext subjectAltName=DNS:${host} -days 2`,
    );
    return this.read('self');
  }

  private read(name: string): Certificate {
    const file = (kind: string) => readFileSync(join(this.folder, `${name}.${kind}`), 'utf8');
    return { key: file('key'), cert: file('pem') };
  }

  private openssl(words: string): void {
    execFileSync('openssl', words.split(' '), { cwd: this.folder, stdio: 'pipe' });
  }
}

const newKey = (name: string): string => `-newkey rsa:2048 -nodes -keyout ${name}.key`;

/** https in front of a server that speaks http, with the certificate that it is told to show. */
export class TlsFront {
  private target = 0;
  private readonly open = new Set<TLSSocket>();

  private constructor(private readonly server: Server) {
    server.on('secureConnection', (client) => {
      this.open.add(client);
      const inner = connect(this.target, '127.0.0.1');
      client.pipe(inner).pipe(client);
      for (const side of [client, inner])
        side.on('error', () => [client, inner].forEach((one) => one.destroy()));
      client.on('close', () => this.open.delete(client));
    });
    server.on('tlsClientError', () => undefined);
  }

  static async open(certificate: Certificate): Promise<TlsFront> {
    const server = createServer({ ...certificate });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TlsFront(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  leadTo(port: number): void {
    this.target = port;
  }

  /** From the next connection on; those that are open end. */
  show(certificate: Certificate): void {
    this.server.setSecureContext({ ...certificate });
    for (const client of this.open) client.destroy();
  }

  async close(): Promise<void> {
    this.server.close();
    for (const client of this.open) client.destroy();
    await once(this.server, 'close');
  }
}
