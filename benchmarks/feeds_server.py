"""A web server on 127.0.0.1 with a healthy feed of 20 entries for every host name it is asked by.

It answers whether a feed changed since the ETag that it gave, and robots.txt. It keeps connections open for those who
want that, and does little else, so that who asks is measured and not who answers.
"""

from __future__ import annotations

import asyncio
import sys

ENTRIES = 20
ETAG = '"1"'
ROBOTS = b"User-agent: *\nDisallow: /private\n"
SENTENCE = "<p>Wat de <b>gemeente</b> doet met raadsinformatie, en <a href='/meer'>waar u meer leest</a>.</p> "


def feed(host: str) -> bytes:
    """Give the feed of a host as RSS, about 14 kB of it."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{host}-{number}</guid><title>Bericht {number} van {host}</title>"
        f"<link>http://{host}/bericht/{number}</link><pubDate>Mon, {number:02d} Jun 2026 10:00:00 GMT</pubDate>"
        f"<description><![CDATA[{SENTENCE * 4}]]></description></item>"
        for number in range(1, ENTRIES + 1)
    )
    head = f"<rss version='2.0'><channel><title>Nieuws van {host}</title><link>http://{host}/</link>"
    head += "<description>Nieuws</description>"
    return f"<?xml version='1.0' encoding='utf-8'?>{head}{items}</channel></rss>".encode()


def answer(head: str) -> bytes:
    """Give the whole answer to a request."""
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    path = first.split(" ")[1]
    if path == "/robots.txt":
        return whole("200 OK", ROBOTS, "Content-Type: text/plain")
    if headers.get("if-none-match") == ETAG:
        return whole("304 Not Modified", b"", f"ETag: {ETAG}")
    body = feed(headers["host"].partition(":")[0])
    return whole("200 OK", body, f"Content-Type: application/rss+xml\r\nETag: {ETAG}")


def whole(status: str, body: bytes, headers: str) -> bytes:
    """Put an answer together."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n\r\n".encode() + body


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(answer(head.decode("latin-1")[:-4]))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Serve on a free port, print it, and stop when the input ends."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
