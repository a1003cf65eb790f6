# One image for every role; CAUDAL_ROLES says which of them a container plays.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image always runs against servers of its own network: the embedded Postgres and Redis stay out of it.
RUN npm ci --include=dev --omit=optional --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY script script
COPY src src
COPY migrations migrations
RUN script/build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    CAUDAL_DATA_DIR=/var/lib/caudal
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE* ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# Served at /docs/errors, where the `type` of every problem leads.
COPY docs/errors.md docs/errors.md
# Uploads on their way in, and the spool of webhooks for when Postgres cannot take them.
RUN mkdir -p /var/lib/caudal && chown node:node /var/lib/caudal
VOLUME /var/lib/caudal
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Started without npm or a shell between: SIGTERM reaches Caudal itself, which has 30 s to finish.
# The flag is that of script/environment, which says what for.
CMD ["node", "--max-semi-space-size=32", "--max-old-space-size=1024", "dist/src/main.js"]
