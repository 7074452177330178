class ValidatorPlugin:
    """What plugins of the ingest validator are made from."""

    def __init__(self, parser):
        pass

    def configure(self, args):
        pass

    def validate(self, job):
        raise NotImplementedError
