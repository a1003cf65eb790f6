import { describeProviderContract } from './provider-contract.js';
import { ProviderRig } from './provider-rig.js';

describeProviderContract('whatsapp-cloud', () =>
  ProviderRig.start('whatsapp-cloud', async ({ simulatorUrl, webhookUrl, control }) => {
    const secrets = { accessToken: 'EAAG-contract', appSecret: 'contract-secret' };
    await control.putNumber('106540352242922', { ...secrets, webhookUrl, behaviour: { statusDelayMs: 20 } });
    return { baseUrl: simulatorUrl, phoneNumberId: '106540352242922', ...secrets };
  }),
);
