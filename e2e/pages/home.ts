/** The home page, by what a person finds on it. */
import type { Locator, Page } from "@playwright/test";

export class HomePage {
  readonly newCall: Locator;
  readonly link: Locator;
  readonly go: Locator;
  readonly recent: Locator;

  constructor(private readonly page: Page) {
    this.newCall = page.getByRole("button", { name: /^New call\b/ });
    this.link = page.getByRole("textbox", { name: /^Call link or name\b/ });
    this.go = page.getByRole("button", { name: /^Go\b/ });
    this.recent = page.getByRole("region", { name: "Recent calls" });
  }

  /** Opens the home page of the server at `url`. */
  async open(url: string): Promise<void> {
    await this.page.goto(url);
  }

  /** Types a link or a name and goes there. */
  async goTo(text: string): Promise<void> {
    await this.link.fill(text);
    await this.go.click();
  }
}
