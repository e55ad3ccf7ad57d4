// Somebody of the company who is signed in, by the link of a mail.
import assert from 'node:assert/strict';
import { BASE, visit } from './stage.mjs';

let session;

/** Asks for a link, takes it from the outbox and uses it; gives the session's cookie. */
async function signIn(email) {
  let cookie;
  await visit({}, async (page, context) => {
    await page.goto(`${BASE}/sign-in`);
    await page.locator('#email').fill(email);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
    await page.goto(`${BASE}/outbox`);
    await page.locator('a.subject', { hasText: /sign in/i }).first().click();
    const text = await page.locator('pre').first().innerText();
    const [place] = text.match(/\/sign-in\/[A-Za-z0-9]{43}/) ?? [];
    assert.ok(place, `no link in ${text}`);
    await page.goto(BASE + place);
    // The focus comes with the first picture, which may be later than the document.
    await page.locator('button:focus').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${BASE}/console/forms`);
    cookie = (await context.cookies()).find(({ name }) => name === '__Host-session');
  });
  assert.ok(cookie, 'a session');
  return cookie;
}

/** Runs `act` with the page of somebody who administers the company; signs in once for all tests of a file. */
export async function inside(options, act) {
  session ??= await signIn('meera@tidewater-pumps.com');
  await visit(options, async (page, context) => {
    await context.addCookies([session]);
    await act(page, context);
  });
}
