import type { FastifyInstance } from 'fastify';

/** What is answered is data: nothing in it runs, wherever a browser shows it. */
const OF_DATA = "default-src 'none'; frame-ancestors 'none'";
/** Our own pages: scripts come from files of ours alone, and what stands in the page itself does not run. */
const OF_PAGES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
const PAGE = /^\/(?:$|\?|docs(?:$|[/?]))/;

/** Tells browsers to believe the content type, to run nothing, and to show nothing of this server inside other pages. */
export function addAnswerHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers({
      'x-content-type-options': 'nosniff',
      'content-security-policy': PAGE.test(request.url) ? OF_PAGES : OF_DATA,
      'referrer-policy': 'no-referrer',
    });
    done();
  });
}
