"""Which hosts of the document are gone, between two generations: whoever waits for hosts reads that.

No broker is restarted for it.
"""

# Seconds between two such changes of the document.
AGAIN_SECONDS = 30


class Gone:
    def __init__(self, settings):
        self.settle = settings.settleSeconds
        self.since, self.again_at = {}, 0.0

    def forget(self):
        self.since = {}

    def update(self, document, found, now):
        """The ranks that the document should name, of those found to be gone now; None if it may stay as it is.

        A host that is back is back at once; one that is gone has to be so for settleSeconds.
        """
        self.since = {host: self.since.get(host, now) for host in (document.hosts[rank] for rank in found)}
        settled = {rank for rank in found if now >= self.since[document.hosts[rank]] + self.settle}
        gone = frozenset(settled | document.gone & found)
        if gone == document.gone or now < self.again_at:
            return None
        self.again_at = now + AGAIN_SECONDS
        return gone
