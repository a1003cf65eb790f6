import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { Config } from '../config/config.js';
import { addProblems } from './problem-responses.js';

/** In the order in which a newcomer needs them. */
const TAGS: readonly (readonly [name: string, about: string])[] = [
  ['Health', 'Whether it can serve.'],
  ['Channels', 'The numbers that Caudal sends from.'],
  ['Contacts', 'The people it sends to, their tags and consent, and their import from files.'],
  ['Audiences', 'Whom campaigns are for, kept by name and counted.'],
  ['Campaigns', 'What is sent to whom, and how it goes.'],
  ['Messages', 'Messages of your own, one by one or many in one request, and what became of each.'],
  ['Router', 'What providers report back.'],
  ['Conversations', 'What people write back, and the rules that answer by themselves.'],
  ['Alerts', 'What a person has to look at.'],
  ['Webhooks out', 'Who is told of events, what was sent to whom, and sending it again.'],
  ['Access', 'API keys and roles.'],
];

/** Swagger UI at /docs, OpenAPI 3.1 at /docs-json; built when first asked for. */
export function describeApi(app: NestFastifyApplication, config: Config): void {
  let document: OpenAPIObject | undefined;
  SwaggerModule.setup('docs', app, () => (document ??= buildApiDocument(app, config)), {
    customSiteTitle: 'Caudal API',
    raw: ['json'],
    swaggerOptions: { persistAuthorization: true, tagsSorter: undefined, docExpansion: 'list' },
  });
}

export function buildApiDocument(app: NestFastifyApplication, config: Config): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Caudal')
    .setDescription(
      'A self-hosted WhatsApp campaign engine. Every error is a problem document (RFC 9457) with a stable `code`. ' +
        'Lists take `limit` and `cursor` and answer `{ items, nextCursor }`. Times are ISO 8601 in UTC.',
    )
    .setVersion(config.version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key.' }, 'bearer')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same key.' }, 'header')
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('header');
  for (const [name, about] of TAGS) builder.addTag(name, about);
  return addProblems(SwaggerModule.createDocument(app, builder.build()));
}
