# Two images from one build: `postern` (the default) and `--target faulty-upstream`.

FROM swift:6.3-bookworm AS build
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends \
    libc-ares-dev libnghttp2-dev libpcre2-dev libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN swift build -c release --static-swift-stdlib --experimental-lto-mode=full -Xlinker -s --product postern \
    && swift build -c release --static-swift-stdlib --experimental-lto-mode=full -Xlinker -s --product faulty-upstream \
    && mkdir /built \
    && cp "$(swift build -c release --static-swift-stdlib --experimental-lto-mode=full -Xlinker -s --show-bin-path)"/postern /built/ \
    && cp "$(swift build -c release --static-swift-stdlib --experimental-lto-mode=full -Xlinker -s --show-bin-path)"/faulty-upstream /built/

FROM debian:bookworm-slim AS runtime
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends \
    libc-ares2 libnghttp2-14 libpcre2-8-0 libssl3 libstdc++6 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/postern --create-home --shell /usr/sbin/nologin postern
USER postern

FROM runtime AS faulty-upstream
COPY --from=build /built/faulty-upstream /usr/local/bin/
EXPOSE 9000
HEALTHCHECK --interval=5s --timeout=3s --start-period=2s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9000 && printf 'GET /ok HTTP/1.0\r\n\r\n' >&3 && grep -q '200 OK' <&3"]
ENTRYPOINT ["faulty-upstream"]
CMD ["--listen", "0.0.0.0:9000"]

FROM runtime
COPY --from=build /built/postern /usr/local/bin/
COPY Config/container.conf /etc/postern/postern.conf
EXPOSE 8080
# SIGQUIT lets running requests finish.
STOPSIGNAL SIGQUIT
# Asks the server that Config/container.conf has for it; a configuration of your own keeps that server, or sets another
# check.
HEALTHCHECK --interval=5s --timeout=3s --start-period=2s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8079 && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && grep -q '200 OK' <&3"]
ENTRYPOINT ["postern"]
CMD ["-p", "/var/lib/postern", "-c", "/etc/postern/postern.conf", "-g", "daemon off;"]
