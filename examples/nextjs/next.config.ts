import type { NextConfig } from "next"

export default {
  // libsql brings a compiled part, which a bundler cannot take along.
  serverExternalPackages: ["@libsql/client", "libsql"],
  poweredByHeader: false,
} satisfies NextConfig
