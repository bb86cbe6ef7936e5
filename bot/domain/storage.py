"""What a caller is told when the bot's memory cannot be used."""


class StorageUnavailable(Exception):
    """What we remember cannot be reached now; str() says why, for the log and doctor.

    A write that ends so may have been stored: whoever repeats it uses a method that
    may be repeated, or reads first.
    """


class SchemaOutdated(StorageUnavailable):
    """The database answers, but a migration that this version needs is missing."""
