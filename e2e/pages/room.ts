/** Lobby and call, by what a person finds there. A name may be followed by a shortcut's hint. */
import { type Locator, type Page, expect } from "@playwright/test";

export class RoomPage {
  readonly name: Locator;
  readonly preview: Locator;
  readonly joinCall: Locator;
  readonly leaveCall: Locator;
  readonly copyLink: Locator;
  readonly shareScreen: Locator;
  readonly stopSharing: Locator;
  readonly chat: Locator;
  readonly messages: Locator;
  readonly message: Locator;
  /** The switch in the lobby. */
  readonly hideAddress: Locator;
  /** Says that one's address is hidden. */
  readonly hidden: Locator;
  readonly people: Locator;
  readonly moreOptions: Locator;
  /** One's own tile. */
  readonly me: Locator;
  /** Every participant's tile, one's own included. */
  readonly tiles: Locator;

  constructor(private readonly page: Page) {
    this.name = page.getByRole("textbox", { name: /^Your name\b/ });
    this.preview = page.locator("video[aria-label^='Your camera']");
    this.joinCall = this.button("Join call");
    this.leaveCall = this.button("Leave call");
    this.copyLink = this.button("Copy link");
    this.shareScreen = this.button("Share screen");
    this.stopSharing = this.button("Stop sharing");
    this.chat = this.button("Chat");
    this.messages = page.getByRole("log", { name: "Messages" });
    this.message = page.getByRole("textbox", { name: "Message" });
    this.hideAddress = page.getByRole("switch", { name: "Hide my address" });
    this.hidden = page.getByText("Address hidden", { exact: true });
    this.people = this.button("People");
    this.moreOptions = this.button("More options");
    this.me = page.getByRole("group", { name: /\(you\)$/ });
    this.tiles = page.getByRole("group").filter({ has: page.locator("video") });
  }

  /** A button whose name begins like this. */
  button(name: string): Locator {
    return this.page.getByRole("button", { name: new RegExp(`^${name}\\b`) });
  }

  /** The choice of a device: "Microphone", "Camera" or "Speaker". */
  device(name: "Microphone" | "Camera" | "Speaker"): Locator {
    return this.page.getByRole("combobox", { name: new RegExp(`^${name}\\b`) });
  }

  /** Writes to everybody; the chat is open. */
  async write(text: string): Promise<void> {
    await this.message.fill(text);
    await this.button("Send").click();
    await expect(this.message).toHaveValue("");
  }

  /** The tile of somebody else. */
  tile(name: string): Locator {
    return this.page.getByRole("group", { name, exact: true });
  }

  /** The screen that somebody else shows. */
  screen(name: string): Locator {
    return this.page.getByRole("figure", { name: `Screen of ${name}`, exact: true });
  }

  /** Turns one's microphone or camera on or off. */
  async turn(what: "on" | "off", device: "microphone" | "camera"): Promise<void> {
    await this.button(`Turn ${what} ${device}`).click();
    await expect(this.button(`Turn ${what === "on" ? "off" : "on"} ${device}`)).toBeVisible();
  }

  /** Opens a call link; the lobby is there when this returns. */
  async openLobby(link: string): Promise<void> {
    await this.page.goto(link);
    await expect(this.joinCall).toBeVisible();
  }

  /** Goes from the lobby into the call. */
  async join(name: string): Promise<void> {
    await this.name.fill(name);
    await this.joinCall.click();
    await expect(this.leaveCall).toBeVisible();
  }
}
