// What a step expects, and how it waits for it: it looks until a deadline, and never sleeps for a guess.

import { isDeepStrictEqual } from "node:util";
import { setTimeout as pause } from "node:timers/promises";

export const WAIT_MS_MAX = 30_000;
const PAUSE_MS = 50;
const PAGES_MAX = 500;

export function check(holds, expected, found) {
  if (!holds) throw new Error(`expected ${expected}, found ${JSON.stringify(found)}`);
}

export function equal(what, found, expected) {
  check(isDeepStrictEqual(found, expected), `${what} to be ${JSON.stringify(expected)}`, found);
}

/** Looks until there is something to return, or the time is up. */
export async function until(what, look) {
  const deadline = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await look();
    if (found) return found;
    check(Date.now() < deadline, `${what} within ${WAIT_MS_MAX} ms`, found);
    await pause(PAUSE_MS);
  }
}

/** The call fails with this status, as the client's own `ApiException`; its body is returned. */
export async function refused(tour, status, call) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    check(error instanceof tour.library.ApiException, `an ApiException with status ${status}`, String(error));
    equal(`the status of ${JSON.stringify(error.body)}`, error.code, status);
    return error.body;
  }
  throw new Error(`expected status ${status}, found an answer: ${JSON.stringify(answer)}`);
}

/** The pages of a list, from its beginning up to the one that says `done`. */
export async function pages(listPage) {
  const found = [];
  for (let iterator; found.length < PAGES_MAX; ) {
    const page = await listPage(iterator);
    found.push(page);
    if (page.done) return found;
    check(page.iterator, "an iterator on a page that is not the last", page);
    iterator = page.iterator;
  }
  throw new Error(`expected a list to end within ${PAGES_MAX} pages`);
}

/** What a list holds, over all its pages. */
export async function items(listPage) {
  return (await pages(listPage)).flatMap((page) => page.data);
}
