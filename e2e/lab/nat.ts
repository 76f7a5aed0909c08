/** What stands between a home and the internet: the kinds of NAT box and firewall, as nftables rules. */

/** What a home's box does. RFC 4787 has the words for the first three. */
export type Kind =
  /** No NAT: the home has an address the world can see. */
  | "public"
  /** Endpoint-independent mapping and filtering ("full cone"). */
  | "full cone"
  /** Endpoint-independent mapping, address and port-dependent filtering. */
  | "port-restricted"
  /** Another port for every destination. */
  | "symmetric"
  /** Port-restricted, and no UDP gets through in either direction. */
  | "UDP blocked"
  /** TCP to port 443 gets out, nothing else. */
  | "only TCP 443"
  /** No IPv4 at all; a firewall that lets answers in. */
  | "IPv6 only"
  /** Port-restricted for IPv4, the same firewall for IPv6. */
  | "dual stack";

export const KINDS: readonly Kind[] = [
  "full cone",
  "port-restricted",
  "symmetric",
  "UDP blocked",
  "only TCP 443",
  "IPv6 only",
  "dual stack",
];

export function hasIpv4(kind: Kind): boolean {
  return kind !== "IPv6 only";
}

export function hasIpv6(kind: Kind): boolean {
  return kind === "IPv6 only" || kind === "dual stack";
}

/** Rules for a box with its home at `lan`, where `home` lives, and the world at `wan`. */
export function rules(kind: Kind, home: string): string {
  return `
    table inet box {
      chain to_itself {
        # A box that answered unsolicited datagrams, or remembered them, would take the port that
        # the home's own packets are about to leave from: hole punching would fail at random.
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
        iifname "lan" accept
        ct state established,related accept
        meta l4proto { icmp, ipv6-icmp } accept
      }
      chain through {
        type filter hook forward priority filter; policy drop;
        ${blocked(kind)}
        ct state established,related accept
        iifname "lan" accept
        ${kind === "public" ? "accept" : ""}
        ${kind === "full cone" ? "meta l4proto udp accept" : ""}
      }
    }
    table ip translation {
      chain inbound {
        type nat hook prerouting priority dstnat;
        ${kind === "full cone" ? `iifname "wan" meta l4proto udp dnat to ${home}` : ""}
      }
      chain outbound {
        type nat hook postrouting priority srcnat;
        ${kind === "public" ? "" : `oifname "wan" masquerade ${kind === "symmetric" ? "fully-random" : ""}`}
      }
    }`;
}

function blocked(kind: Kind): string {
  switch (kind) {
    case "UDP blocked":
      return "meta l4proto udp drop";
    case "only TCP 443":
      return 'iifname "lan" tcp dport != 443 drop\niifname "lan" meta l4proto != tcp drop';
    case "public":
    case "full cone":
    case "port-restricted":
    case "symmetric":
    case "IPv6 only":
    case "dual stack":
      return "";
  }
}
