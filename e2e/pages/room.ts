/** Lobby and call, by what a person finds there. A name may be followed by a shortcut's hint. */
import { type Locator, type Page, expect } from "@playwright/test";
import { type Say, beginning, ending, words } from "../support/words.ts";

export class RoomPage {
  readonly name: Locator;
  /** Where a pass phrase is typed. */
  readonly phrase: Locator;
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

  constructor(
    private readonly page: Page,
    /** In the language of the page. */
    private readonly say: Say = words("en"),
  ) {
    this.name = page.getByRole("textbox", { name: beginning(say("your_name")) });
    this.phrase = page.getByLabel(say("phrase_field"), { exact: true });
    this.preview = page.locator(`video[aria-label^='${say("your_camera")}']`);
    this.joinCall = this.button(say("join_call"));
    this.leaveCall = this.button(say("leave_call"));
    this.copyLink = this.button(say("copy_link"));
    this.shareScreen = this.button(say("share_screen"));
    this.stopSharing = this.button(say("stop_sharing"));
    // The panel's own button to close it may begin with the same word.
    this.chat = this.button(say("chat")).and(page.locator("[aria-controls]"));
    this.messages = page.getByRole("log", { name: say("messages") });
    this.message = page.getByRole("textbox", { name: say("message") });
    this.hideAddress = page.getByRole("switch", { name: say("hide_address") });
    this.hidden = page.getByText(say("address_hidden"), { exact: true });
    this.people = this.button(say("people")).and(page.locator("[aria-controls]"));
    this.moreOptions = this.button(say("more_options"));
    // What follows one's own name.
    this.me = page.getByRole("group", { name: ending(say("you", { name: "" }).trim()) });
    this.tiles = page.getByRole("group").filter({ has: page.locator("video") });
  }

  /** A button whose name begins like this. */
  button(name: string): Locator {
    return this.page.getByRole("button", { name: beginning(name) });
  }

  /** The choice of a device: "Microphone", "Camera" or "Speaker". */
  device(name: "Microphone" | "Camera" | "Speaker"): Locator {
    return this.page.getByRole("combobox", { name: new RegExp(`^${name}\\b`) });
  }

  /** Writes to everybody; the chat is open. */
  async write(text: string): Promise<void> {
    await this.message.fill(text);
    await this.button(this.say("send")).click();
    await expect(this.message).toHaveValue("");
  }

  /** The tile of somebody else. */
  tile(name: string): Locator {
    return this.page.getByRole("group", { name, exact: true });
  }

  /** The screen that somebody else shows. */
  screen(name: string): Locator {
    return this.page.getByRole("figure", { name: this.say("screen_of", { name }), exact: true });
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
