import type { NextConfig } from "next"

const headers = [
  { key: "Content-Security-Policy", value: "frame-ancestors 'none'" }, // nobody puts our buttons under theirs
  { key: "X-Content-Type-Options", value: "nosniff" },
]

export default {
  // libsql brings a compiled part, which a bundler cannot take along.
  serverExternalPackages: ["@libsql/client", "libsql"],
  poweredByHeader: false,
  headers: async () => [{ source: "/:path*", headers }],
} satisfies NextConfig
