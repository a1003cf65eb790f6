import { lookup } from 'node:dns';
import type { PublicAddress } from '../../public-address.js';
import type { AddressGate } from '../http/http-calls.js';
import { CloudClient } from '../whatsapp-cloud/cloud-client.js';
import { DEFAULT_API_VERSION } from '../whatsapp-cloud/cloud-settings.js';
import { SimulatorLineClient } from './simulator-line-client.js';
import { SimulatorLookUp } from './simulator-look-up.js';
import type { SimulatorProcess } from './simulator-process.js';
import { behaviourOf, type SimulatorSettings } from './simulator-settings.js';

const REGISTER_MS = 5_000;

/** Where the simulator is, is set by whoever runs Caudal, never by who makes a channel: nothing to refuse. */
const OPEN_GATE: AddressGate = { refusalOf: () => undefined, lookup };

/** Finds the simulator, makes the number known to it, and opens the Cloud API driver on it. */
export async function openLine(
  settings: SimulatorSettings,
  maxOpenCalls: number,
  simulator: SimulatorProcess,
  publicAddress: PublicAddress,
): Promise<SimulatorLineClient> {
  const webhookBase = publicAddress.get();
  if (webhookBase === undefined) {
    throw new Error(
      'this process does not know where its webhooks are; set CAUDAL_PUBLIC_URL to the address of one with the role router',
    );
  }
  const baseUrl = await simulator.find();
  const { phoneNumberId, accessToken, appSecret } = settings;
  const answer = await fetch(`${baseUrl}/simulator/numbers/${phoneNumberId}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      accessToken,
      appSecret,
      webhookUrl: `${webhookBase}/webhook`,
      behaviour: behaviourOf(settings),
    }),
    signal: AbortSignal.timeout(REGISTER_MS),
  });
  if (!answer.ok)
    throw new Error(`the simulator refused the number (HTTP ${answer.status}): ${await answer.text()}`);
  const { wabaId } = (await answer.json()) as { wabaId: string };
  const access = { baseUrl, apiVersion: DEFAULT_API_VERSION, phoneNumberId, wabaId, accessToken };
  return new SimulatorLineClient(
    new CloudClient(access, maxOpenCalls, OPEN_GATE),
    new SimulatorLookUp(access, OPEN_GATE),
  );
}
