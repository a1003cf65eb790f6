import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CaudalProcess, ProcessPlace } from '../support/caudal-process.js';
import type { Stack } from '../support/stack.js';
import { TcpProxy } from './tcp-proxy.js';

/** Ways of a host to the servers of a stack, each of which can fail for this host alone. */
export interface Ways {
  readonly postgres: TcpProxy;
  readonly redis: TcpProxy;
  readonly provider: TcpProxy;
}

const execFileDone = promisify(execFile);
const TRIES = 20;
/** Read by `ip netns exec`, which lays these files over those of /etc for the process that it starts. */
const FILES_OF_HOSTS = '/etc/netns';

/**
 * A host of its own: a network namespace that sees nothing of this machine but one gateway address, on which proxies
 * listen that lead to Postgres, Redis and the provider.
 */
export class Host {
  private constructor(
    readonly name: string,
    private readonly subnet: string,
    readonly ways: Ways,
  ) {}

  /** Why none can be made here; undefined where they can. */
  static missing(): string | undefined {
    if (process.getuid?.() !== 0) return 'a network namespace needs root';
    const name = `cdl-try-${randomBytes(3).toString('hex')}`;
    const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
    if (made.status !== 0) return `ip netns add: ${made.error?.message ?? made.stderr.trim()}`;
    ip('netns', 'del', name);
    return undefined;
  }

  static async add(): Promise<Host> {
    const name = `cdl-${randomBytes(4).toString('hex')}`;
    ip('netns', 'add', name);
    try {
      const subnet = connectByCable(name);
      const address = `${subnet}.1`;
      const [postgres, redis, provider] = await Promise.all([
        TcpProxy.open(address),
        TcpProxy.open(address),
        TcpProxy.open(address),
      ]);
      return new Host(name, subnet, { postgres, redis, provider });
    } catch (error) {
      ip('netns', 'del', name);
      throw error;
    }
  }

  get gateway(): string {
    return `${this.subnet}.1`;
  }

  get everyWay(): readonly TcpProxy[] {
    return [this.ways.postgres, this.ways.redis, this.ways.provider];
  }

  get place(): ProcessPlace {
    return { prefix: ['ip', 'netns', 'exec', this.name], address: `${this.subnet}.2` };
  }

  /** A process of the stack on this host. `providerName` is what the provider is called here; else its address. */
  start(
    stack: Stack,
    environment: Readonly<Record<string, string>>,
    providerName = this.gateway,
  ): Promise<CaudalProcess> {
    const { postgres, redis, provider } = stack.addresses;
    return stack.startElsewhere(this.place, {
      DATABASE_URL: this.by(this.ways.postgres, postgres),
      REDIS_URL: this.by(this.ways.redis, redis),
      CAUDAL_SIMULATOR_URL: this.by(this.ways.provider, provider, providerName),
      CAUDAL_PRIVATE_HOSTS: providerName,
      ...environment,
    });
  }

  /** What a command says that runs here. Not waited for in one piece: the ways lead through this very process. */
  async run(command: string, ...words: string[]): Promise<string> {
    const enter = ['netns', 'exec', this.name, command, ...words];
    const { stdout } = await execFileDone('ip', enter, { timeout: 10_000 });
    return stdout;
  }

  /** /etc/hosts and the like of processes that are started from now on; written again, they see it at once. */
  writeFile(name: 'hosts' | 'resolv.conf', text: string): void {
    const folder = join(FILES_OF_HOSTS, this.name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
  }

  /** Its processes must have ended. */
  async remove(): Promise<void> {
    for (const way of this.everyWay) way.pass();
    await Promise.all(this.everyWay.map((way) => way.close()));
    ip('link', 'del', oursOf(this.name));
    ip('netns', 'del', this.name);
    rmSync(join(FILES_OF_HOSTS, this.name), { recursive: true, force: true });
  }

  private by(way: TcpProxy, address: string, host = this.gateway): string {
    const url = new URL(address);
    way.leadTo(Number(url.port));
    url.hostname = host;
    url.port = String(way.port);
    return url.href.replace(/\/$/, '');
  }
}

/** A veth pair with a subnet of four addresses that nobody on this machine has; returns its first three numbers. */
function connectByCable(name: string): string {
  const ours = oursOf(name);
  const theirs = 'cable';
  ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', name);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const subnet = `10.${randomInt(64, 255)}.${randomInt(256)}`;
    if (execFileSync('ip', ['-o', '-4', 'addr'], { encoding: 'utf8' }).includes(` ${subnet}.`)) continue;
    ip('addr', 'add', `${subnet}.1/30`, 'dev', ours);
    ip('link', 'set', ours, 'up');
    ip('-n', name, 'addr', 'add', `${subnet}.2/30`, 'dev', theirs);
    ip('-n', name, 'link', 'set', theirs, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    return subnet;
  }
  throw new Error('every subnet that was drawn is in use');
}

/** The name of a link has 15 letters at most. */
function oursOf(name: string): string {
  return name.replace('cdl-', 'cdlo');
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
