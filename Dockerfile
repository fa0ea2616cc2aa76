# syntax=docker/dockerfile:1
# One static binary and nothing else: no shell, no package manager, nobody's root.
FROM golang:1.26-trixie AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
# With .git, from which the version comes.
COPY . .
RUN make build && mkdir /empty

FROM scratch
# For databases and Better Auth servers that are reached by TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/countersign /countersign
# Where a SQLite database may be kept; a volume takes its owner from here.
COPY --from=build --chown=65532:65532 /empty /data
USER 65532:65532
ENV APP_ENV=production
EXPOSE 8080
# The program takes 5 seconds of notice and up to 15 for requests under way: docker stop --time 25.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["/countersign", "health"]
ENTRYPOINT ["/countersign"]
