// Better Auth on Prisma, with the models that its generator would write:
// camelCase columns in singular tables.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { prismaAdapter } from "better-auth/adapters/prisma";
import { getAuthTables } from "better-auth/db";

// ids are written as the schema has them, as its references have them, and as
// a migration has both.
const ids = {
  postgresql: {
    text: ["String @id", "String", "TEXT NOT NULL", "TEXT"],
    uuid: ['String @id @default(dbgenerated("pg_catalog.gen_random_uuid()")) @db.Uuid', "String @db.Uuid", "UUID NOT NULL DEFAULT pg_catalog.gen_random_uuid()", "UUID"],
    serial: ["Int @id @default(autoincrement())", "Int", "SERIAL NOT NULL", "INTEGER"],
  },
  sqlite: {
    text: ["String @id", "String", "TEXT NOT NULL", "TEXT"],
    uuid: ["String @id", "String", "TEXT NOT NULL", "TEXT"],
    serial: ["Int @id @default(autoincrement())", "Int", "INTEGER NOT NULL", "INTEGER"],
  },
};

const types = {
  postgresql: { string: "TEXT", number: "INTEGER", boolean: "BOOLEAN", date: "TIMESTAMP(3)" },
  sqlite: { string: "TEXT", number: "INTEGER", boolean: "BOOLEAN", date: "DATETIME" },
};

const scalars = { string: "String", number: "Int", boolean: "Boolean", date: "DateTime" };

export async function open({ databaseUrl: url, milliseconds }, options) {
  const provider = url.startsWith("file:") ? "sqlite" : "postgresql";
  const models = Object.values(getAuthTables(options));
  const id = ids[provider][options.advanced.database?.generateId ?? "text"];
  const timestampFormat = milliseconds ? "unixepoch-ms" : "iso8601";
  const adapter = provider === "sqlite" ? new PrismaLibSql({ url }, { timestampFormat }) : new PrismaPg({ connectionString: url });
  const client = await generate(schema(provider, models, id), adapter);
  return {
    database: prismaAdapter(client, { provider }),
    migrate: async () => {
      if (provider === "sqlite") await client.$queryRawUnsafe("PRAGMA journal_mode = WAL");
      for (const model of models) await client.$executeRawUnsafe(ddl(types[provider], id, model));
    },
  };
}

// generate makes a client. Prisma's command would fetch its schema engine first,
// which this does not use: the name of any program keeps it from that. What was
// written goes as soon as it is loaded, since nothing can be done at a kill.
async function generate(text, adapter) {
  const folder = mkdtempSync(join("node_modules", ".countersign-"));
  const file = join(folder, "schema.prisma");
  writeFileSync(file, text);
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" };
  execFileSync(process.execPath, ["node_modules/prisma/build/index.js", "generate", "--schema", file], { env, stdio: ["ignore", "ignore", "inherit"] });
  const { default: generated } = await import(join(process.cwd(), folder, "client", "index.js"));
  const client = new generated.PrismaClient({ adapter });
  await client.$connect();
  rmSync(folder, { recursive: true });
  return client;
}

const model = (name) => name[0].toUpperCase() + name.slice(1);

function schema(provider, models, [id, reference]) {
  const text = [
    `generator client {\n  provider = "prisma-client-js"\n  output = "./client"\n}`,
    `datasource db {\n  provider = "${provider}"\n}`,
  ];
  for (const { modelName, fields } of models) {
    const lines = [`id ${id}`];
    for (const [name, field] of Object.entries(fields)) {
      const optional = field.required ? "" : "?";
      const type = field.references ? reference : scalars[field.type];
      lines.push(`${name} ${type.replace(/^\w+/, (word) => word + optional)}${field.unique ? " @unique" : ""}${initial(field, name)}`);
      if (field.references) {
        lines.push(`${field.references.model} ${model(field.references.model)}${optional} @relation(fields: [${name}], references: [id], onDelete: Cascade)`);
      }
    }
    for (const other of models) {
      const refers = Object.values(other.fields).some((field) => field.references?.model === modelName);
      if (refers) lines.push(`${other.modelName}s ${model(other.modelName)}[]`);
    }
    lines.push(`@@map("${modelName}")`);
    text.push(`model ${model(modelName)} {\n  ${lines.join("\n  ")}\n}`);
  }
  return text.join("\n");
}

function initial(field, name) {
  if (name === "createdAt") return " @default(now())";
  if (typeof field.defaultValue === "function" || field.defaultValue === undefined) return "";
  return ` @default(${JSON.stringify(field.defaultValue)})`;
}

// ddl is the statement of Prisma's own migration, which cannot be asked for it
// without its schema engine.
function ddl(names, [, , id, reference], { modelName, fields }) {
  const sqlite = names.date === "DATETIME";
  const key = sqlite ? ` PRIMARY KEY${id.startsWith("INTEGER") ? " AUTOINCREMENT" : ""}` : "";
  const lines = [`"id" ${id}${key}`];
  for (const [name, field] of Object.entries(fields)) {
    const unset = typeof field.defaultValue === "function" || field.defaultValue === undefined;
    const value = name === "createdAt" ? "CURRENT_TIMESTAMP" : JSON.stringify(field.defaultValue)?.replaceAll('"', "'");
    const initially = name === "createdAt" || !unset ? ` DEFAULT ${value}` : "";
    lines.push(`"${name}" ${field.references ? reference : names[field.type]}${field.required ? " NOT NULL" : ""}${initially}${field.unique ? " UNIQUE" : ""}`);
    if (field.references) {
      lines.push(`CONSTRAINT "${modelName}_${name}_fkey" FOREIGN KEY ("${name}") REFERENCES "${field.references.model}" ("id") ON DELETE CASCADE ON UPDATE CASCADE`);
    }
  }
  if (!sqlite) lines.push(`CONSTRAINT "${modelName}_pkey" PRIMARY KEY ("id")`);
  // SQLite wants constraints behind the columns.
  lines.sort((a, b) => a.startsWith("CONSTRAINT") - b.startsWith("CONSTRAINT"));
  return `CREATE TABLE "${modelName}" (${lines.join(", ")})`;
}
