import type { DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { limitBodies } from '../common/body-limit.js';
import { problemOf, ProblemFilter } from '../common/problem.filter.js';
import { RequestValidationPipe } from '../common/validation.pipe.js';
import type { Config } from '../config/config.js';
import { databaseFault } from '../database/database-fault.js';
import { addAnswerHeaders } from './answer-headers.js';
import { describeApi } from './api-document.js';
import { parseJson } from './parse-json.js';
import { addRequestHooks, endStreamsOnClose, requestIdOf } from './request-hooks.js';
import { cutSlowBodies, HEADERS_IN_TIME } from './slow-requests.js';
import { drainUnreadBodies } from './unread-bodies.js';

/** Of a JSON body. Uploads are streams with limits of their own, and so have webhooks. */
const USUAL_BODY_BYTES = 1_048_576;

/** The app as it is served: everything between the socket and the controllers is set here. It does not listen yet. */
export async function createApp(
  root: DynamicModule,
  config: Config,
  logger: LoggerService,
): Promise<NestFastifyApplication> {
  const adapter = createAdapter(config);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger,
    // Idempotency-Key compares bodies by the bytes that came.
    rawBody: true,
    abortOnError: false,
    return503OnClosing: true,
  });
  app.useBodyParser('application/json', { bodyLimit: USUAL_BODY_BYTES }, parseJson);
  app.useGlobalPipes(new RequestValidationPipe());
  app.useGlobalFilters(new ProblemFilter(databaseFault));
  if (config.corsOrigins.length > 0) {
    app.enableCors({
      origin: config.corsOrigins.includes('*') ? '*' : [...config.corsOrigins],
      methods: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
      exposedHeaders: ['x-request-id', 'retry-after', 'idempotency-replayed', 'content-disposition'],
      maxAge: 600,
    });
  }
  if (config.roles.has('api')) describeApi(app, config);
  return app;
}

function createAdapter(config: Config): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: USUAL_BODY_BYTES,
    http: HEADERS_IN_TIME,
    genReqId: requestIdOf,
    // Where nobody is trusted nothing believes X-Forwarded-For, so nobody can lie with it.
    trustProxy: config.trustProxy.length > 0 && [...config.trustProxy],
    // Refusals from before any route, such as an address that cannot be decoded.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const problem = problemOf(error, request.id);
      void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
    },
    multipart: {
      // Uploads are read as they come, never held: an import may have gigabytes.
      limits: {
        fileSize: config.imports.maxFileBytes,
        files: 1,
        fields: 50,
        fieldNameSize: 100,
        fieldSize: USUAL_BODY_BYTES,
        parts: 51,
      },
    },
  });
  const server = adapter.getInstance();
  // JSON sent as text would be an empty body to every route; refused, its sender learns why.
  server.removeContentTypeParser('text/plain');
  addRequestHooks(server);
  addAnswerHeaders(server);
  cutSlowBodies(server);
  limitBodies(server);
  drainUnreadBodies(server);
  endStreamsOnClose(server);
  return adapter;
}
