import { GRAPH_FACTS } from './graph-facts.js';
import { describeProviderContract } from './provider-contract.js';
import { SimulatorRig } from './simulator-rig.js';

describeProviderContract({ name: 'whatsapp-cloud', ...GRAPH_FACTS, baseUrlSetting: 'baseUrl' }, () =>
  SimulatorRig.start('whatsapp-cloud', async ({ simulatorUrl, webhookUrl, control }) => {
    const secrets = { accessToken: 'EAAG-contract', appSecret: 'contract-secret' };
    await control.putNumber('106540352242922', { ...secrets, webhookUrl, behaviour: { statusDelayMs: 20 } });
    return { baseUrl: simulatorUrl, phoneNumberId: '106540352242922', ...secrets };
  }),
);
