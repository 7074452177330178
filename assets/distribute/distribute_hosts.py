"""Host lists (RFC 29) and sets of numbers (RFC 22), as Flux reads and writes them. Order and repetitions are kept.

Flux itself gathers only the digits at the end of a name; here any run of digits may be a range, since the names of some
clouds end with a domain (`ip-10-0-1-[20-25].ec2.internal`). Flux reads that as well.
"""
import re

# As in flux-core: a longer range is an error, and numbers with more digits are taken as text.
MOST_HOSTS, MOST_DIGITS = 16384, 15
TOKEN = re.compile(r"[^,\[\]]*(?:\[[^\[\]]*\][^,\[\]]*)*")
RANGE = re.compile(r"([0-9]+)(?:-([0-9]+))?")
DIGITS = re.compile(r"[0-9]+")


def decode_hosts(text):
    """The names in a host list, in its order; ValueError if it is none."""
    hosts, position = [], 0
    while text and position <= len(text):
        token = TOKEN.match(text, position)
        if not token.group() or token.end() < len(text) and text[token.end()] != ",":
            raise ValueError("not a host list at character {}: {}".format(token.end() + 1, text[:200]))
        hosts += expand(token.group())
        if len(hosts) > MOST_HOSTS:
            raise ValueError("more than {} hosts: {}".format(MOST_HOSTS, text[:200]))
        position = token.end() + 1
    return hosts


def expand(token):
    """The names that one word with ranges stands for; the last range counts fastest."""
    opening = token.find("[")
    if opening < 0:
        return [token]
    closing = token.index("]", opening)
    heads = [token[:opening] + number for number in numbers(token[opening + 1 : closing], token)]
    tails = expand(token[closing + 1 :])
    if len(heads) * len(tails) > MOST_HOSTS:
        raise ValueError("more than {} hosts: {}".format(MOST_HOSTS, token[:200]))
    return [head + tail for head in heads for tail in tails]


def numbers(text, token):
    found = []
    for part in text.split(","):
        ends = RANGE.fullmatch(part)
        if not ends:
            raise ValueError("not a range of numbers: [{}] in {}".format(text[:200], token[:200]))
        first, last = ends.group(1), ends.group(2) or ends.group(1)
        if int(last) < int(first) or int(last) - int(first) >= MOST_HOSTS:
            raise ValueError("not a range of at most {} hosts: {} in {}".format(MOST_HOSTS, part, token[:200]))
        found += ["{:0{}d}".format(number, len(first)) for number in range(int(first), int(last) + 1)]
    return found


def encode_hosts(hosts):
    """A host list for these names, in this order."""
    words, position = [], 0
    while position < len(hosts):
        word, position = encode_run(hosts, position)
        words.append(word)
    return ",".join(words)


def encode_run(hosts, start):
    """The word for as many of the names from here on as differ in one number only, and where the next one begins."""
    place = number_that_varies(hosts, start)
    if place is None:
        return hosts[start], start + 1
    head, tail = hosts[start][: place.start()], hosts[start][place.end() :]
    found, end = [place.group()], start + 1
    while end < len(hosts):
        number = between(hosts[end], head, tail)
        if number is None or not goes_with(found[0], number):
            break
        found.append(number)
        end += 1
    return "{}[{}]{}".format(head, ranges(found), tail), end


def number_that_varies(hosts, start):
    """Where the name from here differs from the next one, if that is one number of the same kind of name."""
    if start + 1 == len(hosts):
        return None
    for place in reversed(list(DIGITS.finditer(hosts[start]))):
        number = between(hosts[start + 1], hosts[start][: place.start()], hosts[start][place.end() :])
        if number is not None and goes_with(place.group(), number):
            return place
    return None


def between(host, head, tail):
    """The number that a name has between these two, which are not within a longer number."""
    if not host.startswith(head) or not host.endswith(tail) or len(host) <= len(head) + len(tail):
        return None
    number = host[len(head) : len(host) - len(tail)]
    return number if DIGITS.fullmatch(number) and len(number) <= MOST_DIGITS else None


def goes_with(first, number):
    """Can both stand in one range expression? Names with leading zeros have their own width."""
    if len(first) > MOST_DIGITS:
        return False
    return len(first) == len(number) or not (has_leading_zero(first) or has_leading_zero(number))


def has_leading_zero(number):
    return len(number) > 1 and number[0] == "0"


def ranges(found):
    """`1-3,7` for numbers in this order, as text of the width that they have."""
    parts, first, last = [], found[0], found[0]
    for number in found[1:] + [None]:
        if number is not None and int(number) == int(last) + 1 and can_follow(first, number):
            last = number
            continue
        parts.append(first if first == last else "{}-{}".format(first, last))
        first = last = number
    return ",".join(parts)


def can_follow(first, number):
    """A range is written with the width of its first number."""
    return "{:0{}d}".format(int(number), len(first)) == number


def decode_ids(text):
    """The numbers of an idset such as `0-3,7`, ascending; ValueError if it is none."""
    found = []
    for part in text.strip("[]").split(",") if text else []:
        ends = RANGE.fullmatch(part)
        if not ends or len(part) > 2 * MOST_DIGITS:
            raise ValueError("not a set of numbers such as 0-3,7: {}".format(text[:200]))
        first, last = int(ends.group(1)), int(ends.group(2) or ends.group(1))
        if last < first or last - first >= 1 << 20 or found and first <= found[-1]:
            raise ValueError("not an ascending set of numbers such as 0-3,7: {}".format(text[:200]))
        found += range(first, last + 1)
    return found


def encode_ids(ids):
    return ranges([str(number) for number in sorted(set(ids))]) if ids else ""
