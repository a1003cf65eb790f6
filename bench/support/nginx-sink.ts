import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeLoopbackPort } from '../../src/embedded/free-port.js';
import { waitForHttp } from './wait-for-http.js';

export interface Sink {
  readonly url: string;
  stop(): Promise<void>;
}

/** What is answered to every call; `$request_id` in the body is the id of its own that nginx gives each. */
export interface SinkAnswer {
  readonly status: number;
  readonly body: string;
}

export const CLOUD_ANSWER: SinkAnswer = {
  status: 200,
  body: '{"messaging_product":"whatsapp","contacts":[{"input":"x","wa_id":"x"}],"messages":[{"id":"wamid.$request_id"}]}',
};

/**
 * A provider that is not the bottleneck: nginx answers every call with a constant, the Cloud API's acceptance unless
 * another is given. Keeps connections open without an end, so that reconnects are no part of the figure.
 */
export async function startNginxSink(directory: string, answer = CLOUD_ANSWER): Promise<Sink> {
  const port = await freeLoopbackPort();
  const home = join(directory, `nginx-${port}`);
  await mkdir(home, { recursive: true });
  const configPath = join(home, 'nginx.conf');
  await writeFile(configPath, configOf(home, port, answer));
  const nginx: ChildProcess = spawn('nginx', ['-p', home, '-c', configPath], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` },
  });
  const ended = once(nginx, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await waitForHttp(`${url}/ready`);
  return {
    url,
    stop: async () => {
      nginx.kill('SIGTERM');
      await ended;
    },
  };
}

function configOf(home: string, port: number, { status, body }: SinkAnswer): string {
  return `
daemon off;
pid ${home}/nginx.pid;
error_log stderr error;
worker_processes 1;
events { worker_connections 2048; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_body_temp_path ${home}/body;
  proxy_temp_path ${home}/proxy;
  fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi;
  scgi_temp_path ${home}/scgi;
  client_body_buffer_size 16k;
  default_type application/json;
  server {
    listen 127.0.0.1:${port} backlog=2048;
    location = /ready { return 200 "ok"; }
    location / {
      return ${status} '${body}';
    }
  }
}
`;
}
