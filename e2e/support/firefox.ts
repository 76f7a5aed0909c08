/** The page as somebody finds it in Firefox, which is driven through BiDi. */
import type { Locator, Page } from "puppeteer-core";

/** What has that role and name. Whether it is enabled is not waited for: that takes a function made of
 * text, which the page's policy forbids to everybody in it. */
export function control(page: Page, role: string, name: string): Locator<Element> {
  return page.locator(`::-p-aria([name="${name}"][role="${role}"])`).setWaitForEnabled(false);
}

/** Opens the link and goes in. */
export async function joinInFirefox(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await control(page, "textbox", "Your name").fill(name);
  await control(page, "button", "Join call").click();
  await control(page, "button", "Leave call").wait();
}
