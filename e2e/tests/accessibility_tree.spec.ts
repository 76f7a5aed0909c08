/** A call through the accessibility tree alone, as those have it who neither see the page nor point at it. */
import type { CDPSession } from "@playwright/test";
import { expect, test } from "../fixtures/call.ts";

test("a call is begun, held and ended by what the accessibility tree tells", async ({ person, server }) => {
  const alice = await person("Alice");
  await alice.home.open(server.url);
  const tree = await Tree.of(await alice.context.newCDPSession(alice.page));
  await tree.press("button", /^New call/);
  await tree.write("textbox", /^Your name/, "Alice");
  await tree.press("button", /^Join call/);
  await tree.find("button", /^Leave call/);

  const bob = await person("Bob");
  await bob.room.openLobby(alice.page.url());
  await bob.room.join("Bob");
  await tree.find("group", /^Bob$/);

  await tree.press("button", /^Turn off microphone/);
  await expect(bob.room.tile("Alice").getByText("Microphone off")).toBeAttached();
  await tree.press("button", /^Turn on microphone/);
  await expect(bob.room.tile("Alice").getByText("Microphone off")).not.toBeAttached();

  await bob.room.chat.click();
  await bob.room.write("Can you read this?");
  await tree.press("button", /^Chat/);
  await tree.find("log", /^Messages$/);
  await tree.find("StaticText", /^Can you read this\?$/);
  await tree.write("textbox", /^Message$/, "Yes");
  await tree.press("button", /^Send$/);
  await expect(bob.room.messages.getByText("Yes")).toBeVisible();
  await tree.press("button", /^Leave call/);
  await tree.find("heading", /./);
  await expect(bob.room.tile("Alice")).toHaveCount(0);
});

/** A node as the browser describes it to screen readers. */
interface Node {
  ignored: boolean;
  role?: { value?: unknown };
  name?: { value?: unknown };
  backendDOMNodeId?: number;
}

class Tree {
  private constructor(private readonly session: CDPSession) {}

  static async of(session: CDPSession): Promise<Tree> {
    await session.send("DOM.enable");
    await session.send("Accessibility.enable");
    return new Tree(session);
  }

  /** Waits for the first node of that role and name. */
  async find(role: string, name: RegExp): Promise<number> {
    let found: number | undefined;
    await expect
      .poll(
        async () => {
          const { nodes } = (await this.session.send("Accessibility.getFullAXTree")) as { nodes: Node[] };
          const node = nodes.find(
            (node) => !node.ignored && node.role?.value === role && name.test(String(node.name?.value ?? "")),
          );
          found = node?.backendDOMNodeId;
          return found !== undefined;
        },
        { message: `a ${role} named ${name}` },
      )
      .toBe(true);
    return found ?? Number.NaN;
  }

  /** What a screen reader does when its user presses something. */
  async press(role: string, name: RegExp): Promise<void> {
    await this.call(await this.find(role, name), "function () { this.click(); }");
  }

  /** Gives a field the focus and types. */
  async write(role: string, name: RegExp, text: string): Promise<void> {
    await this.call(await this.find(role, name), "function () { this.focus(); this.select(); }");
    await this.session.send("Input.insertText", { text });
  }

  private async call(backendNodeId: number, functionDeclaration: string): Promise<void> {
    const { object } = await this.session.send("DOM.resolveNode", { backendNodeId });
    if (object.objectId === undefined) throw new Error("what was found is gone");
    await this.session.send("Runtime.callFunctionOn", { objectId: object.objectId, functionDeclaration });
  }
}
