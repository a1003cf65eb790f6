import type { IncomingMessage, ServerResponse } from 'node:http';
import { ControlFields, ControlProblem } from './control-fields.js';
import type { Control } from './control.js';
import { isRedirected } from './fault-answer.js';
import { answerJson, answerText } from './http-answer.js';
import { readBody } from './request-body.js';

type Handler = (control: Control, call: ControlCall) => object;

interface ControlCall {
  /** The last segment of the path, where the route has one. */
  id: string;
  query: URLSearchParams;
  body: () => ControlFields;
}

/** `/simulator/…`: how tests and the demo set the stage and read what happened. */
const ROUTES: Record<string, Handler> = {
  'GET health': (control) => control.health(),
  'GET numbers': (control) => control.listNumbers(),
  'PUT numbers/:id': (control, { id, body }) => control.putNumber(id, body()),
  'PUT templates/:id': (control, { id, body }) => control.putTemplates(id, body()),
  'GET faults': (control) => control.listFaults(),
  'POST faults': (control, { body }) => control.addFault(body()),
  'DELETE faults': (control) => control.clearFaults(),
  'GET ledger': (control, { query }) => control.readLedger(query),
  'DELETE ledger': (control) => control.clearLedger(),
  'GET summary': (control, { query }) => control.summary(query),
  'POST inbound': (control, { body }) => control.receive(body()),
  'POST statuses': (control, { body }) => control.postStatuses(body()),
};

export function handleControl(control: Control, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  if (isRedirected(path)) {
    control.strays.redirectsFollowed++;
    answerJson(response, 200, { redirected: true });
    return;
  }
  readBody(request, (raw) => {
    try {
      if (raw === undefined) throw new ControlProblem(413, 'the body is longer than 4 MB');
      const [, , noun = '', id = ''] = path.split('/').map(decodeURIComponent);
      const handler = ROUTES[`${request.method} ${noun}${id === '' ? '' : '/:id'}`];
      if (!handler)
        throw new ControlProblem(404, `there is no ${request.method} ${path}; there are ${known()}`);
      answerJson(
        response,
        200,
        handler(control, { id, query: new URLSearchParams(query), body: () => fieldsOf(raw) }),
      );
    } catch (problem) {
      answerProblem(response, problem);
    }
  });
}

function fieldsOf(raw: Buffer): ControlFields {
  let value: unknown;
  try {
    value = JSON.parse(raw.toString('utf8'));
  } catch {
    throw new ControlProblem(400, 'the body is not JSON');
  }
  return new ControlFields(value);
}

function known(): string {
  return Object.keys(ROUTES)
    .map((route) => route.replace(' ', ' /simulator/'))
    .join(', ');
}

function answerProblem(response: ServerResponse, problem: unknown): void {
  const status = problem instanceof ControlProblem ? problem.status : 500;
  const detail = problem instanceof Error ? problem.message : String(problem);
  const field = problem instanceof ControlProblem ? problem.field : undefined;
  const body = JSON.stringify({
    type: 'about:blank',
    title: 'The simulator cannot do this',
    status,
    detail,
    field,
  });
  answerText(response, status, body, 'application/problem+json');
}
