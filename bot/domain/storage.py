"""Errors of the storage: the database cannot be used, or its schema is too old."""


class StorageUnavailable(Exception):
    """The database cannot be reached now; str() has the reason, for logs and doctor.

    A write that ends so may have been stored: whoever repeats it uses a method that
    may be repeated, or reads first.
    """


class SchemaOutdated(StorageUnavailable):
    """The database answers, but a migration that this version needs is missing."""
