# Builds Tincan from source and leaves one program in a small image:
#
#     docker build -t tincan .
#     docker run --network host -v tincan:/var/lib/tincan tincan --listen '[::]:443' --acme-domain call.example.org
#
# The host's network, since relayed traffic uses thousands of UDP ports. The program is nobody
# special in it, and may open port 443 all the same.

FROM rust:1-trixie AS build
# Node.js for the page's tools, setcap for the port below.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libcap2-bin nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /tincan
COPY . .
# There is no repository in here to ask for the commit.
ARG TINCAN_COMMIT=""
RUN cargo xtask build \
    && setcap cap_net_bind_service=+ep target/release/tincan

FROM debian:trixie-slim
COPY --from=build /tincan/target/release/tincan /usr/local/bin/tincan
# Keys and certificates of --acme-domain.
ENV STATE_DIRECTORY=/var/lib/tincan
RUN useradd --system --no-create-home tincan \
    && install --directory --owner=tincan --mode=0700 /var/lib/tincan
VOLUME /var/lib/tincan
USER tincan
EXPOSE 8080/tcp 8080/udp
ENTRYPOINT ["/usr/local/bin/tincan"]
