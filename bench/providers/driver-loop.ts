import { AddressPolicy } from '../../src/channels/address-policy.js';
import { ProviderRegistry } from '../../src/channels/provider-registry.js';
import type { ProviderClient } from '../../src/channels/providers/provider.js';
import { SimulatorProcess } from '../../src/channels/providers/simulator/simulator-process.js';
import { PublicAddress } from '../../src/channels/public-address.js';
import { loadConfig } from '../../src/config/load-config.js';
import { PROVIDER_ROWS } from './bench-settings.js';

const DEADLINE_MS = 10_000;
/** Enough that the code is compiled and the connections stand. */
const WARM_UP = 10_000;

/**
 * One driver alone in a process of its own, so that none runs on code that another has shaped: argv is the provider,
 * url, messages and calls at once; prints messages a second and CPU microseconds a message.
 */
const [name = '', url = '', messages = '0', openCalls = '100'] = process.argv.slice(2);
const config = loadConfig({ CAUDAL_PUBLIC_URL: 'https://caudal.example' });
const provider = new ProviderRegistry(
  new AddressPolicy(config),
  new SimulatorProcess(config),
  new PublicAddress(config),
).of(name);
const client = provider.open({
  channelId: '00000000-0000-4000-8000-000000000001',
  settings: provider.parseSettings(PROVIDER_ROWS[name]!.settings(url)),
  maxOpenCalls: Number(openCalls),
});

await send(client, WARM_UP);
const cpuBefore = process.cpuUsage();
const startedMs = performance.now();
await send(client, Number(messages));
const seconds = (performance.now() - startedMs) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
console.log(
  JSON.stringify({ perSecond: Number(messages) / seconds, cpuMicros: (user + system) / Number(messages) }),
);
await client.close();

async function send(line: ProviderClient, count: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      const outcome = await line.send(
        {
          recipient: `+5215${510_000_000 + next}`,
          content: { type: 'text', text: `Hola Persona ${next}` },
          correlationId: `1:${next}:1`,
        },
        DEADLINE_MS,
      );
      if (outcome.kind !== 'accepted' || outcome.providerId === null)
        throw new Error(`${name} was answered ${JSON.stringify(outcome)}`);
    }
  };
  await Promise.all(Array.from({ length: Number(openCalls) }, lane));
}
