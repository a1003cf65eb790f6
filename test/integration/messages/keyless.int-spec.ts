import { afterEach, describe, expect, it } from 'vitest';
import { CampaignsModule } from '../../../src/campaigns/campaigns.module.js';
import { MessagesModule } from '../../../src/messages/messages.module.js';
import { ApiApp, assembled } from '../../support/api-app.js';

const ROUTES = [
  ['POST', '/messages'],
  ['POST', '/api/messages'],
  ['GET', '/tasks/5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35'],
  ['POST', '/messages/send-bulk'],
  ['POST', '/api/messages/send-bulk'],
  ['POST', '/tickets/send-whatsapp-by-event'],
  ['GET', '/status'],
  ['POST', '/restart'],
  ['POST', '/api/crear-campana'],
  ['GET', '/api/campanas/5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35'],
  ['POST', '/api/campaigns'],
  ['POST', '/api/campaigns/5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35/start'],
  ['GET', '/api/campaigns/5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35/queue-status'],
  ['POST', '/api/campaigns/5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35/queue-pause'],
  ['POST', '/api/campaigns/5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35/queue-resume'],
  ['POST', '/api/campaigns/5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35/queue-stop'],
] as const;

describe('the routes of replaced systems, called without a key', () => {
  let api: ApiApp | undefined;

  afterEach(async () => {
    await api?.stop();
    api = undefined;
  });

  const start = async (environment: Record<string, string> = {}): Promise<ApiApp> => {
    api = await ApiApp.start({
      assembly: assembled(() => [CampaignsModule, MessagesModule]),
      environment: { CAUDAL_ROLES: 'api', ...environment },
    });
    return api;
  };
  const statusesOf = async (app: ApiApp) => {
    const answers = ROUTES.map(async ([method, path]) => {
      const { status } = await app.inject(method, path, method === 'POST' ? {} : undefined, {
        authorization: '',
      });
      return [`${method} ${path}`, status] as const;
    });
    return Object.fromEntries(await Promise.all(answers));
  };

  it('ask for one by default', async () => {
    const statuses = await statusesOf(await start());
    expect(statuses).toEqual(Object.fromEntries(ROUTES.map(([method, path]) => [`${method} ${path}`, 401])));
  });

  it('answer for the workspace that CAUDAL_LEGACY_WORKSPACE names, and no other route does', async () => {
    const app = await start({ CAUDAL_LEGACY_WORKSPACE: 'Main' });
    const refused = Object.entries(await statusesOf(app)).filter(([, status]) => status === 401);
    expect(refused).toEqual([]);
    const others = ['/api/campaigns', '/api/channels', '/api/auth/me', '/api/api-keys'];
    for (const path of others) {
      expect((await app.inject('GET', path, undefined, { authorization: '' })).status).toBe(401);
    }
  });

  it('keep the program from starting when it names none', async () => {
    await expect(start({ CAUDAL_LEGACY_WORKSPACE: 'Mein' })).rejects.toThrow(/there are "Main" \(/);
  });
});
