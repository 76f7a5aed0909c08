/**
 * Two homes, the internet between them, and a server in it, all of network namespaces:
 *
 *     home a ── box a ══ net ══ box b ── home b        ══ may be long: delay and loss
 *                         │
 *                       server
 *
 * Addresses are those that RFC 5737, RFC 2544 and RFC 3849 set aside, so that nothing in it can be
 * taken for a real host.
 */
import { Link, type Shape } from "./link.ts";
import { Namespace, wire } from "./namespace.ts";
import { type Kind, hasIpv4, hasIpv6, rules } from "./nat.ts";

/** What to build. */
export interface Plan {
  homes: readonly [Kind, Kind];
  /** What each home's wire to the internet is like; an ideal one if left out. */
  uplink?: Shape;
}

export const SERVER = { ipv4: "203.0.113.10", ipv6: "2001:db8::10" } as const;

export class Laboratory {
  private constructor(
    private readonly net: Namespace,
    /** Where the server belongs; it has the addresses of {@link SERVER}. */
    readonly server: Namespace,
    readonly homes: readonly [Home, Home],
  ) {}

  /** Builds it. What was built is taken away again if something fails. */
  static async build({ homes, uplink }: Plan): Promise<Laboratory> {
    const made: Namespace[] = [];
    const make = (role: string): Namespace => {
      const namespace = new Namespace(role);
      made.push(namespace);
      return namespace;
    };
    try {
      const net = make("net");
      net.run(FORWARD);
      const server = make("server");
      wire(net, "server", server, "eth0");
      net.run(`
        ip addr add 203.0.113.1/24 dev server
        ip addr add 2001:db8::1/64 dev server
        ip link set server up`);
      server.run(`
        ip addr add ${SERVER.ipv4}/24 dev eth0
        ip addr add ${SERVER.ipv6}/64 dev eth0
        ip link set eth0 up
        ip route add default via 203.0.113.1
        ip -6 route add default via 2001:db8::1`);
      const [a, b] = homes;
      return new Laboratory(net, server, [
        await Home.build("a", 1, a, net, make, uplink),
        await Home.build("b", 2, b, net, make, uplink),
      ]);
    } catch (error) {
      for (const namespace of made) namespace.remove();
      throw error;
    }
  }

  /** Takes all of it away, with whatever still runs inside. */
  remove(): void {
    for (const home of this.homes) home.remove();
    this.server.remove();
    this.net.remove();
  }
}

/** A home: one computer with the card `eth0`, behind a box. */
export class Home {
  /** The last byte of the computer's addresses. */
  private host = 2;

  private constructor(
    readonly kind: Kind,
    private readonly number: number,
    /** The computer. */
    readonly computer: Namespace,
    private readonly box: Namespace,
    /** The long wire to the internet, where there is one. */
    readonly uplink: Link | undefined,
  ) {}

  static async build(
    letter: string,
    number: number,
    kind: Kind,
    net: Namespace,
    make: (role: string) => Namespace,
    shape: Shape | undefined,
  ): Promise<Home> {
    const box = make(`box-${letter}`);
    const computer = make(`home-${letter}`);
    let link: Link | undefined;
    if (shape === undefined) wire(net, `home-${letter}`, box, "wan");
    else link = await Link.lay(net, `home-${letter}`, box, "wan", shape);
    wire(box, "lan", computer, "eth0");

    const home = new Home(kind, number, computer, box, link);
    net.run(`
      ip addr add 198.51.100.${number * 16 + 1}/28 dev home-${letter}
      ip addr add 2001:db8:${number}:ff::1/64 dev home-${letter}
      ip link set home-${letter} up
      ip route add 198.18.${number}.0/24 via 198.51.100.${number * 16 + 2}
      ip -6 route add 2001:db8:${number}:1::/64 via 2001:db8:${number}:ff::2`);
    box.run(`${FORWARD}
      ip addr add 198.51.100.${number * 16 + 2}/28 dev wan
      ip addr add 2001:db8:${number}:ff::2/64 dev wan
      ip addr add ${home.network}.1/24 dev lan
      ip addr add 2001:db8:${number}:1::1/64 dev lan
      ip link set wan up
      ip link set lan up
      ip route add default via 198.51.100.${number * 16 + 1}
      ip -6 route add default via 2001:db8:${number}:ff::1
      nft -f - <<'RULES'\n${rules(kind, home.ipv4)}\nRULES`);
    home.configure();
    return home;
  }

  /** The computer's IPv4 address, whether it uses it or not. */
  get ipv4(): string {
    return `${this.network}.${this.host}`;
  }

  /** Pulls the computer's cable. */
  unplug(): void {
    this.computer.run("ip link set eth0 down");
  }

  /** Puts the cable back; the addresses are the same. */
  plug(): void {
    this.configure();
  }

  /** From now on whatever leaves or enters the home is lost, and nobody is told. */
  silence(): void {
    this.box.run(`nft -f - <<'RULES'
      table inet silence {
        chain through {
          type filter hook forward priority -10; policy drop;
        }
      }\nRULES`);
  }

  /** Ends the silence. */
  speak(): void {
    this.box.run("nft delete table inet silence");
  }

  /** The computer gets other addresses and loses those it had, at once. */
  changeAddress(): void {
    this.host += 1;
    this.computer.run("ip addr flush dev eth0 scope global");
    this.configure();
  }

  remove(): void {
    this.uplink?.remove();
    this.computer.remove();
    this.box.remove();
  }

  /** The first three bytes of its addresses. */
  private get network(): string {
    return `${this.kind === "public" ? "198.18" : "192.168"}.${this.number}`;
  }

  private configure(): void {
    const ipv4 = `
      ip addr replace ${this.ipv4}/24 dev eth0
      ip route replace default via ${this.network}.1`;
    const ipv6 = `
      ip addr replace 2001:db8:${this.number}:1::${this.host}/64 dev eth0 nodad
      ip -6 route replace default via 2001:db8:${this.number}:1::1`;
    this.computer.run(`
      ip link set eth0 up
      ${hasIpv4(this.kind) ? ipv4 : ""}
      ${hasIpv6(this.kind) ? ipv6 : ""}`);
  }
}

const FORWARD = `
  echo 1 > /proc/sys/net/ipv4/ip_forward
  echo 1 > /proc/sys/net/ipv6/conf/all/forwarding`;
