import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEY_ROLES } from '../../src/auth/principal.js';
import { Stack } from '../support/stack.js';
import { GOOD_BODIES } from './api-bodies.js';
import { describedRoutes, filled, walk, type Route } from './api-walk.js';
import { Dice, isFull, seeds } from './dice.js';
import { keepLogsOnFailure, SHORT_LEASES } from './scene.js';
import {
  fingerprintsOf,
  firstWorkspace,
  furnish,
  insertKey,
  otherWorkspace,
  type Belongings,
} from './workspaces.js';

/** What needs no key: their own secrets and signatures prove webhooks, and health is for whoever watches. */
const KEYLESS = /^(?:GET \/health(?:\/live)?|(?:GET|POST) \/webhooks?(?:\/.*)?)$/;
/** Bodies of replaced systems: they may hold fields that nobody here knows. */
const TOLERANT = /^POST (?:\/api)?\/(?:messages(?:\/send-bulk)?|tickets\/send-whatsapp-by-event)$|\/start$/;
/** What callers would like to decide and may not. */
const WISHES = { workspaceId: randomUUID(), status: 'completed', accepted: 1e6, cost: 0, createdBy: 'root' };

describe.runIf(isFull)('every route', () => {
  let stack: Stack;
  let routes: Route[];
  let workspaceId: string;
  let ownKey: string;
  let stranger: { workspaceId: string; key: string };
  let owned: Belongings;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 1, environment: SHORT_LEASES });
    routes = await describedRoutes(stack);
    workspaceId = await firstWorkspace(stack);
    stranger = await otherWorkspace(stack);
    ownKey = await insertKey(stack, workspaceId, 'admin');
    owned = await furnish(stack);
    // From here on nothing changes by itself.
    while (stack.workers.length > 0) await stack.killWorker(stack.workers[0]!);
  }, 180_000);

  afterAll(() => stack.stop());

  beforeEach(() => keepLogsOnFailure(stack));

  it.each(seeds)(
    'S-05 lets in exactly the roles that it says it lets in [seed %i]',
    async (seed) => {
      const dice = new Dice('S-05', seed);
      const keys = await Promise.all(KEY_ROLES.map((role) => insertKey(stack, stranger.workspaceId, role)));
      const wrong: string[] = [];
      const seen = { asked: 0, let: 0, refused: 0 };
      expect(routes.length).toBeGreaterThan(100);
      for (const route of routes) {
        const path = filled(route.path, () => randomUUID());
        if (route.leastRole === undefined) {
          if (!KEYLESS.test(route.name)) wrong.push(`${route.name} needs no key`);
          continue;
        }
        const none = await walk(stack, route, path, undefined);
        if (none.status !== 401 || none.code !== 'key_missing')
          wrong.push(`${route.name}: ${none.status} without a key`);
        for (const [rank, role] of KEY_ROLES.entries()) {
          const isLet = rank >= KEY_ROLES.indexOf(route.leastRole as (typeof KEY_ROLES)[number]);
          const { status, code, neededRole } = await walk(stack, route, path, keys[rank]!);
          const asDeclared = isLet
            ? status !== 401 && status !== 403 && status < 500
            : status === 403 && code === 'role_too_low' && neededRole === route.leastRole;
          if (!asDeclared) wrong.push(`${route.name} as ${role}: ${status} ${code}`);
          seen.asked += 1;
          seen[isLet ? 'let' : 'refused'] += 1;
        }
      }
      expect(wrong).toEqual([]);
      dice.tell({ routes: routes.length, requests: seen.asked, 'let in': seen.let, refused: seen.refused });
    },
    60_000,
  );

  it.each(seeds)(
    'S-06 finds nothing of another workspace, and changes none of it [seed %i]',
    async (seed) => {
      const dice = new Dice('S-06', seed);
      const addressed = routes.filter(({ leastRole, path }) => leastRole !== undefined && path.includes('{'));
      const before = await fingerprintsOf(stack, workspaceId);
      const wrong: string[] = [];
      for (const route of addressed) {
        const path = filled(
          route.path,
          (collection) => owned[collection === 'campanas' ? 'campaigns' : collection] ?? '1',
        );
        const { status, code, text } = await walk(stack, route, path, stranger.key, GOOD_BODIES[route.name]);
        // A channel that a message is to go by is named like one in a body, also where it stands in the path.
        const isMissing = status === 404 || (status === 422 && code === 'channel_not_found');
        if (!isMissing) wrong.push(`${route.name}: ${status} ${text.slice(0, 200)}`);
      }
      const named = await Promise.all(
        thingsNamedInBodies(owned).map(async ([route, body]) => {
          const [method, path] = route.split(' ') as [Route['method'], string];
          const { status, text } = await walk(stack, { method, takes: 'json' }, path, stranger.key, body);
          if (status < 400 || status >= 500)
            wrong.push(`${route} ${JSON.stringify(body)}: ${status} ${text}`);
        }),
      );
      expect(wrong).toEqual([]);
      expect(await fingerprintsOf(stack, workspaceId)).toEqual(before);
      dice.tell({
        routes: addressed.length,
        'in bodies': named.length,
        leaked: 0,
        'tables compared': Object.keys(before).length,
      });
    },
    60_000,
  );

  it.each(seeds)(
    'S-07 takes no field that is not a caller’s to set [seed %i]',
    async (seed) => {
      const dice = new Dice('S-07', seed);
      const writing = routes.filter(({ takes, leastRole }) => takes === 'json' && leastRole !== undefined);
      expect(writing.map(({ name }) => name).filter((name) => GOOD_BODIES[name] === undefined)).toEqual([]);
      const before = await Promise.all(
        [workspaceId, stranger.workspaceId].map((id) => fingerprintsOf(stack, id)),
      );
      const wrong: string[] = [];
      let refused = 0;
      for (const route of writing.filter(({ name }) => !TOLERANT.test(name))) {
        const path = filled(route.path, (collection) => owned[collection] ?? '1');
        const body = { ...GOOD_BODIES[route.name], ...WISHES };
        const { status, text } = await walk(stack, route, path, ownKey, body);
        const isNamed = Object.keys(WISHES).every(
          (field) => text.includes(`"/${field}"`) || field in GOOD_BODIES[route.name]!,
        );
        if (status !== 400 || !isNamed) wrong.push(`${route.name}: ${status} ${text.slice(0, 200)}`);
        refused += 1;
      }
      expect(wrong).toEqual([]);
      expect(
        await Promise.all([workspaceId, stranger.workspaceId].map((id) => fingerprintsOf(stack, id))),
      ).toEqual(before);
      for (const path of ['/api/messages', '/messages']) {
        const body = { ...GOOD_BODIES['POST /api/messages'], ...WISHES, channelId: owned['channels'] };
        const taken = await walk(stack, { method: 'POST', takes: 'json' }, path, ownKey, body);
        expect(taken.status, taken.text).toBe(202);
      }
      const [there] = await stack.ledger.sql.query(
        'SELECT count(*)::int AS n FROM dispatches WHERE workspace_id = $1',
        [WISHES.workspaceId],
      );
      expect(there).toEqual({ n: 0 });
      dice.tell({ routes: writing.length, refused, ignored: writing.length - refused });
    },
    60_000,
  );
});

/** What a stranger may name in a body, although it has an address of its own. */
function thingsNamedInBodies(owned: Belongings): readonly (readonly [route: string, body: object])[] {
  const { channels, contacts, portfolios, campaigns } = owned;
  const message = { phone: '+525512345678', message: 'Hola' };
  const campaign = { name: 'ajena', message: 'Hola', audience: { tags: ['vip'] } };
  return [
    ['POST /api/messages', { ...message, channelId: channels }],
    ['POST /messages', { ...message, channelId: channels }],
    ['POST /api/messages/send-bulk', { messages: [message], channelId: channels }],
    ['POST /tickets/send-whatsapp-by-event', { event_id: 'E1', channelId: channels }],
    ['POST /api/campaigns', { ...campaign, channelIds: [channels] }],
    ['POST /api/campaigns', { name: 'ajena', message: 'Hola', contacts: [contacts] }],
    ['POST /api/channels', { name: 'ajeno', provider: 'simulator', portfolioId: portfolios }],
    ['POST /api/rules', { ...GOOD_BODIES['POST /api/rules'], channelIds: [channels] }],
    ['POST /api/audiences/count', { audience: { notSentIn: [campaigns] } }],
    [`POST /restart?channelId=${channels}`, {}],
  ];
}
