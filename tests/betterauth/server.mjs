// A real Better Auth server for tests: configured by one environment variable,
// on a free port, alive for as long as its standard input. The text runs as if
// it stood in the folder of the version that is wanted, with what is installed there.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { createClient } from "@libsql/client";
import { LibsqlDialect } from "@libsql/kysely-libsql";
import { betterAuth } from "better-auth";
import { toNodeHandler } from "better-auth/node";
import * as builtIn from "better-auth/plugins";
import pg from "pg";

const config = JSON.parse(process.env.COUNTERSIGN_BETTER_AUTH);

// Better Auth 1.4 has both of these elsewhere.
const { apiKey } = await import("@better-auth/api-key").catch(() => builtIn);
const { getMigrations } = await import("better-auth/db/migration").catch(() => import("better-auth/db"));
const plugins = { ...builtIn, apiKey };

process.stdin.on("close", () => process.exit(0)).resume();

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address();

async function openDatabase(url) {
  if (!url.startsWith("file:")) {
    const pool = new pg.Pool({ connectionString: url });
    pool.on("error", (err) => console.error("idle connection lost:", err.message));
    return pool;
  }
  const client = createClient({ url });
  // libsql waits for no lock unless told to. The setting is the connection's
  // own; the client keeps one connection while nobody asks for transactions.
  await client.execute("PRAGMA busy_timeout = 5000");
  await client.execute("PRAGMA journal_mode = WAL");
  return { dialect: new LibsqlDialect({ client }), type: "sqlite" };
}

async function openRedis(url) {
  // Only the newest version's folder has these.
  const { Redis } = await import("ioredis");
  const { redisStorage } = await import("@better-auth/redis-storage");
  const client = new Redis(url);
  client.on("error", (err) => console.error("Redis:", err.message));
  return redisStorage({ client, keyPrefix: config.redisPrefix });
}

// What Better Auth's documentation has its users write who want other hashes than its own; only the newest
// version's folder has the packages.
const hashes = {
  bcrypt: async () => {
    const { default: bcrypt } = await import("bcryptjs");
    return { hash: (password) => bcrypt.hash(password, 10), verify: ({ hash, password }) => bcrypt.compare(password, hash) };
  },
  argon2id: async () => {
    const { argon2id, argon2Verify } = await import("hash-wasm");
    const cost = { memorySize: 65536, iterations: 3, parallelism: 4, hashLength: 32, outputType: "encoded" };
    return {
      hash: (password) => argon2id({ ...cost, password, salt: randomBytes(16) }),
      verify: ({ hash, password }) => argon2Verify({ hash, password }),
    };
  },
};

const { advanced, emailAndPassword, ...extra } = config.options ?? {};
const options = {
  baseURL: config.baseURL || `http://localhost:${port}`,
  secret: config.secret,
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  trustedOrigins: config.trustedOrigins ?? [],
  // Standard output belongs to the line that says where the server listens.
  logger: { log: (...line) => console.error(...line) },
  plugins: (config.plugins ?? []).map((name) => plugins[name](config.pluginOptions?.[name])),
  ...extra,
  emailAndPassword: {
    enabled: true,
    ...(config.passwordHash && { password: await hashes[config.passwordHash]() }),
    ...emailAndPassword,
  },
  advanced: { useSecureCookies: config.useSecureCookies, ...advanced },
  ...(config.redisUrl && { secondaryStorage: await openRedis(config.redisUrl) }),
};
// Another adapter than Kysely's has no migration in Better Auth: its module makes the tables.
const adapter = config.adapter && (await (await import(`./${config.adapter}.mjs`)).open(config, options));
options.database = adapter ? adapter.database : await openDatabase(config.databaseUrl);
const auth = betterAuth(options);
const handler = toNodeHandler(auth);

const control = {
  "POST /test/migrate": async () => {
    await (adapter ?? { migrate: (await getMigrations(options)).runMigrations }).migrate();
    return {};
  },
  "GET /test/plan": async () => {
    const plan = await getMigrations(options, { throwOnUnsafe: false });
    const tables = (list) => list.map(({ table, fields }) => ({ table, columns: Object.keys(fields) }));
    const changes = plan.toBeCreated.length + plan.toBeAdded.length + plan.toBeAddedIndexes.length;
    return {
      toBeCreated: tables(plan.toBeCreated),
      toBeAdded: tables(plan.toBeAdded),
      toBeAddedIndexes: plan.toBeAddedIndexes,
      schemaProblems: plan.schemaProblems,
      sql: changes ? await plan.compileMigrations() : "",
    };
  },
  "GET /test/options": () => ({
    ...options,
    database: undefined,
    secondaryStorage: undefined,
    plugins: options.plugins.map(({ id }) => id),
  }),
};

// What only a server may ask, as an application's own code does.
const serverOnly = "/test/api/";

async function call(request) {
  const name = request.url.slice(serverOnly.length);
  try {
    return { result: await auth.api[name](await json(request)) };
  } catch (err) {
    return { error: err.body ?? String(err) };
  }
}

server.on("request", async (request, response) => {
  const isCall = request.url.startsWith(serverOnly);
  const action = isCall ? () => call(request) : control[`${request.method} ${request.url}`];
  if (!action) return handler(request, response);
  try {
    const body = JSON.stringify(await action());
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  } catch (err) {
    response.writeHead(500).end(String(err.stack));
  }
});
console.log(JSON.stringify({ port, baseURL: options.baseURL }));
