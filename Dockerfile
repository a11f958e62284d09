# The autoscaler's image: the Custom Pod Autoscaler framework, which runs every interval /metric and then /evaluate, as /config.yaml says.
#
#   docker build -t latency-pod-autoscaler .
#   docker build -t latency-pod-autoscaler-locust --target locust .          # with Locust, for locustfiles
#   docker buildx build --platform linux/amd64,linux/arm64 -t registry.example.com/lpa:v1 --push .
#
# The build runs on the builder's own architecture and cross-compiles for the target's.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src

# The modules first, in a layer of their own that only a change of go.mod or go.sum invalidates.
COPY go.mod go.sum ./
RUN go mod download

COPY . .
ARG TARGETOS
ARG TARGETARCH
# A release's version, such as v1.2.3. Without it the binaries report what the Go toolchain recorded about the build.
ARG VERSION=
RUN --mount=type=cache,target=/root/.cache/go-build set -eu; \
    export CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH; \
    framework=github.com/jthomperoo/custom-pod-autoscaler/v2; \
    build() { go build -trimpath -buildvcs=false "$@"; }; \
    build -ldflags "-s -w -X main.Version=$(go list -m -f '{{.Version}}' $framework)" -o /out/custom-pod-autoscaler $framework; \
    build -ldflags "-s -w -X main.version=$VERSION" -o /out/ ./cmd/metric ./cmd/evaluate ./cmd/lpa; \
    mkdir /out/state /out/tasks

# The image for those whose script is a locustfile: the same programs and Debian's Locust, on Debian for it. Locust writes into /tmp, so
# where the file system is read-only, that must be a volume.
FROM debian:12-slim AS locust
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates python3-locust \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/* \
 && echo 'nonroot:x:65532:65532:nonroot:/tmp:/usr/sbin/nologin' >>/etc/passwd
# Python leaves no compiled files beside scripts, which are mounted read-only anyway.
ENV PYTHONDONTWRITEBYTECODE=1
ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.title="Latency Pod Autoscaler with Locust" \
      org.opencontainers.image.description="Scales a Kubernetes workload by the latency it measures with a load test of your own" \
      org.opencontainers.image.source="https://github.com/latency-pod-autoscaler/lpa" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /out/custom-pod-autoscaler /out/metric /out/evaluate /out/lpa /
COPY config.yaml /config.yaml
COPY --from=build --chown=65532:65532 /out/state /state
COPY --from=build --chown=65532:65532 /out/tasks /tasks
USER 65532:65532
EXPOSE 5000
ENTRYPOINT ["/custom-pod-autoscaler"]

# The last one is the one that is built without --target: nothing in it but the programs.
FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.title="Latency Pod Autoscaler" \
      org.opencontainers.image.description="Scales a Kubernetes workload by the latency it measures with a load test of your own" \
      org.opencontainers.image.source="https://github.com/latency-pod-autoscaler/lpa" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /out/custom-pod-autoscaler /out/metric /out/evaluate /out/lpa /
COPY config.yaml /config.yaml
# The two places to mount something: the state must survive between runs, and the scripts are the user's. As root's they would be of no
# use to a volume that Docker fills from them.
COPY --from=build --chown=65532:65532 /out/state /state
COPY --from=build --chown=65532:65532 /out/tasks /tasks
# nonroot, by number: Kubernetes can only check runAsNonRoot against a number.
USER 65532:65532
# The framework's API. It has no authentication, and every request to it runs a load test.
EXPOSE 5000
ENTRYPOINT ["/custom-pod-autoscaler"]
