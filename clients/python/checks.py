"""What a step expects, and how it waits for it: it looks until a deadline, and never sleeps for a guess."""

import time

SECONDS_MAX = 30
PAUSE_SECONDS = 0.05
PAGES_MAX = 500


class Unexpected(Exception):
    """Something is not as expected; the message says what was."""


def check(holds, expected, found=None):
    if not holds:
        raise Unexpected(f"expected {expected}, found {found!r}")


def equal(what, found, expected):
    check(found == expected, f"{what} to be {expected!r}", found)


def until(what, look):
    """Looks until there is something to return, or the time is up."""
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        found = look()
        if found:
            return found
        check(time.monotonic() < deadline, f"{what} within {SECONDS_MAX} s", found)
        time.sleep(PAUSE_SECONDS)


def refused(kind, status, call):
    """The call fails as `kind`, an error type of the client, with this status."""
    try:
        answer = call()
    except kind as error:
        equal(f"the status of {error}", error.status_code, status)
        return error
    raise Unexpected(f"expected {kind.__name__} with status {status}, found an answer: {answer!r}")


def pages(list_page, iterator=None):
    """The pages of a list, from its beginning or from `iterator`, up to the one that says `done`."""
    found = []
    for _ in range(PAGES_MAX):
        page = list_page(iterator)
        found.append(page)
        if page.done:
            return found
        check(page.iterator, "an iterator on a page that is not the last", page)
        iterator = page.iterator
    raise Unexpected(f"expected a list to end within {PAGES_MAX} pages")


def items(list_page):
    """What a list holds, over all its pages."""
    return [item for page in pages(list_page) for item in page.data]
