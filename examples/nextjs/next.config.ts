import type { NextConfig } from "next"

export default {
  // libsql brings a compiled part, which a bundler cannot take along.
  serverExternalPackages: ["@libsql/client", "libsql"],
  // A folder further up may have a lock file of its own; this one is the project.
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
} satisfies NextConfig
